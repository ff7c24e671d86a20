package io.fjord.sql.statement;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.kernel.GroupCommitter.Committed;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Refusal;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.SqlTx;
import io.fjord.sql.cluster.CallerToken;
import io.fjord.sql.cluster.Clusters;
import io.fjord.sql.result.Column;
import io.fjord.sql.result.ResultProblems;
import io.fjord.sql.result.ResultRefused;
import io.fjord.sql.result.Spool;
import io.fjord.sql.result.SpooledResult;
import io.fjord.sql.statement.StatementState.Cancelled;
import io.fjord.sql.statement.StatementState.Expired;
import io.fjord.sql.statement.StatementState.Failed;
import io.fjord.sql.statement.StatementState.Finished;
import io.fjord.sql.statement.StatementState.Pending;
import io.fjord.sql.statement.StatementStore.Place;
import io.fjord.sql.statement.StatementStore.Wanted;
import io.fjord.sql.statement.StatementStore.Worded;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** Statements over HTTP: {@code /api/v1/sql/statements}. */
public final class StatementRoutes {

    private static final String PATH = "/api/v1/sql/statements/";
    private static final String ARROW = "application/vnd.apache.arrow.stream";
    private static final int FIRST_PAGE = 1_000;
    private static final int FIRST_PAGE_BYTES = 1 << 20;
    private static final int PAGE_BYTES = 8 << 20;
    private static final Duration DEFAULT_DEADLINE = Duration.ofHours(1);

    private final Statements statements;
    private final StatementStore store;
    private final Metastore metastore;
    private final Reads reads;
    private final Spool spool;
    private final BufferAllocator allocator;
    private final WorkerExecutor readers;

    public StatementRoutes(
            Statements statements,
            StatementStore store,
            Metastore metastore,
            Reads reads,
            Spool spool,
            BufferAllocator allocator,
            WorkerExecutor readers) {
        this.statements = statements;
        this.store = store;
        this.metastore = metastore;
        this.reads = reads;
        this.spool = spool;
        this.allocator = allocator;
        this.readers = readers;
    }

    public void install(Api api) {
        api.on("submitStatement", this::submit)
                .on("listStatements", this::list)
                .on("getStatement", this::get)
                .on("cancelStatement", this::cancel)
                .raw("getStatementResult", this::result);
    }

    record SubmitStatement(
            String cluster,
            String statement,
            @Nullable List<JsonNode> parameters,
            @Nullable String catalog,
            @Nullable String namespace,
            @Nullable Integer waitSeconds,
            @Nullable Integer timeoutSeconds) {}

    /** A statement as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record StatementView(
            String id,
            String domain,
            String cluster,
            String actor,
            String state,
            String kind,
            @Nullable String statement,
            int length,
            @Nullable String catalog,
            @Nullable String namespace,
            Instant submittedAt,
            Instant deadline,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable List<Column> columns,
            @Nullable Long rows,
            @Nullable Long bytes,
            @Nullable Instant resultUntil,
            @Nullable Problem problem,
            long version,
            @JsonRawValue @Nullable String result) {}

    // Submit

    private Future<Reply> submit(Call call) {
        SubmitStatement wish = call.body(SubmitStatement.class);
        call.require("cluster:use", Clusters.address(call.domain(), wish.cluster()));
        call.require(new Address(call.domain(), "statement", call.commandId()));
        call.require("cluster:use", new Address(call.domain(), "cluster", wish.cluster()));
        Wording wording =
                new Wording(wish.statement(), parameters(wish.parameters()), wish.catalog(), wish.namespace());
        Duration atMost = wish.timeoutSeconds() == null ? DEFAULT_DEADLINE : Duration.ofSeconds(wish.timeoutSeconds());
        Statements.Submission submission = new Statements.Submission(
                call.commandId(),
                call.header("Idempotency-Key").isPresent(),
                call.domain(),
                wish.cluster(),
                wording,
                digest(wish),
                atMost,
                call.actor(),
                CallerToken.of(call.header("Authorization")),
                call.correlationId(),
                call.traceparent());
        Duration wait = Duration.ofSeconds(wish.waitSeconds() == null ? 0 : wish.waitSeconds());
        return told(statements.submit(submission))
                .compose(committed -> statements
                        .ended(submission.id(), wait)
                        .compose(waited -> read(call, submission.id()))
                        .compose(found -> submitted(found, committed)));
    }

    private Future<Reply> submitted(Metastore.At<Worded> found, Committed<Statement> committed) {
        Statement statement = found.value().statement();
        Position position = found.position();
        if (position.compareTo(committed.position()) < 0) {
            position = committed.position();
        }
        Position at = position;
        Reply reply = Reply.of(statement.ended() ? 200 : 202, view(found.value(), null))
                .header("Location", location(statement))
                .version(statement.version())
                .position(metastore.service(), at);
        if (!(statement.state() instanceof Finished finished) || finished.resultUntil() == null) {
            return Future.succeededFuture(reply);
        }
        return page(statement.id(), null, FIRST_PAGE, FIRST_PAGE_BYTES)
                .map(page ->
                        new Reply(200, view(found.value(), new String(page, StandardCharsets.UTF_8)), reply.headers()))
                // A result can be gone before it was looked at; the statement has finished all the same.
                .recover(gone ->
                        gone instanceof ProblemException ? Future.succeededFuture(reply) : Future.failedFuture(gone));
    }

    /** Without waitSeconds: waiting differently is no other wish. */
    private static String digest(SubmitStatement wish) {
        return Ids.sha256(Json.bytes(new SubmitStatement(
                wish.cluster(),
                wish.statement(),
                wish.parameters(),
                wish.catalog(),
                wish.namespace(),
                null,
                wish.timeoutSeconds())));
    }

    private static List<@Nullable Object> parameters(@Nullable List<JsonNode> given) {
        List<@Nullable Object> values = new ArrayList<>();
        for (JsonNode node : given == null ? List.<JsonNode>of() : given) {
            if (node == null || node.isNull()) {
                values.add(null);
            } else if (node.isBoolean()) {
                values.add(node.booleanValue());
            } else if (node.canConvertToLong() && node.isIntegralNumber()) {
                values.add(node.longValue());
            } else if (node.isIntegralNumber() && node.decimalValue().precision() <= 38) {
                values.add(node.decimalValue());
            } else if (node.isNumber()) {
                values.add(node.doubleValue());
            } else {
                values.add(node.textValue());
            }
        }
        return values;
    }

    // Read

    private Future<Reply> get(Call call) {
        return reads.reached(call)
                .compose(ok -> wait(call))
                .compose(waited -> read(call, call.path("id")))
                .map(found -> Reply.ok(view(found.value(), null))
                        .version(found.value().statement().version())
                        .position(metastore.service(), found.position()));
    }

    private Future<Reply> list(Call call) {
        Place begin = PageToken.cursor(call)
                .map(cursor -> new Place(Long.parseLong(cursor.get(0)), cursor.get(1)))
                .orElse(null);
        Instant from = time(call, "from");
        Instant to = time(call, "to");
        Predicate<Address> visible = call.those();
        return reads.reached(call)
                .compose(ok -> metastore.snapshot(tx -> Page.<Worded>sieved(
                        call,
                        one -> visible.test(new Address(
                                one.statement().domain(),
                                "statement",
                                one.statement().id())),
                        (last, size) -> store.history(
                                SqlTx.of(tx),
                                new Wanted(
                                        call.domain(),
                                        call.query("cluster").orElse(null),
                                        call.query("state").orElse(null),
                                        call.query("actor").orElse(null),
                                        from,
                                        to,
                                        last.map(one -> StatementStore.place(one.statement()))
                                                .orElse(begin),
                                        size)),
                        StatementRoutes::cursor)))
                .map(found -> Reply.ok(found.value().map(one -> view(one, null)))
                        .position(metastore.service(), found.position()));
    }

    private Future<Void> wait(Call call) {
        return statements.ended(call.path("id"), Duration.ofSeconds(call.queryInt("waitSeconds", 0)));
    }

    private Future<Metastore.At<Worded>> read(Call call, String id) {
        return metastore
                .snapshot(tx -> store.findWorded(SqlTx.of(tx), id))
                .map(found -> new Metastore.At<>(inDomain(call, id, found.value()), found.position()));
    }

    private static Worded inDomain(Call call, String id, Optional<Worded> found) {
        return found.filter(one -> one.statement().domain().equals(call.domain()))
                .orElseThrow(() -> new Refusal(StatementProblems.notFound(id)));
    }

    // Cancel

    private Future<Reply> cancel(Call call) {
        String id = call.path("id");
        return read(call, id)
                .compose(found -> statements
                        .cancel(found.value().statement(), new Statements.By(call.actor(), call.traceparent()))
                        .map(done -> Reply.ok(view(
                                        new Worded(done.answer(), found.value().wording()), null))
                                .version(done.answer().version())
                                .position(metastore.service(), done.position())));
    }

    // Result

    private void result(RoutingContext context) {
        Call call = Call.of(context);
        String id = call.path("id");
        boolean arrow = wantsArrow(call);
        reads.reached(call)
                .compose(ok -> wait(call))
                .compose(waited -> read(call, id))
                .compose(found -> {
                    checkHasResult(found.value().statement());
                    return arrow
                            ? sendArrow(context, id, found.position())
                            : page(
                                            id,
                                            call.query("pageToken").orElse(null),
                                            call.queryInt("pageSize", FIRST_PAGE),
                                            PAGE_BYTES)
                                    .compose(page -> head(context, "application/json", found.position())
                                            .end(Buffer.buffer(page)));
                })
                .onFailure(context::fail);
    }

    private Future<Void> sendArrow(RoutingContext context, String id, Position position) {
        return readers.executeBlocking(
                        () -> {
                            try (SpooledResult there = SpooledResult.open(spool, id)) {
                                return there.totalRows();
                            }
                        },
                        false)
                .recover(e -> lost(id, e))
                .compose(rows -> head(context, ARROW, position)
                        .putHeader("Fjord-Rows", Long.toString(rows))
                        .sendFile(spool.stream(id).toAbsolutePath().toString()));
    }

    private HttpServerResponse head(RoutingContext context, String contentType, Position position) {
        return context.response()
                .putHeader("Content-Type", contentType)
                .putHeader("Cache-Control", "no-store")
                .putHeader("Fjord-Position", metastore.service() + "=" + position);
    }

    private Future<byte[]> page(String id, @Nullable String token, int size, int bytes) {
        return readers.executeBlocking(
                        () -> {
                            try (SpooledResult result = SpooledResult.open(spool, id)) {
                                return result.page(token, size, bytes, allocator);
                            }
                        },
                        false)
                .recover(e -> lost(id, e));
    }

    private <T> Future<T> lost(String id, Throwable failure) {
        if (failure instanceof ResultRefused refused) {
            if (refused.problem().status() == 410) {
                statements.resultLost(id);
            }
            return Future.failedFuture(new ProblemException(refused.problem()));
        }
        return Future.failedFuture(
                failure instanceof IOException ? new ProblemException(ResultProblems.storeBroken()) : failure);
    }

    private static void checkHasResult(Statement statement) {
        if (statement.state() instanceof Pending pending) {
            throw new Refusal(StatementProblems.notFinished(statement.id(), pending.label()));
        }
        if (!(statement.state() instanceof Finished finished)) {
            throw new Refusal(
                    StatementProblems.noResult(statement.id(), statement.state().label()));
        }
        if (finished.resultUntil() == null) {
            throw new Refusal(ResultProblems.expired(statement.id()));
        }
    }

    private static boolean wantsArrow(Call call) {
        String accept = call.header("Accept").orElse("*/*").toLowerCase(Locale.ROOT);
        if (accept.contains(ARROW)) {
            return true;
        }
        if (accept.contains("json") || accept.contains("*/*") || accept.contains("application/*")) {
            return false;
        }
        throw new ProblemException(StatementProblems.notAcceptable());
    }

    // Words

    private static StatementView view(Worded one, @Nullable String result) {
        Statement statement = one.statement();
        StatementState state = statement.state();
        Finished finished = state instanceof Finished f ? f : null;
        Wording wording = one.wording();
        return new StatementView(
                statement.id(),
                statement.domain(),
                statement.cluster(),
                statement.actor(),
                state.label(),
                statement.kind(),
                wording == null ? null : wording.text(),
                statement.length(),
                wording == null ? null : wording.catalog(),
                wording == null ? null : wording.namespace(),
                statement.submitted(),
                statement.deadline(),
                state instanceof Pending pending ? pending.started() : ((StatementState.Ended) state).started(),
                state instanceof StatementState.Ended ended ? ended.ended() : null,
                finished == null ? null : finished.columns(),
                finished == null ? null : finished.rows(),
                finished == null ? null : finished.bytes(),
                finished == null ? null : finished.resultUntil(),
                problem(statement),
                statement.version(),
                result);
    }

    private static @Nullable Problem problem(Statement statement) {
        String at = location(statement);
        if (statement.state() instanceof Failed failed) {
            return failed.problem().withInstance(at);
        }
        if (statement.state() instanceof Expired) {
            return StatementProblems.expired().withInstance(at);
        }
        return statement.state() instanceof Cancelled
                ? StatementProblems.cancelled().withInstance(at)
                : null;
    }

    private static String location(Statement statement) {
        return PATH + statement.id() + (statement.domain().equals("default") ? "" : "?domain=" + statement.domain());
    }

    private static @Nullable Instant time(Call call, String name) {
        Optional<String> given = call.query(name);
        try {
            return given.isEmpty()
                    ? null
                    : OffsetDateTime.parse(given.get().replace(' ', '+')).toInstant();
        } catch (DateTimeParseException e) {
            throw HttpProblems.invalidRequest(
                    List.of(new Fault(name, "must be an RFC 3339 time, for instance 2026-11-21T09:00:00Z")));
        }
    }

    private static List<String> cursor(Worded one) {
        Place place = StatementStore.place(one.statement());
        return List.of(Long.toString(place.submittedMicros()), place.id());
    }

    /** What can pass by waiting says how long. */
    private static <T> Future<T> told(Future<T> future) {
        return future.recover(failure -> {
            if (failure instanceof Refusal refusal
                    && (refusal.problem().status() == 429 || refusal.problem().status() == 503)) {
                return Future.failedFuture(new ProblemException(refusal.problem()).retryAfter(Duration.ofSeconds(2)));
            }
            return Future.failedFuture(failure);
        });
    }
}

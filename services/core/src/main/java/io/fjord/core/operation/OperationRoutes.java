package io.fjord.core.operation;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.Topics;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Projection;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Operation;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.kafka.CommandTail;
import io.fjord.platform.sql.Database;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Operations over HTTP: the progress of every command, whichever service decides it. */
public final class OperationRoutes {

    private final Metastore metastore;
    private final OperationProjection projection;
    private final OperationQueries operations;
    private final Reads reads;

    /** @param services those that decide commands */
    public OperationRoutes(
            Vertx vertx, Database database, Metastore metastore, MessageTypes types, Set<String> services) {
        this.metastore = metastore;
        this.projection = new OperationProjection(database, types, services);
        this.operations = new OperationQueries(database, metastore);
        this.reads = Reads.view(vertx).operations(this::isDecided);
        services.forEach(service -> reads.source(service, () -> projection.position(service)));
    }

    /** The view behind it, to be fed with events. */
    public Projection projection() {
        return projection;
    }

    /** The view behind it, to be fed with commands. */
    public CommandTail.Sink wishes() {
        return projection;
    }

    public void install(Api api) {
        api.on("getOperation", this::get).on("listOperations", this::list);
    }

    private Future<Boolean> isDecided(String id) {
        return operations
                .one(id)
                .map(found -> found.filter(operation -> !operation.state().equals("pending"))
                        .isPresent());
    }

    private Future<Reply> get(Call call) {
        String id = call.path("id");
        int wait = call.waitSeconds();
        return wait == 0
                ? look(call, id)
                : reads.eventually(wait, () -> isDecided(id))
                        .compose(decided -> look(call, id))
                        .map(reply -> reply.header("Preference-Applied", "wait=" + wait));
    }

    private Future<Reply> look(Call call, String id) {
        return operations.one(id).compose(found -> {
            if (found.isPresent()) {
                return Future.succeededFuture(Reply.ok(readable(call, found.get())));
            }
            return call.query("at").isEmpty() ? Future.failedFuture(missing(id)) : pending(call, id);
        });
    }

    /** Nobody has seen it: pending if the handler has not come to its offset, else there is none. */
    private Future<Reply> pending(Call call, String id) {
        String[] at = call.query("at").orElseThrow().split(":", 2);
        String service = call.query("service").orElse(metastore.service());
        Partition partition = new Partition(Topics.commands(service), Integer.parseInt(at[0]));
        long offset = Long.parseLong(at[1]);
        Future<Boolean> coming = service.equals(metastore.service())
                ? operations.unread(partition, offset)
                : operations.unseen(partition, offset);
        return coming.compose(unread -> {
            if (unread) {
                Map<String, Object> pending = new LinkedHashMap<>();
                pending.put("id", id);
                pending.put("state", "pending");
                return Future.succeededFuture(Reply.ok(pending).header("Retry-After", "1"));
            }
            // It may have been decided between the two looks.
            return operations.one(id).map(found -> Reply.ok(readable(call, found.orElseThrow(() -> missing(id)))));
        });
    }

    private Future<Reply> list(Call call) {
        OperationQueries.Before before = PageToken.cursor(call)
                .map(cursor -> new OperationQueries.Before(Long.parseLong(cursor.get(0)), cursor.get(1)))
                .orElse(null);
        Predicate<Operation> visible = visible(call);
        return reads.reached(call)
                .compose(ok -> Page.<OperationQueries.Listed>sieved(
                        call,
                        listed -> visible.test(listed.operation()),
                        (last, size) -> operations.page(
                                call.domain(),
                                call.query("state").orElse(null),
                                call.query("subject").orElse(null),
                                last.map(OperationQueries.Listed::place).orElse(before),
                                size),
                        listed -> List.of(
                                String.valueOf(listed.submittedMicros()),
                                listed.operation().id())))
                .compose(page -> projection
                        .position(metastore.service())
                        .map(position -> Reply.ok(page.map(OperationQueries.Listed::operation))
                                .position(metastore.service(), position)));
    }

    /** One's own wishes, and those about what one may read. */
    private static Predicate<Operation> visible(Call call) {
        Map<String, Predicate<Address>> byKind = new HashMap<>();
        return operation -> {
            if (operation.actor().equals(call.actor())) {
                return true;
            }
            Address subject = Address.parse(operation.subject());
            return byKind.computeIfAbsent(subject.kind(), kind -> call.those(kind + ":read"))
                    .test(subject);
        };
    }

    private static Operation readable(Call call, Operation operation) {
        if (!operation.actor().equals(call.actor())) {
            Address subject = Address.parse(operation.subject());
            call.require(subject.kind() + ":read", subject);
        }
        return operation;
    }

    private static ProblemException missing(String id) {
        return new ProblemException(Problem.of(
                "operation-not-found",
                404,
                "No such operation",
                "No command with the id " + id + " was decided. If you have just sent it, ask with the 'at' of its"
                        + " Location: then it shows as pending until it is decided."));
    }
}

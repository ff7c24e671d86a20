package io.fjord.core.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.operation.OperationEvent.CommandRejected;
import io.fjord.kernel.Ids;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.http.Operation;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The view of commands and their outcomes, as rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OperationViewContract {

    private static final String OTHER = "iam";

    private final Vertx vertx = Vertx.vertx();
    private Database database;
    private OperationProjection view;
    private OperationQueries queries;

    abstract String url();

    @BeforeAll
    void open() {
        database = Database.open(vertx, url(), "core", 4);
        get(database.migrate("core", "db/core"));
        view = new OperationProjection(database, PlatformMessages.types(), Set.of(OTHER));
        queries = new OperationQueries(database, new SqlMetastore(database, "core"));
    }

    @AfterAll
    void close() {
        get(database.close());
        get(vertx.close());
    }

    @Test
    void a_refusal_is_shown_with_all_of_its_faults_however_many_they_are() {
        List<Fault> faults = IntStream.range(0, 3_000)
                .mapToObj(i -> new Fault("/resources/" + i, "No address: 'ä" + i + "'."))
                .toList();
        Problem problem = Problem.of("bad-request", 400, "Bad request", "Correct all of it.")
                .withFaults(faults);
        String command = Ids.next();
        get(view.apply(OTHER, List.of(rejected(command, problem))));
        Operation shown = get(queries.one(command)).orElseThrow();
        assertThat(shown.state()).isEqualTo("rejected");
        assertThat(shown.problem()).isEqualTo(problem);
    }

    private static EventEnvelope<byte[]> rejected(String command, Problem problem) {
        CommandRejected data = new CommandRejected(problem);
        return new EventEnvelope<>(
                Ids.next(),
                PlatformMessages.types().typeOf(data),
                OTHER,
                Instant.parse("2026-11-22T09:00:00Z"),
                Address.parse("default/role/reader"),
                new Position(1, 1),
                null,
                "user:ana",
                command,
                null,
                command,
                Outcome.REJECTED,
                "",
                null,
                Json.text(data).getBytes(StandardCharsets.UTF_8));
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}

package io.fjord.sql.cluster;

import java.net.URI;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** One running driver of a cluster, spoken to over Arrow Flight SQL. Calls block; use them on a worker. */
public final class Driver implements AutoCloseable {

    private static final String CANCEL = "fjord.cancel";

    /** Without TLS the token of somebody leaves this machine never. */
    private static final Set<String> NEAR = Set.of("127.0.0.1", "localhost", "[::1]");

    private final BufferAllocator allocator;
    private final FlightClient flight;
    private final FlightSqlClient sql;
    private final boolean near;

    /**
     * What a driver is asked to run.
     *
     * @param actor whom it runs as
     * @param token the actor's own; null if there is none, and then they have no catalog
     * @param parameters values of the {@code ?} in the text, in order: null, Boolean, Long, BigDecimal, Double or String
     */
    public record Question(
            String statementId,
            String actor,
            @Nullable CallerToken token,
            String text,
            List<@Nullable Object> parameters,
            @Nullable String catalog,
            @Nullable String namespace) {}

    /** Gets the batches of an answer, one after the other; each is gone when the next comes. */
    public interface Batches {

        /** @param root holds whatever batch is there when {@link #next()} is called */
        void begin(VectorSchemaRoot root) throws Exception;

        void next() throws Exception;
    }

    public Driver(BufferAllocator allocator, String endpoint) {
        URI uri = URI.create(endpoint);
        this.allocator = allocator;
        this.flight = FlightClient.builder(allocator, Location.forGrpcInsecure(uri.getHost(), uri.getPort()))
                .build();
        this.sql = new FlightSqlClient(flight);
        this.near = NEAR.contains(String.valueOf(uri.getHost()));
    }

    /**
     * Runs it and hands over its answer until the last batch; no batch is fetched before the one before was taken.
     *
     * @param stop asked before every batch: true ends it early, as if cancelled
     */
    public void run(String secret, Question question, long timeoutMillis, Batches batches) throws Exception {
        CallOption[] options = options(secret, question, timeoutMillis);
        if (question.parameters().isEmpty()) {
            fetch(sql.execute(question.text(), options), options, batches);
            return;
        }
        PreparedStatement prepared = sql.prepare(question.text(), options);
        try (VectorSchemaRoot parameters = Parameters.root(question.parameters(), allocator)) {
            prepared.setParameters(parameters);
            fetch(prepared.execute(options), options, batches);
        } finally {
            // Without the token, which may have run out meanwhile.
            prepared.close(new HeaderCallOption(inTheName(secret, question)));
        }
    }

    /** Tells the driver to end a statement; nothing happens if it does not run there. */
    public void cancel(String secret, String statementId) {
        Iterator<Result> answer = flight.doAction(
                new Action(CANCEL, statementId.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                new HeaderCallOption(plain(secret, statementId)),
                CallOptions.timeout(10, TimeUnit.SECONDS));
        while (answer.hasNext()) {
            answer.next();
        }
    }

    private void fetch(FlightInfo info, CallOption[] options, Batches batches) throws Exception {
        boolean begun = false;
        for (FlightEndpoint endpoint : info.getEndpoints()) {
            try (FlightStream stream = sql.getStream(endpoint.getTicket(), options)) {
                if (!begun) {
                    batches.begin(stream.getRoot());
                    begun = true;
                }
                while (stream.next()) {
                    batches.next();
                }
            }
        }
        if (!begun) {
            try (VectorSchemaRoot empty = VectorSchemaRoot.create(info.getSchema(), allocator)) {
                batches.begin(empty);
            }
        }
    }

    private CallOption[] options(String secret, Question question, long timeoutMillis) {
        FlightCallHeaders headers = inTheName(secret, question);
        if (near && question.token() != null) {
            headers.insert("fjord-actor-token", question.token().value());
        }
        if (question.catalog() != null) {
            headers.insert("fjord-session-catalog", question.catalog());
        }
        if (question.namespace() != null) {
            headers.insert("fjord-session-namespace", question.namespace());
        }
        List<CallOption> options = new ArrayList<>();
        options.add(new HeaderCallOption(headers));
        options.add(CallOptions.timeout(timeoutMillis, TimeUnit.MILLISECONDS));
        return options.toArray(CallOption[]::new);
    }

    /** As this service, for the actor; what a driver hears only from who knows its secret. */
    private static FlightCallHeaders inTheName(String secret, Question question) {
        FlightCallHeaders headers = plain(secret, question.statementId());
        headers.insert("fjord-actor", question.actor());
        return headers;
    }

    private static FlightCallHeaders plain(String secret, String statementId) {
        FlightCallHeaders headers = new FlightCallHeaders();
        headers.insert("authorization", "Bearer " + secret);
        headers.insert("fjord-statement-id", statementId);
        return headers;
    }

    @Override
    public void close() throws Exception {
        sql.close();
    }
}

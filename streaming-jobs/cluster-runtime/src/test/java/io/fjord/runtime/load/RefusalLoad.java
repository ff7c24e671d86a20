package io.fjord.runtime.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Real clients of a cluster while somebody is shut out: how long they are still let in, and how long what they run goes on.
 *
 * <p>A program of load-tests; run with the classes of Spark Connect's client, and the JDBC driver beside them.
 */
final class RefusalLoad {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String LONG = "SELECT count(*) FROM range(100000000000000) WHERE id % 7 = 3";
    private static final Pattern REFUSED = Pattern.compile(
            "UNAUTHENTICATED|PERMISSION_DENIED|(?<![0-9])40[13](?![0-9])|access-denied|unauthenticated|is not known|may not use|SESSION_CLOSED|OPERATION_CANCELED");

    private final String gateway;
    private final int port;
    private final String cluster;
    private final String operator = System.getenv("FJORD_LOAD_OPERATOR");
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private RefusalLoad(int port, String cluster) {
        this.port = port;
        this.cluster = cluster;
        this.gateway = "http://127.0.0.1:" + port;
    }

    /** Arguments: port of the gateway, cluster, what to measure, rounds, how often in each. */
    public static void main(String[] arguments) throws Exception {
        RefusalLoad load = new RefusalLoad(Integer.parseInt(arguments[0]), arguments[1]);
        List<Person> people =
                System.getenv("FJORD_LOAD_PEOPLE").lines().map(Person::of).toList();
        int rounds = Integer.parseInt(arguments[3]);
        int count = Integer.parseInt(arguments[4]);
        if (arguments[2].equals("revocations")) {
            load.revocations(people.get(0), rounds, count);
        } else {
            load.deprovisioning(people, rounds, count);
        }
        // Clients leave threads behind.
        System.exit(0);
    }

    private static final class Person {
        final String actor;
        final String token;
        final String id;
        String grant;

        Person(String actor, String token, String id, String grant) {
            this.actor = actor;
            this.token = token;
            this.id = id;
            this.grant = grant;
        }

        static Person of(String line) {
            String[] parts = line.split(" ");
            return new Person(parts[0], parts[1], parts[2], parts[3]);
        }
    }

    // Ways in

    private interface Way extends AutoCloseable {

        String name();

        /** Fails with something that says so if it is refused. */
        void run(String sql) throws Exception;

        @Override
        void close();
    }

    private List<Way> ways(Person person) {
        return List.of(new Api(person), new Statements(person), new HiveServer2(person), new Connect(person));
    }

    private final class Api implements Way {
        private final Person person;

        Api(Person person) {
            this.person = person;
        }

        @Override
        public String name() {
            return "api";
        }

        @Override
        public void run(String sql) throws Exception {
            expect(call("GET", "/api/v1/clusters/" + cluster, null, person.token), 200);
        }

        @Override
        public void close() {}
    }

    private final class Statements implements Way {
        private final Person person;

        Statements(Person person) {
            this.person = person;
        }

        @Override
        public String name() {
            return "statements";
        }

        @Override
        public void run(String sql) throws Exception {
            String answer = expect(submit(person, sql, 30), 200).body();
            if (!field(answer, "state").equals("finished")) {
                throw new IOException("The statement ended so: " + answer);
            }
        }

        @Override
        public void close() {}
    }

    private final class HiveServer2 implements Way {
        private final Person person;
        private @Nullable Connection connection;

        HiveServer2(Person person) {
            this.person = person;
        }

        @Override
        public String name() {
            return "hiveserver2";
        }

        @Override
        public void run(String sql) throws Exception {
            Connection open = connection;
            if (open == null) {
                open = DriverManager.getConnection(
                        "jdbc:hive2://127.0.0.1:" + port + "/default;transportMode=http;httpPath=lakehouse/" + cluster,
                        "somebody",
                        person.token);
                connection = open;
            }
            try (var statement = open.createStatement();
                    var rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    // Only that it is let in counts.
                }
            } catch (SQLException e) {
                close();
                throw e;
            }
        }

        @Override
        public void close() {
            Connection open = connection;
            connection = null;
            if (open != null) {
                try {
                    open.close();
                } catch (SQLException e) {
                    // It was refused.
                }
            }
        }
    }

    private final class Connect implements Way {
        private final Person person;
        private @Nullable SparkSession session;

        Connect(Person person) {
            this.person = person;
        }

        @Override
        public String name() {
            return "connect";
        }

        @Override
        public void run(String sql) throws Exception {
            SparkSession open = session;
            if (open == null) {
                open = SparkSession.builder()
                        .remote("sc://localhost:" + port + "/;token=" + person.token + ";x-fjord-cluster=" + cluster)
                        .create();
                session = open;
            }
            try {
                var unused = open.sql(sql).collectAsList();
            } catch (Exception e) {
                // Scala declares none: a SparkException is not a RuntimeException.
                close();
                throw e;
            }
        }

        @Override
        public void close() {
            SparkSession open = session;
            session = null;
            if (open != null) {
                try {
                    open.close();
                } catch (Exception e) {
                    // It was refused.
                }
            }
        }
    }

    /** Whether it is let in; what fails for another reason fails. */
    private static boolean isLetIn(Way way) throws Exception {
        try {
            way.run("SELECT 1");
            return true;
        } catch (Exception e) {
            if (isRefusal(e)) {
                return false;
            }
            throw e;
        }
    }

    private static boolean isRefusal(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (REFUSED.matcher(String.valueOf(cause.getMessage())).find()) {
                return true;
            }
        }
        return false;
    }

    private static long until(Way way, boolean letIn) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (isLetIn(way) != letIn) {
            if (System.nanoTime() > deadline) {
                throw new IOException(way.name() + (letIn ? ": refused still" : ": let in still"));
            }
        }
        return System.nanoTime();
    }

    // Revocations

    private void revocations(Person person, int rounds, int count) throws Exception {
        List<Way> ways = ways(person);
        for (Way way : ways) {
            // Compiled and connected before anything is timed.
            for (int i = 0; i < 10; i++) {
                until(way, true);
            }
            suspended(way, person);
            ungranted(way, person);
        }
        for (int round = 0; round < rounds; round++) {
            for (Way way : ways) {
                long[] token = new long[count];
                long[] grant = new long[count];
                for (int i = 0; i < count; i++) {
                    token[i] = suspended(way, person);
                    grant[i] = ungranted(way, person);
                }
                say(way.name() + "-token-p50", percentile(50, token));
                say(way.name() + "-token-p99", percentile(99, token));
                say(way.name() + "-grant-p50", percentile(50, grant));
                say(way.name() + "-grant-p99", percentile(99, grant));
            }
        }
        ways.forEach(Way::close);
        say("verified", 2.0 * rounds * count * ways.size());
    }

    private long suspended(Way way, Person person) throws Exception {
        until(way, true);
        String token = "/api/v1/service-accounts/" + person.actor.replaceFirst(".*:", "") + "/tokens/" + person.id;
        long began = System.nanoTime();
        expect(call("POST", token + "/suspend", null, operator), 202);
        long nanos = until(way, false) - began;
        expect(decide("POST", token + "/resume", null), 200);
        return nanos;
    }

    private long ungranted(Way way, Person person) throws Exception {
        until(way, true);
        long began = System.nanoTime();
        expect(call("DELETE", "/api/v1/grants/" + person.grant, null, operator), 202);
        long nanos = until(way, false) - began;
        String again = "{\"subject\":\"" + person.actor + "\",\"role\":\"member\",\"resources\":[\"default/*/*\"]}";
        person.grant =
                field(expect(decide("POST", "/api/v1/grants", again), 201).body(), "id");
        return nanos;
    }

    // Deprovisioning

    private void deprovisioning(List<Person> people, int rounds, int count) throws Exception {
        var next = people.iterator();
        int ended = 0;
        for (int round = 0; round < rounds; round++) {
            for (String way : List.of("statements", "hiveserver2", "connect")) {
                long[] nanos = new long[count];
                for (int i = 0; i < count; i++) {
                    Person person = next.next();
                    nanos[i] = way.equals("statements") ? endedStatement(person) : endedCall(way, person);
                    gone(person);
                    ended++;
                }
                say(way + "-p50", percentile(50, nanos));
                say(way + "-longest", percentile(100, nanos));
            }
        }
        say("verified", ended);
    }

    private long endedStatement(Person person) throws Exception {
        until(new Statements(person), true);
        String id = field(expect(submit(person, LONG, 0), 202).body(), "id");
        awaitState(id, "running");
        long began = System.nanoTime();
        deprovision(person);
        String state = awaitState(id, "finished|failed|cancelled|expired");
        if (state.equals("finished")) {
            throw new IllegalStateException("The statement came to its end");
        }
        return System.nanoTime() - began;
    }

    private String awaitState(String id, String wanted) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            String state = field(
                    expect(call("GET", "/api/v1/sql/statements/" + id, null, operator), 200)
                            .body(),
                    "state");
            if (state.matches(wanted)) {
                return state;
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("The statement is still " + state);
            }
            Thread.sleep(5);
        }
    }

    /** The client has to be told: by an error, where the rows were to come. */
    private long endedCall(String name, Person person) throws Exception {
        Way way = ways(person).stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
        until(way, true);
        CompletableFuture<Optional<Exception>> running = CompletableFuture.supplyAsync(() -> {
            try {
                way.run(LONG);
                return Optional.empty();
            } catch (Exception e) {
                return Optional.of(e);
            }
        });
        // There is nothing to see from outside that tells when it runs.
        try {
            throw new IllegalStateException("It ended by itself: " + running.get(2, TimeUnit.SECONDS));
        } catch (TimeoutException runs) {
            long began = System.nanoTime();
            deprovision(person);
            Optional<Exception> end = end(running);
            if (end.isEmpty()) {
                throw new IllegalStateException("The statement came to its end");
            }
            return System.nanoTime() - began;
        }
    }

    private static Optional<Exception> end(CompletableFuture<Optional<Exception>> running)
            throws InterruptedException, ExecutionException, TimeoutException {
        return running.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private void deprovision(Person person) throws Exception {
        String patch = "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
                + "\"Operations\":[{\"op\":\"replace\",\"path\":\"active\",\"value\":false}]}";
        expect(call("PATCH", "/scim/v2/Users/" + person.id, patch, operator), 200);
    }

    private void gone(Person person) throws Exception {
        HttpResponse<String> me = call("GET", "/api/v1/me", null, person.token);
        if (me.statusCode() != 401) {
            throw new IllegalStateException("Who was deprovisioned is answered " + me.statusCode());
        }
    }

    // HTTP

    private HttpResponse<String> submit(Person person, String sql, int wait) throws Exception {
        return call(
                "POST",
                "/api/v1/sql/statements",
                "{\"cluster\":\"" + cluster + "\",\"statement\":\"" + sql + "\",\"waitSeconds\":" + wait + "}",
                person.token);
    }

    private HttpResponse<String> decide(String method, String path, @Nullable String json) throws Exception {
        return call(method, path, json, operator, Map.of("Prefer", "wait=20"));
    }

    private HttpResponse<String> call(String method, String path, @Nullable String json, String token)
            throws Exception {
        return call(method, path, json, token, Map.of());
    }

    private HttpResponse<String> call(
            String method, String path, @Nullable String json, String token, Map<String, String> headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway + path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .method(
                        method,
                        json == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(json));
        if (json != null) {
            request.header("Content-Type", path.startsWith("/scim") ? "application/scim+json" : "application/json");
        }
        headers.forEach(request::header);
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> expect(HttpResponse<String> answer, int status) throws IOException {
        if (answer.statusCode() != status) {
            throw new IOException(
                    answer.uri().getPath() + " was answered " + answer.statusCode() + " " + answer.body());
        }
        return answer;
    }

    private static String field(String json, String name) throws IOException {
        var found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]+)\"").matcher(json);
        if (!found.find()) {
            throw new IOException("There is no " + name + " in " + json);
        }
        return found.group(1);
    }

    // Figures

    private static void say(String word, double figure) {
        System.out.println(word + " " + figure);
    }

    private static double percentile(double percentile, long... nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        int at = (int) Math.ceil(percentile / 100 * sorted.length) - 1;
        return sorted[Math.max(0, at)] / 1e6;
    }
}

package io.fjord.runtime;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/**
 * Compiled against Spark's common interface; run with the classes of Spark Connect's client. Its arguments are addresses and
 * statements by turns; each pair is a session of its own, and a line of output: {@code 1: ok value} or {@code 1: failed why}.
 */
final class ConnectClient {

    /** Runs a statement again and again until it fails. */
    static final String UNTIL_REFUSED = "until refused: ";

    private static final List<SparkSession> SESSIONS = new ArrayList<>();

    private ConnectClient() {}

    public static void main(String[] arguments) {
        for (var i = 0; i + 1 < arguments.length; i += 2) {
            System.out.println(i / 2 + 1 + ": " + run(arguments[i], arguments[i + 1]));
        }
        // At the end: a session may be that of several pairs.
        SESSIONS.forEach(ConnectClient::close);
        // The client leaves threads behind.
        System.exit(0);
    }

    private static String run(String address, String statements) {
        try {
            var spark = SparkSession.builder().remote(address).create();
            SESSIONS.add(spark);
            if (statements.startsWith(UNTIL_REFUSED)) {
                while (true) {
                    var unused = spark.sql(statements.substring(UNTIL_REFUSED.length()))
                            .collectAsList();
                    System.out.println("went on");
                }
            }
            var last = "";
            for (var statement : statements.split(";")) {
                var rows = spark.sql(statement).collectAsList();
                last = rows.isEmpty() ? "" : String.valueOf(rows.get(0).get(0));
            }
            return "ok " + last;
        } catch (Exception e) {
            return "failed " + e.getMessage();
        }
    }

    private static void close(SparkSession spark) {
        try {
            spark.close();
        } catch (Exception e) {
            // It was refused, or closed by another pair.
        }
    }
}

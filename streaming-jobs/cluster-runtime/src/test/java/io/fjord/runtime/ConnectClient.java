package io.fjord.runtime;

import org.apache.spark.sql.SparkSession;

/** Compiled against Spark's common interface; run with the classes of Spark Connect's client. */
final class ConnectClient {

    private ConnectClient() {}

    public static void main(String[] arguments) {
        try (var spark = SparkSession.builder().remote(arguments[0]).getOrCreate()) {
            spark.sql("CREATE NAMESPACE IF NOT EXISTS connect_it");
            spark.sql("CREATE OR REPLACE TABLE connect_it.numbers AS SELECT id FROM range(100)");
            var sum = spark.sql("SELECT sum(id) FROM lakehouse.connect_it.numbers")
                    .collectAsList()
                    .get(0)
                    .getLong(0);
            System.out.println("SUM=" + sum);
        } catch (Exception e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
        // The client leaves threads behind.
        System.exit(0);
    }
}

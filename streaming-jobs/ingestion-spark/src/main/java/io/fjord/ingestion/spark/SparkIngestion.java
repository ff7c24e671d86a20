package io.fjord.ingestion.spark;

import io.fjord.ingestion.IngestionDriver;

/** The driver of the pipelines that run on Spark. */
public final class SparkIngestion {

    private SparkIngestion() {}

    public static void main(String[] arguments) throws Exception {
        IngestionDriver.run(arguments, (settings, threads) -> SparkEngine.start(settings));
    }
}

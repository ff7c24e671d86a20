package io.fjord.ingestion.spark;

import io.fjord.ingestion.Committed;
import io.fjord.ingestion.Order;
import io.fjord.ingestion.SetAside;
import io.fjord.ingestion.Settings;
import io.fjord.ingestion.TargetTable;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.util.CollectionAccumulator;

/**
 * What pipelines are measured against: Structured Streaming as one writes it by hand, into Iceberg by Iceberg's own sink, with the
 * pipelines' validation and dead letters. Its class path is theirs with Iceberg's runtime for Spark instead of Iceberg's modules.
 *
 * <p>Its argument is a file with the settings of a driver. A line on its standard input is a file with an order; it says
 * {@code reading} once it reads, and with the next line {@code stopped}.
 */
public final class PlainStream {

    private PlainStream() {}

    public static void main(String[] arguments) throws Exception {
        Settings settings = Settings.JSON.readValue(Files.readAllBytes(Path.of(arguments[0])), Settings.class);
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String file = input.readLine(); file != null; file = input.readLine()) {
                Order order = Settings.JSON.readValue(Files.readAllBytes(Path.of(file)), Order.class);
                StreamingQuery query = start(settings, order);
                System.out.println("reading " + order.name());
                input.readLine();
                query.stop();
                System.out.println("stopped");
            }
        }
        System.exit(0);
    }

    private static StreamingQuery start(Settings settings, Order order) throws Exception {
        SparkSession spark = session(settings, order);
        TargetTable target = Objects.requireNonNull(TargetTable.open(settings, order, null));
        String key = UUID.randomUUID().toString();
        Committed nothing = new Committed(1, "", Map.of(), 0, 0, 0, Map.of(), null, null, 0);
        new Shared(order, target.table(), new SetAside(settings, order, nothing)).open(key);
        CollectionAccumulator<ReadRecords.Read> read = spark.sparkContext().collectionAccumulator();
        DataStreamReader reader = spark.readStream()
                .format("kafka")
                .option("subscribe", order.topic())
                .option("startingOffsets", "earliest")
                .option("includeHeaders", "true")
                .option("maxOffsetsPerTrigger", "2000000");
        settings.kafka().forEach((name, value) -> reader.option("kafka." + name, value));
        Dataset<Row> rows = reader.load()
                .mapPartitions(
                        new ReadRecords(key, read),
                        Encoders.row(PipelineSql.schema(
                                Objects.requireNonNull(order.spec().transform()).columns())));
        return rows.writeStream()
                .outputMode("append")
                .option("checkpointLocation", settings.workDir() + "/checkpoints/" + key)
                .option("fanout-enabled", "true")
                .trigger(Trigger.ProcessingTime(order.spec().freshnessSeconds() * 500L, TimeUnit.MILLISECONDS))
                .toTable("lake." + order.spec().target().namespace() + "."
                        + order.spec().target().table());
    }

    private static SparkSession session(Settings settings, Order order) {
        SparkConf conf = new SparkConf(false)
                .setAppName("plain")
                .setMaster("local[" + Math.max(2, Runtime.getRuntime().availableProcessors()) + "]")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.local.dir", settings.workDir() + "/spark")
                .set("spark.ui.enabled", "false")
                .set("spark.sql.session.timeZone", "UTC")
                .set("spark.sql.datetime.java8API.enabled", "true")
                .set("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
                .set("spark.sql.catalog.lake.type", "rest")
                .set("spark.sql.catalog.lake.uri", settings.gateway() + "/iceberg")
                .set("spark.sql.catalog.lake.warehouse", order.warehouse())
                .set("spark.sql.catalog.lake.token", order.token())
                .set("spark.sql.catalog.lake.io-impl", "org.apache.iceberg.aws.s3.S3FileIO")
                .set("spark.sql.catalog.lake.s3.endpoint", settings.s3().endpoint())
                .set("spark.sql.catalog.lake.s3.path-style-access", "true")
                .set("spark.sql.catalog.lake.s3.access-key-id", settings.s3().accessKey())
                .set(
                        "spark.sql.catalog.lake.s3.secret-access-key",
                        settings.s3().secretKey())
                .set("spark.sql.catalog.lake.client.region", settings.s3().region());
        return SparkSession.builder().config(conf).getOrCreate();
    }
}

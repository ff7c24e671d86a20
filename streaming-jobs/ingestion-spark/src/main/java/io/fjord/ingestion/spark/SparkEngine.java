package io.fjord.ingestion.spark;

import io.fjord.ingestion.CannotGoOn;
import io.fjord.ingestion.Engine;
import io.fjord.ingestion.Order;
import io.fjord.ingestion.Overtaken;
import io.fjord.ingestion.Progress;
import io.fjord.ingestion.Session;
import io.fjord.ingestion.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.classic.SparkSession;
import org.jspecify.annotations.Nullable;

/** One Spark in this process, and a session of its own for each pipeline: none sees the views or settings of another. */
final class SparkEngine implements Engine, AutoCloseable {

    private final SparkSession spark;

    private SparkEngine(SparkSession spark) {
        this.spark = spark;
    }

    static SparkEngine start(Settings settings) throws IOException {
        Path local = Path.of(settings.workDir(), "spark");
        Files.createDirectories(local);
        // Any static method of the driver by a line of SQL: nobody needs that, and everybody could end the process by
        // it.
        for (String function : List.of("reflect", "try_reflect", "java_method")) {
            FunctionRegistry.builtin().dropFunction(new FunctionIdentifier(function));
        }
        SparkConf conf = new SparkConf(false)
                .setAppName("fjord pipelines")
                .setMaster("local[" + Math.max(2, Runtime.getRuntime().availableProcessors()) + "]")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.local.dir", local.toString())
                .set("spark.sql.warehouse.dir", local.resolve("warehouse").toString())
                .set("spark.ui.enabled", "false")
                .set("spark.ui.showConsoleProgress", "false")
                .set("spark.log.structuredLogging.enabled", "false")
                // What one has to read does not keep another waiting.
                .set("spark.scheduler.mode", "FAIR")
                .set("spark.sql.session.timeZone", "UTC")
                .set("spark.sql.datetime.java8API.enabled", "true")
                // SQL of a pipeline reads its source; files of this machine are none of its business.
                .set("spark.sql.runSQLOnFiles", "false")
                .set("spark.sql.streaming.minBatchesToRetain", "10")
                .set("spark.sql.streaming.numRecentProgressUpdates", "5")
                .set("spark.sql.ui.retainedExecutions", "5")
                .set("spark.ui.retainedJobs", "10")
                .set("spark.ui.retainedStages", "10")
                .set("spark.ui.retainedTasks", "100");
        return new SparkEngine(SparkSession.builder().config(conf).getOrCreate());
    }

    @Override
    public @Nullable Session open(Settings settings, Order order, Progress progress)
            throws CannotGoOn, Overtaken, IOException, InterruptedException {
        SparkSession session = spark.newSession();
        // Rows take their types from the settings of the session that is active where they are declared.
        SparkSession.setActiveSession(session);
        return StreamingSession.open(session, settings, order, progress);
    }

    @Override
    public void close() {
        spark.stop();
    }
}

package io.fjord.runtime;

import io.fjord.runtime.lineage.Lineage;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.connect.service.SparkConnectService$;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** The Spark of this driver: one context, and a session of its own for everybody who asks. */
public final class SparkEngine {

    private static final String ENDED = "The operation it belongs to was ended.";

    private final SparkSession root;

    private SparkEngine(SparkSession root) {
        this.root = root;
    }

    static SparkEngine start(DriverConfig config) throws java.io.IOException {
        Files.createDirectories(config.workDir().resolve("spark"));
        var settings = SparkSettings.of(config);
        config.catalogs().forEach((name, catalog) -> LakehouseCatalog.keep(name, config.s3(), settings));
        if (config.hiveMetastore() != null) {
            MetastoreCatalog.ask(new TableRights(config.gateway()));
        }
        // Any static method of the driver by a line of SQL: nobody needs that, and everybody could end the process by
        // it.
        for (var function : List.of("reflect", "try_reflect", "java_method")) {
            FunctionRegistry.builtin().dropFunction(new FunctionIdentifier(function));
        }
        var conf = new SparkConf(false);
        settings.forEach(conf::set);
        var session = SparkSession.builder().config(conf).getOrCreate();
        return new SparkEngine(session);
    }

    /** From now on what flows where is told to the control plane. */
    Lineage tellLineage(DriverConfig config, String token, Statements statements) {
        return Lineage.start(root.sparkContext(), config.gateway(), config.domain(), token, statements::actorOf);
    }

    /** Starts Spark Connect and says its port. */
    int startConnect(CallerAuthentication authentication, ConnectOwners owners, Statements statements) {
        ConnectCallerInterceptor.open(authentication, owners);
        root.sparkContext().addSparkListener(new ConnectActivity(statements, owners, jobs(root.sparkContext())));
        SparkConnectService$.MODULE$.start(root.sparkContext());
        return SparkConnectService$.MODULE$.localPort();
    }

    private static ConnectActivity.Jobs jobs(SparkContext context) {
        return new ConnectActivity.Jobs() {
            @Override
            public void cancelTagged(String tag) {
                context.cancelJobsWithTag(tag, ENDED);
            }

            @Override
            public void cancel(int job) {
                context.cancelJob(job, ENDED);
            }
        };
    }

    void stopConnect() {
        SparkConnectService$.MODULE$.stop(Option.empty(), Option.empty());
    }

    /** A session that shares the tables with all others and its settings, views and current namespace with none. */
    public SparkSession newSession() {
        return root.newSession();
    }

    /** Makes a catalog and a namespace the session's current ones; asks the catalog, so call it inside a statement. */
    public static void use(SparkSession session, @Nullable String catalog, @Nullable String namespace)
            throws ParseException {
        var manager = session.sessionState().catalogManager();
        if (catalog != null) {
            manager.setCurrentCatalog(catalog);
        }
        if (namespace != null) {
            manager.setCurrentNamespace(parts(session, namespace));
        }
    }

    /** Whether the current catalog has this namespace; true for catalogs that cannot say. */
    public static boolean hasNamespace(SparkSession session, String namespace) throws ParseException {
        return !(session.sessionState().catalogManager().currentCatalog() instanceof SupportsNamespaces catalog)
                || catalog.namespaceExists(parts(session, namespace));
    }

    private static String[] parts(SparkSession session, String name) throws ParseException {
        var parts = session.sessionState().sqlParser().parseMultipartIdentifier(name);
        return scala.jdk.javaapi.CollectionConverters.asJava(parts).toArray(String[]::new);
    }

    static List<String> levels(String namespace) {
        return Arrays.asList(namespace.split("\\.", -1));
    }

    public String version() {
        return root.version();
    }

    void stop() {
        root.stop();
    }
}

package io.fjord.embedded.hive;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.conf.HiveConf.ConfVars;
import org.apache.hadoop.hive.metastore.HiveMetaStore;
import org.apache.hadoop.hive.metastore.HiveMetaStore.HMSHandler;
import org.apache.hadoop.hive.metastore.IHMSHandler;
import org.apache.hadoop.hive.metastore.RawStore;
import org.apache.hadoop.hive.metastore.TUGIBasedProcessor;
import org.apache.hadoop.hive.metastore.txn.TxnUtils;
import org.apache.hadoop.hive.thrift.TUGIContainingTransport;
import org.apache.thrift.TProcessor;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.protocol.TProtocol;
import org.apache.thrift.server.ServerContext;
import org.apache.thrift.server.TServerEventHandler;
import org.apache.thrift.server.TThreadPoolServer;
import org.apache.thrift.transport.TServerSocket;
import org.apache.thrift.transport.TTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Hive Metastore, served on the loopback address alone, with all its tables made before the first call: Hive's own main binds all
 * addresses, makes those for locks never, and others in the middle of calls. The first table that comes with its owner's privileges
 * then hangs on PostgreSQL: the new foreign key from TBL_PRIVS waits for the transaction with the row in TBLS, which waits for it.
 */
public final class HiveMetastore {

    private static final Logger log = LoggerFactory.getLogger(HiveMetastore.class);
    private static final long LARGEST_MESSAGE = 100L << 20;

    private HiveMetastore() {}

    /** Reads {@code FJORD_HIVE_…} from its environment; a database that is away ends it with the reason. */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> environment = System.getenv();
        MetastoreDatabase database = new MetastoreDatabase(
                needed(environment, "FJORD_HIVE_JDBC_URL"),
                needed(environment, "FJORD_HIVE_USER"),
                needed(environment, "FJORD_HIVE_PASSWORD"));
        HiveConf conf = configuration(database, needed(environment, "FJORD_HIVE_WAREHOUSE"));
        MetastoreSchema.make(database, conf);
        serve(conf, Integer.parseInt(needed(environment, "FJORD_HIVE_PORT")));
    }

    private static String needed(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(name + " is not set.");
        }
        return value;
    }

    private static HiveConf configuration(MetastoreDatabase database, String warehouse) {
        HiveConf conf = new HiveConf(HiveMetastore.class);
        database.connection().forEach(conf::set);
        conf.setVar(ConfVars.METASTOREWAREHOUSE, warehouse);
        conf.set("fs.defaultFS", "file:///");
        conf.setVar(ConfVars.METASTORE_CONNECTION_POOLING_TYPE, "HikariCP");
        conf.setIntVar(ConfVars.METASTORE_CONNECTION_POOLING_MAX_CONNECTIONS, 4);
        // All tables are there before the first call; none is made within one.
        conf.setBoolVar(ConfVars.METASTORE_AUTO_CREATE_ALL, false);
        conf.setBoolVar(ConfVars.METASTORE_SCHEMA_VERIFICATION, true);
        conf.setBoolVar(ConfVars.HIVE_IN_TEST, false);
        // Reading beside the object mapper, in SQL of its own, knows databases by name only.
        conf.setBoolVar(ConfVars.METASTORE_TRY_DIRECT_SQL, true);
        conf.set("hive.metastore.metrics.enabled", "false");
        conf.set("hive.compactor.initiator.on", "false");
        return conf;
    }

    private static void serve(HiveConf conf, int port) throws Exception {
        IHMSHandler handler = HiveMetaStore.newRetryingHMSHandler(new HMSHandler("fjord metastore", conf, false), conf);
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
        TThreadPoolServer server = new TThreadPoolServer(new TThreadPoolServer.Args(
                        new TServerSocket(new TServerSocket.ServerSocketTransportArgs().serverSocket(socket)))
                .processor(processor(handler))
                // A client says for whom it acts before anything else, as Hive's and Spark's do.
                .transportFactory(new TUGIContainingTransport.Factory())
                .protocolFactory(new TBinaryProtocol.Factory())
                .inputProtocolFactory(new TBinaryProtocol.Factory(true, true, LARGEST_MESSAGE, LARGEST_MESSAGE))
                .minWorkerThreads(2)
                .maxWorkerThreads(200));
        server.setServerEventHandler(new StoresClosed());
        try (Locks expired = Locks.expire(conf)) {
            log.atInfo().addKeyValue("port", port).log("The Hive Metastore answers");
            server.serve();
        }
    }

    private static TProcessor processor(IHMSHandler handler) throws IOException {
        try {
            return new TUGIBasedProcessor<>(handler);
        } catch (ReflectiveOperationException e) {
            throw new IOException("Hive's own processor cannot be made", e);
        }
    }

    /** Locks whose holder is gone: without this they would stand in the way for ever. */
    private record Locks(ScheduledExecutorService timer) implements AutoCloseable {

        static Locks expire(HiveConf conf) {
            ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "expired-locks");
                thread.setDaemon(true);
                return thread;
            });
            var unused = timer.scheduleWithFixedDelay(() -> expireOnce(conf), 30, 30, TimeUnit.SECONDS);
            return new Locks(timer);
        }

        private static void expireOnce(HiveConf conf) {
            try {
                TxnUtils.getTxnStore(conf).performTimeOuts();
            } catch (RuntimeException e) {
                log.atWarn().setCause(e).log("Expired locks could not be released; tried again in half a minute");
            }
        }

        @Override
        public void close() {
            timer.shutdownNow();
        }
    }

    /** A worker's store goes with its client, as in Hive's own server. */
    private static final class StoresClosed implements TServerEventHandler {

        @Override
        public void preServe() {}

        @Override
        public ServerContext createContext(TProtocol input, TProtocol output) {
            return NOTHING;
        }

        @Override
        public void deleteContext(ServerContext context, TProtocol input, TProtocol output) {
            RawStore store = HMSHandler.getRawStore();
            if (store != null) {
                try {
                    store.shutdown();
                } finally {
                    HMSHandler.removeRawStore();
                }
            }
        }

        @Override
        public void processContext(ServerContext context, TTransport input, TTransport output) {}
    }

    private static final ServerContext NOTHING = new ServerContext() {
        @Override
        public <T> T unwrap(Class<T> type) {
            throw new IllegalArgumentException("Nothing is wrapped here");
        }

        @Override
        public boolean isWrapperFor(Class<?> type) {
            return false;
        }
    };
}

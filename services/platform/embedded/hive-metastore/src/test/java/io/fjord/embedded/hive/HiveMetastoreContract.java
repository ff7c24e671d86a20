package io.fjord.embedded.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.embedded.DatabaseServer;
import io.fjord.embedded.HiveMetastoreServer;
import io.fjord.embedded.Home;
import io.fjord.testing.TestServers;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.hive.conf.HiveConf;
import org.apache.hadoop.hive.metastore.HiveMetaStoreClient;
import org.apache.hadoop.hive.metastore.LockComponentBuilder;
import org.apache.hadoop.hive.metastore.LockRequestBuilder;
import org.apache.hadoop.hive.metastore.api.Database;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.LockState;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.metastore.api.SerDeInfo;
import org.apache.hadoop.hive.metastore.api.StorageDescriptor;
import org.apache.hadoop.hive.metastore.api.Table;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A real metastore process over a real database, asked as Spark and Iceberg ask it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HiveMetastoreContract {

    private final Home home = TestServers.newHome("hive-metastore");
    private DatabaseServer database;
    private HiveMetastoreServer server;
    private HiveMetaStoreClient client;

    abstract DatabaseServer newDatabase(Home home);

    @BeforeAll
    void start() throws Exception {
        database = newDatabase(home);
        var own = HiveMetastoreServer.databaseIn(database);
        database.start();
        server = new HiveMetastoreServer(home, TestServers.freePort(), own, 160);
        server.start();
        client = connect();
    }

    @AfterAll
    void stop() {
        client.close();
        server.stop();
        database.stop();
    }

    private HiveMetaStoreClient connect() throws Exception {
        HiveConf conf = new HiveConf();
        conf.set("hive.metastore.uris", server.uri());
        return new HiveMetaStoreClient(conf);
    }

    @Test
    void tables_partitions_and_their_changes_are_kept() throws Exception {
        client.createDatabase(new Database("sales", "größe", null, Map.of("owner", "ada")));
        client.createTable(table("sales", "orders"));
        client.add_partition(partition("sales", "orders", "2026-11-21"));
        Table found = client.getTable("sales", "orders");
        assertThat(found.getSd().getCols()).extracting(FieldSchema::getName).containsExactly("id", "amount");
        assertThat(Files.isDirectory(
                        HiveMetastoreServer.warehouse(home).resolve("sales.db").resolve("orders")))
                .isTrue();

        found.getSd().addToCols(new FieldSchema("note", "string", "日本語"));
        client.alter_table("sales", "orders", found);
        assertThat(client.getTable("sales", "orders").getSd().getCols().get(2).getComment())
                .isEqualTo("日本語");
        assertThat(client.listPartitionNames("sales", "orders", (short) -1)).containsExactly("day=2026-11-21");
        assertThat(client.listPartitionsByFilter("sales", "orders", "day = \"2026-11-21\"", (short) -1))
                .hasSize(1);

        Table renamed = client.getTable("sales", "orders");
        renamed.setTableName("purchases");
        client.alter_table("sales", "orders", renamed);
        client.dropTable("sales", "purchases");
        client.dropDatabase("sales");
        assertThat(client.getAllDatabases()).contains("default").doesNotContain("sales");
    }

    @Test
    void a_lock_is_held_by_one_at_a_time() throws Exception {
        var exclusive = new LockComponentBuilder()
                .setExclusive()
                .setDbName("default")
                .setTableName("hot")
                .build();
        var mine = client.lock(new LockRequestBuilder("a")
                .setUser("ada")
                .addLockComponent(exclusive)
                .build());
        assertThat(mine.getState()).isEqualTo(LockState.ACQUIRED);
        var yours = client.lock(new LockRequestBuilder("b")
                .setUser("emil")
                .addLockComponent(exclusive)
                .build());
        assertThat(yours.getState()).isEqualTo(LockState.WAITING);
        client.unlock(mine.getLockid());
        assertThat(client.checkLock(yours.getLockid()).getState()).isEqualTo(LockState.ACQUIRED);
        client.unlock(yours.getLockid());
    }

    @Test
    void it_answers_on_the_loopback_address_only() throws Exception {
        for (var network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (var address : Collections.list(network.getInetAddresses())) {
                if (!address.isLoopbackAddress() && !address.isLinkLocalAddress()) {
                    assertThat(answers(new InetSocketAddress(address, server.port())))
                            .as(address.toString())
                            .isFalse();
                }
            }
        }
    }

    private static boolean answers(InetSocketAddress address) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(address, 1000);
            return true;
        } catch (ConnectException e) {
            return false;
        }
    }

    @Test
    void it_is_small() throws Exception {
        var status = Files.readAllLines(Path.of("/proc/" + server.pid().orElseThrow() + "/status"));
        var resident = status.stream()
                .filter(line -> line.startsWith("VmRSS"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow();
        assertThat(resident).isLessThan(350);
    }

    private static Table table(String database, String name) {
        var columns = List.of(new FieldSchema("id", "bigint", null), new FieldSchema("amount", "decimal(10,2)", "net"));
        var table = new Table();
        table.setDbName(database);
        table.setTableName(name);
        table.setOwner("ada");
        table.setPartitionKeys(List.of(new FieldSchema("day", "string", null)));
        table.setTableType("MANAGED_TABLE");
        table.setParameters(new java.util.HashMap<>(Map.of("provider", "parquet")));
        table.setSd(storage(columns));
        return table;
    }

    private static StorageDescriptor storage(List<FieldSchema> columns) {
        var storage = new StorageDescriptor();
        storage.setCols(new java.util.ArrayList<>(columns));
        storage.setInputFormat("org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat");
        storage.setOutputFormat("org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat");
        storage.setSerdeInfo(new SerDeInfo(
                null, "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe", new java.util.HashMap<>()));
        storage.setParameters(new java.util.HashMap<>());
        return storage;
    }

    private Partition partition(String database, String table, String day) throws Exception {
        var storage = client.getTable(database, table).getSd();
        storage.setLocation(storage.getLocation() + "/day=" + day);
        return new Partition(List.of(day), database, table, 0, 0, storage, Map.of());
    }
}

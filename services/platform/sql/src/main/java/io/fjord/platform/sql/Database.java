package io.fjord.platform.sql;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.mysqlclient.MySQLBuilder;
import io.vertx.mysqlclient.MySQLConnectOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnectOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A pool of connections to the metastore's server, and its migrations. */
public final class Database {

    private static final Logger log = LoggerFactory.getLogger(Database.class);

    /** How long a lock is waited for, and how long a transaction may do nothing before the server ends it. */
    private static final int PATIENCE_SECONDS = 10;

    /** A server that leaves a statement unanswered for so long is gone, whatever the network says. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final Vertx vertx;
    private final DatabaseUrl url;
    private final Connections connections;
    private final SqlText text;

    private Database(Vertx vertx, DatabaseUrl url, Connections connections) {
        this.vertx = vertx;
        this.url = url;
        this.connections = connections;
        this.text = new SqlText(url.dialect());
    }

    /**
     * Connects lazily: a server that is not there shows at the first use.
     *
     * @param url {@code postgresql|mariadb|mysql://user:password@host:port/database}, user and password percent-encoded
     * @param poolName names the pool in metrics
     * @throws IllegalArgumentException naming what is wrong with the URL
     */
    public static Database open(Vertx vertx, String url, String poolName, int maxConnections) {
        return open(vertx, url, poolName, maxConnections, SILENCE);
    }

    static Database open(Vertx vertx, String url, String poolName, int maxConnections, Duration silence) {
        DatabaseUrl parsed = DatabaseUrl.parse(url);
        PoolOptions pool = new PoolOptions()
                .setName(poolName)
                .setMaxSize(maxConnections)
                .setConnectionTimeout(PATIENCE_SECONDS)
                .setConnectionTimeoutUnit(TimeUnit.SECONDS)
                .setIdleTimeout(5)
                .setIdleTimeoutUnit(TimeUnit.MINUTES);
        NetClientOptions net = new NetClientOptions().setTcpKeepAlive(true).setConnectTimeout(PATIENCE_SECONDS * 1000);
        return new Database(
                vertx,
                parsed,
                new Connections(
                        () -> parsed.dialect() == Dialect.POSTGRES
                                ? postgres(vertx, parsed, pool, net)
                                : maria(vertx, parsed, pool, net),
                        silence));
    }

    /** Completes after that time. */
    Future<Void> pause(Duration time) {
        return vertx.timer(time.toMillis(), TimeUnit.MILLISECONDS).mapEmpty();
    }

    private static Pool postgres(Vertx vertx, DatabaseUrl url, PoolOptions pool, NetClientOptions net) {
        PgConnectOptions options = new PgConnectOptions()
                .setSslMode(
                        switch (url.tls()) {
                            case DISABLE -> io.vertx.pgclient.SslMode.DISABLE;
                            case REQUIRE -> io.vertx.pgclient.SslMode.REQUIRE;
                            case VERIFY_FULL -> io.vertx.pgclient.SslMode.VERIFY_FULL;
                        });
        common(options, url)
                .addProperty("application_name", "fjord " + pool.getName())
                .addProperty("default_transaction_isolation", "read committed")
                .addProperty("idle_in_transaction_session_timeout", PATIENCE_SECONDS + "s")
                .addProperty("lock_timeout", PATIENCE_SECONDS + "s");
        return PgBuilder.pool()
                .with(pool)
                .with(net)
                .connectingTo(options)
                .using(vertx)
                .build();
    }

    private static Pool maria(Vertx vertx, DatabaseUrl url, PoolOptions pool, NetClientOptions net) {
        MySQLConnectOptions options = new MySQLConnectOptions()
                .setCharset("utf8mb4")
                .setCollation("utf8mb4_bin")
                // Its server reads one command after the other, as PostgreSQL's does; the client's default of 1 is for
                // proxies.
                .setPipeliningLimit(64)
                .setSslMode(
                        switch (url.tls()) {
                            case DISABLE -> io.vertx.mysqlclient.SslMode.DISABLED;
                            case REQUIRE -> io.vertx.mysqlclient.SslMode.REQUIRED;
                            case VERIFY_FULL -> io.vertx.mysqlclient.SslMode.VERIFY_IDENTITY;
                        });
        common(options, url);
        // Only MariaDB can end a transaction that does nothing.
        String idle = url.dialect() == Dialect.MARIADB ? ", idle_transaction_timeout = " + PATIENCE_SECONDS : "";
        String session = "set session innodb_lock_wait_timeout = " + PATIENCE_SECONDS + idle + ", time_zone = '+00:00'"
                + ", sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'";
        return MySQLBuilder.pool()
                .with(pool)
                .with(net)
                .connectingTo(options)
                .withConnectHandler(connection -> connection
                        .query(session)
                        .execute()
                        .compose(set -> connection
                                .query("set session transaction isolation level read committed")
                                .execute())
                        .onFailure(
                                failure -> log.atWarn().setCause(failure).log("A database session could not be set up"))
                        .compose(done -> connection.close())
                        .onComplete(done -> {}))
                .using(vertx)
                .build();
    }

    private static SqlConnectOptions common(SqlConnectOptions options, DatabaseUrl url) {
        if (url.tls() != DatabaseUrl.Tls.DISABLE) {
            options.setSslOptions(new ClientSSLOptions()
                    .setTrustAll(url.tls() == DatabaseUrl.Tls.REQUIRE)
                    .setHostnameVerificationAlgorithm(url.tls() == DatabaseUrl.Tls.VERIFY_FULL ? "HTTPS" : ""));
        }
        return options.setHost(url.host())
                .setPort(url.port())
                .setDatabase(url.database())
                .setUser(url.user())
                .setPassword(url.password())
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheMaxSize(512)
                .setPreparedStatementCacheSqlLimit(64 * 1024);
    }

    public Dialect dialect() {
        return url.dialect();
    }

    /**
     * Makes or renews the tables of a service: first the platform's (journal, counter, inbox …), then its own.
     *
     * <p>A migration is named as Flyway wants it ({@code V001__cluster.sql}) and writes table names without the service:
     * its schema is the current one. Where the databases differ, the file of the same name in the sub-folder
     * {@code postgres} or {@code mariadb} (for MySQL too) takes the place of the common one. Placeholders:
     * {@code ${service}} (quoted), {@code ${text}} and {@code ${bytes}} for values of any length.
     *
     * @param service its schema (PostgreSQL) or database (MariaDB, MySQL) has that name, with _ for -
     * @param classpathLocations folders on the class path: {@code io/fjord/core/migration}
     */
    public Future<Void> migrate(String service, String... classpathLocations) {
        WorkerExecutor worker = vertx.createSharedWorkerExecutor("fjord-migrations", 1, 10, TimeUnit.MINUTES);
        return worker.<Void>executeBlocking(
                        () -> {
                            new Migrations(url, service).run(classpathLocations);
                            return null;
                        },
                        false)
                .eventually(worker::close);
    }

    /**
     * READ COMMITTED; commits when the work succeeds, else rolls back and fails with the work's failure.
     *
     * <p>A statement that failed dooms the transaction, as PostgreSQL has it, even if the work recovers from it.
     */
    public <T> Future<T> transaction(Function<SqlTx, Future<T>> work) {
        return run(tx -> tx.control("begin"), work);
    }

    /** REPEATABLE READ and read only: everything the work reads is true at one moment. */
    public <T> Future<T> snapshot(Function<SqlTx, Future<T>> work) {
        return run(
                dialect() == Dialect.POSTGRES
                        ? tx -> tx.control("begin isolation level repeatable read, read only")
                        : tx -> tx.control("set transaction isolation level repeatable read")
                                .compose(set -> tx.control("start transaction with consistent snapshot, read only")),
                work);
    }

    private <T> Future<T> run(Function<SqlTx, Future<?>> begin, Function<SqlTx, Future<T>> work) {
        return connections.take().compose(connection -> {
            SqlTx tx = new SqlTx(dialect(), text, connection);
            return begin.apply(tx).compose(begun -> finish(tx, work)).eventually(connection::release);
        });
    }

    private static <T> Future<T> finish(SqlTx tx, Function<SqlTx, Future<T>> work) {
        Future<T> worked;
        try {
            worked = work.apply(tx);
        } catch (Throwable failure) {
            worked = Future.failedFuture(failure);
        }
        return worked.transform(done -> {
            tx.over = true;
            Throwable failure =
                    done.succeeded() || SqlFailures.isConsequence(done.cause()) ? tx.broken() : done.cause();
            return failure == null
                    ? tx.control("commit").map(committed -> done.result())
                    : tx.control("rollback").transform(rolledBack -> Future.failedFuture(failure));
        });
    }

    /** One statement outside of a transaction. */
    public Future<RowSet<Row>> query(String sql, @Nullable Object... values) {
        return connections
                .take()
                .compose(connection -> connection
                        .ask(sqlConnection ->
                                sqlConnection.preparedQuery(text.of(sql)).execute(SqlTx.tuple(values)))
                        .eventually(connection::release));
    }

    /** Whether waiting and trying again can help: connection lost, deadlock, lock time-out, disk full. */
    public static boolean isTransient(Throwable failure) {
        return SqlFailures.isTransient(failure);
    }

    public Future<Void> close() {
        return connections.close();
    }

    /** Without the password. */
    @Override
    public String toString() {
        return url.toString();
    }
}

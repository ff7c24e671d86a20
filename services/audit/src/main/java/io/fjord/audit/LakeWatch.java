package io.fjord.audit;

import com.fasterxml.jackson.databind.JsonNode;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Topics;
import io.fjord.kernel.Ids;
import io.fjord.platform.kafka.NumberedTopic;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlTx;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The record as an Iceberg table is written by a pipeline that reads {@code fjord.audit.log}; this counts once a day whether the table
 * has the entries it should have, and what it found becomes an entry.
 */
final class LakeWatch {

    static final String RECONCILED = "fjord.audit.record.LakeReconciled.v1";

    private static final Logger log = LoggerFactory.getLogger(LakeWatch.class);

    private static final long TRIES_PER_TURN = 4;
    private static final long AN_HOUR = 3_600_000;
    private static final long A_MINUTE = 60_000;
    private static final long TIMEOUT_MILLIS = 30_000;
    private static final String ACTOR = "service:audit";
    private static final String LAST =
            "SELECT MAX(time_micros) AS newest FROM audit.entry WHERE subject = ? AND type = ?";

    private final Vertx vertx;
    private final AuditConfig config;
    private final Address pipeline;
    private final Database database;
    private final AuditLog record;
    private final NumberedTopic topic;
    private final WebClient client;
    private final Clock clock = Clock.systemUTC();
    private final AtomicLong difference = new AtomicLong();
    private long timer = -1;
    private boolean stopped;

    LakeWatch(Vertx vertx, AuditConfig config, Database database, AuditLog record, MeterRegistry metrics) {
        this.vertx = vertx;
        this.config = config;
        this.pipeline = config.lake().pipeline();
        this.database = database;
        this.record = record;
        this.topic = new NumberedTopic(vertx, config.kafka(), Topics.AUDIT_LOG);
        this.client = WebClient.create(
                vertx, new WebClientOptions().setKeepAlive(true).setName("lake"));
        Gauge.builder("fjord.audit.lake.difference", difference, AtomicLong::get)
                .description(
                        "Entries that the table of the record lacks, when it was counted last; below zero: has twice")
                .register(metrics);
    }

    /** Soon, also of a process that does not live a day; from then on when it is due. */
    LakeWatch start() {
        lookIn(Math.min(often(), A_MINUTE));
        return this;
    }

    Future<?> stop() {
        stopped = true;
        vertx.cancelTimer(timer);
        client.close();
        return topic.close();
    }

    private void lookIn(long millis) {
        if (!stopped) {
            timer = vertx.setTimer(Math.max(1, millis), id -> look());
        }
    }

    /** While it cannot be counted, or there is nothing to count. */
    private long often() {
        return Math.max(500, Math.min(AN_HOUR, config.lake().every().toMillis() / TRIES_PER_TURN));
    }

    private void look() {
        last().compose(last -> isDue(last) ? reconcile().compose(counted -> last()) : Future.succeededFuture(last))
                .map(last ->
                        last.filter(then -> !isDue(last)).map(this::untilDue).orElseGet(this::often))
                .otherwise(failure -> {
                    if (!stopped) {
                        log.atWarn().setCause(failure).log("The table of the record was not counted; tried again");
                    }
                    return often();
                })
                .onSuccess(this::lookIn);
    }

    private long untilDue(Instant last) {
        return Duration.between(clock.instant(), last.plus(config.lake().every()))
                .toMillis();
    }

    private boolean isDue(Optional<Instant> last) {
        return last.isEmpty() || !last.get().plus(config.lake().every()).isAfter(clock.instant());
    }

    private Future<Optional<Instant>> last() {
        return database.query(LAST, pipeline.toString(), RECONCILED).map(LakeWatch::time);
    }

    private static Optional<Instant> time(RowSet<Row> rows) {
        Long micros = rows.iterator().next().getLong("newest");
        return micros == null ? Optional.empty() : Optional.of(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
    }

    /** Nothing to count while nobody made the pipeline, or it has written nothing. */
    private Future<Void> reconcile() {
        return get("/api/v1/pipelines/" + pipeline.name() + "?domain=" + pipeline.domain())
                .compose(found ->
                        found == null || !found.at("/source/topic").asText().equals(Topics.AUDIT_LOG)
                                ? Future.succeededFuture()
                                : get(table(found.path("target")))
                                        .compose(table -> table == null
                                                ? Future.succeededFuture()
                                                : count(found, table.path("metadata"))));
    }

    private String table(JsonNode target) {
        String catalog = target.path("catalog").asText("default");
        return "/iceberg/v1/" + pipeline.domain() + (catalog.equals("default") ? "" : "." + catalog) + "/namespaces/"
                + encoded(target.path("namespace").asText().replace('.', '\u001f')) + "/tables/"
                + encoded(target.path("table").asText());
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private Future<@Nullable JsonNode> get(String path) {
        return client.getAbs(config.gateway().toString().replaceAll("/+$", "") + path)
                .timeout(TIMEOUT_MILLIS)
                .putHeader(
                        HttpHeaders.AUTHORIZATION.toString(),
                        "Bearer " + config.token().get())
                .send()
                .map(answer -> {
                    if (answer.statusCode() == 404) {
                        return null;
                    }
                    if (answer.statusCode() != 200) {
                        throw new IllegalStateException(path + " cannot be read: status " + answer.statusCode());
                    }
                    return Json.read(answer.bodyAsString(), JsonNode.class);
                });
    }

    /** What the newest snapshot holds, against how far the pipeline had read when it, or one before it, was written. */
    private Future<Void> count(JsonNode made, JsonNode metadata) {
        Map<String, JsonNode> snapshots = new HashMap<>();
        metadata.path("snapshots")
                .forEach(one -> snapshots.put(one.path("snapshot-id").asText(), one));
        JsonNode newest = snapshots.get(metadata.path("current-snapshot-id").asText());
        String key = "fjord.pipeline." + made.path("id").asText() + ".";
        JsonNode written = newest;
        while (written != null && !written.path("summary").has(key + "offsets")) {
            // Compaction says nothing of it, and changes no count.
            written = snapshots.get(written.path("parent-snapshot-id").asText());
        }
        if (newest == null || written == null) {
            return Future.succeededFuture();
        }
        JsonNode summary = written.path("summary");
        long until = Json.read(summary.path(key + "offsets").asText(), JsonNode.class)
                .path("0")
                .asLong();
        long rows = newest.at("/summary/total-records").asLong();
        Map<String, Object> data = new LinkedHashMap<>();
        data.put(
                "table",
                made.at("/target/namespace").asText() + "."
                        + made.at("/target/table").asText());
        data.put("snapshot", newest.path("snapshot-id").asLong());
        return topic.before(until).compose(entries -> {
            data.put("entries", entries);
            data.put("rows", rows);
            data.put("dead", summary.path(key + "dead").asLong());
            data.put("missing", entries - rows);
            difference.set(entries - rows);
            if (entries != rows) {
                log.atError()
                        .addKeyValue("subject", pipeline)
                        .log("The table of the record does not have the entries it should have; the record says which");
            }
            return record.add(tx -> unlessAnotherDid(tx, data)).mapEmpty();
        });
    }

    private Future<List<Entry>> unlessAnotherDid(SqlTx tx, Map<String, Object> data) {
        return tx.query("SELECT seq FROM audit.outcome_watch WHERE id = 1 FOR UPDATE")
                .compose(locked -> tx.query(LAST, pipeline.toString(), RECONCILED))
                .map(rows -> isDue(time(rows)) ? List.of(entry(data)) : List.of());
    }

    private Entry entry(Map<String, Object> data) {
        return new Entry(
                0,
                Entry.OBSERVATION,
                AuditVerticle.SERVICE,
                RECONCILED,
                pipeline.toString(),
                pipeline.domain(),
                ACTOR,
                clock.instant(),
                Ids.next(),
                null,
                null,
                null,
                null,
                null,
                Json.text(data));
    }
}

package io.fjord.catalog.hive;

import io.fjord.codec.CapturedChanges;
import io.fjord.codec.MessageTypes;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicId;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.SqlMetastore;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows the captured changes of the Hive Metastore, the only one that does, from where catalog's own database says. */
public final class HiveFollowerVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(HiveFollowerVerticle.class);

    /** The service in whose database and journal it writes. */
    private static final String SERVICE = "catalog";

    private static final Duration AGAIN = Duration.ofSeconds(3);

    private final KafkaConfig kafka;
    private final String databaseUrl;
    private final String topic;
    private final MeterRegistry metrics;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Database database;
    private @Nullable String told;

    /** @param databaseUrl catalog's, whose tables are there */
    public HiveFollowerVerticle(KafkaConfig kafka, String databaseUrl, String topic, MeterRegistry metrics) {
        this.kafka = kafka;
        this.databaseUrl = databaseUrl;
        this.topic = topic;
        this.metrics = metrics;
    }

    @Override
    public Future<?> start() {
        Database opened = Database.open(vertx, databaseUrl, "catalog-hive", 2);
        database = opened;
        MetastoreLog taking = new MetastoreLog(
                opened,
                new SqlMetastore(opened, SERVICE),
                HiveCapability.messages(PlatformMessages.types()),
                Clock.systemUTC(),
                metrics);
        Context own = context;
        Thread thread = new Thread(() -> run(taking, own), "hive-follower");
        thread.setDaemon(true);
        thread.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        stop.countDown();
        return vertx.executeBlocking(() -> ended.await(30, TimeUnit.SECONDS), false)
                .eventually(() -> database == null ? Future.<Void>succeededFuture() : database.close());
    }

    private void run(MetastoreLog taking, Context own) {
        try {
            while (stop.getCount() > 0) {
                try {
                    follow(taking, own);
                } catch (ExecutionException | RuntimeException e) {
                    tell("The changes of the Hive Metastore wait: "
                            + (e instanceof ExecutionException ? e.getCause() : e));
                }
                if (stop.await(AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    private void follow(MetastoreLog taking, Context own) throws ExecutionException, InterruptedException {
        String topicId = done(TopicId.of(vertx, kafka, topic));
        MetastoreLog.At at = on(own, () -> taking.at(topicId));
        Map<String, Object> settings = kafka.consumer();
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "fjord-catalog-hive");
        // A transaction of the metastore is seen whole or not at all.
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 50);
        KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        try {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seek(partition, at.nextOffset());
            List<CapturedChanges> gathered = new ArrayList<>();
            while (stop.getCount() > 0) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    CapturedChanges changes = CapturedChanges.parse(record.value());
                    gathered.add(changes);
                    // A snapshot may be large and is put aside piece by piece; of a transaction nobody sees a part.
                    if (changes.last() || changes.kind() == CapturedChanges.Kind.SNAPSHOT) {
                        List<CapturedChanges> whole = List.copyOf(gathered);
                        gathered.clear();
                        on(own, () -> taking.take(topicId, whole, record.offset() + 1));
                        told = null;
                    }
                }
            }
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
        }
    }

    private static <T> T on(Context context, Callable<Future<T>> work) throws ExecutionException, InterruptedException {
        Promise<T> done = Promise.promise();
        context.runOnContext(go -> {
            try {
                work.call().onComplete(done);
            } catch (Exception e) {
                done.fail(e);
            }
        });
        return done(done.future());
    }

    private static <T> T done(Future<T> future) throws ExecutionException, InterruptedException {
        return future.toCompletionStage().toCompletableFuture().get();
    }

    private void tell(String what) {
        if (!what.equals(told)) {
            log.atWarn().log(what);
        }
        told = what;
    }
}

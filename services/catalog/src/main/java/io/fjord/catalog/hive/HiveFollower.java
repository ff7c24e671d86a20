package io.fjord.catalog.hive;

import io.fjord.codec.CapturedChanges;
import io.fjord.codec.MessageTypes;
import io.fjord.kernel.Metastore;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.TopicId;
import io.fjord.platform.sql.Database;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
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
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows the captured changes of the Hive Metastore, the only one that does, from where catalog's own database says. */
public final class HiveFollower {

    /** Where the metastore's changes stand. */
    public static final String TOPIC = CapturedChanges.topic("hive");

    private static final Logger log = LoggerFactory.getLogger(HiveFollower.class);

    private static final Duration AGAIN = Duration.ofSeconds(2);

    /** How often it is asked whether the topic is still the same. */
    private static final Duration LOOK = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final KafkaConfig kafka;
    private final MetastoreLog taking;
    private final Context context;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private boolean begun;
    private @Nullable String told;

    /** @param types filled with {@link HiveCapability#messages} too */
    public HiveFollower(
            Vertx vertx,
            KafkaConfig kafka,
            Database database,
            Metastore metastore,
            MessageTypes types,
            Clock clock,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.kafka = kafka;
        this.taking = new MetastoreLog(database, metastore, types, clock, metrics);
        this.context = vertx.getOrCreateContext();
    }

    /** To be called once, and when the journal is known to be the newest: it writes to it. */
    public void begin() {
        begun = true;
        Thread thread = new Thread(this::run, "hive-follower");
        thread.setDaemon(true);
        thread.start();
    }

    public Future<Void> stop() {
        stop.countDown();
        return begun
                ? vertx.executeBlocking(() -> ended.await(30, TimeUnit.SECONDS), false)
                        .mapEmpty()
                : Future.succeededFuture();
    }

    private void run() {
        try {
            while (stop.getCount() > 0) {
                try {
                    follow();
                } catch (ExecutionException e) {
                    // Until the metastore has been captured for the first time there is no topic.
                    if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                        tell("The changes of the Hive Metastore wait: " + e.getCause());
                    }
                } catch (RuntimeException e) {
                    tell("The changes of the Hive Metastore wait: " + e);
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

    private void follow() throws ExecutionException, InterruptedException {
        String topicId = done(TopicId.of(vertx, kafka, TOPIC));
        MetastoreLog.At at = on(() -> taking.at(topicId));
        Map<String, Object> settings = kafka.consumer();
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "fjord-catalog-hive");
        // A transaction of the metastore is seen whole or not at all.
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 50);
        KafkaConsumer<String, byte[]> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
        try {
            TopicPartition partition = new TopicPartition(TOPIC, 0);
            consumer.assign(List.of(partition));
            consumer.seek(partition, at.nextOffset());
            read(consumer, topicId);
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ofSeconds(2)));
        }
    }

    private void read(KafkaConsumer<String, byte[]> consumer, String topicId)
            throws ExecutionException, InterruptedException {
        List<CapturedChanges> gathered = new ArrayList<>();
        long looked = System.nanoTime();
        while (stop.getCount() > 0) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                CapturedChanges changes = CapturedChanges.parse(record.value());
                gathered.add(changes);
                // A snapshot may be large and is put aside piece by piece; of a transaction nobody sees a part.
                if (changes.last() || changes.kind() == CapturedChanges.Kind.SNAPSHOT) {
                    List<CapturedChanges> whole = List.copyOf(gathered);
                    gathered.clear();
                    on(() -> taking.take(topicId, whole, record.offset() + 1));
                    told = null;
                }
            }
            if (System.nanoTime() - looked > LOOK.toNanos()) {
                looked = System.nanoTime();
                if (!done(TopicId.of(vertx, kafka, TOPIC)).equals(topicId)) {
                    // Made anew: a consumer that was there before would wait at its old place.
                    return;
                }
            }
        }
    }

    private <T> T on(Callable<Future<T>> work) throws ExecutionException, InterruptedException {
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

package io.fjord.platform.kafka;

import io.fjord.contract.Problem;
import io.fjord.kernel.CommandLog.NotAcknowledged;
import io.fjord.kernel.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One idempotent producer behind a thread of its own: the producer may block on metadata or a full buffer, an event loop may
 * not.
 */
public final class RecordSender {

    private static final Logger log = LoggerFactory.getLogger(RecordSender.class);
    private static final int MOST_WAITING = 10_000;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final KafkaConfig config;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(MOST_WAITING);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Promise<Void> closed = Promise.promise();

    public RecordSender(Vertx vertx, KafkaConfig config) {
        this.vertx = vertx;
        this.config = config;
        Thread thread = new Thread(this::run, "fjord-sender");
        thread.setDaemon(true);
        thread.start();
    }

    private final class Waiting {
        private final ProducerRecord<String, byte[]> record;
        private final Context context = vertx.getOrCreateContext();
        private final Promise<RecordMetadata> promise = Promise.promise();
        private final long timer;

        Waiting(ProducerRecord<String, byte[]> record) {
            this.record = record;
            this.timer = vertx.setTimer(
                    config.ackTimeout().toMillis(),
                    id -> tellFailure(new KafkaException("No acknowledgement within " + config.ackTimeout())));
        }

        void tell(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
            context.runOnContext(ok -> {
                vertx.cancelTimer(timer);
                if (failure == null) {
                    promise.tryComplete(metadata);
                } else {
                    tellFailure(failure);
                }
            });
        }

        private void tellFailure(Exception failure) {
            if (failure instanceof RecordTooLargeException) {
                promise.tryFail(new Refusal(Problem.of(
                        "body-too-large",
                        413,
                        "Body too large",
                        "The message is larger than the broker takes. Send less at a time.")));
            } else {
                promise.tryFail(new NotAcknowledged(RETRY_AFTER, failure));
            }
        }
    }

    /**
     * Sends with acks=all; completes on the caller's context.
     *
     * @return fails with {@link NotAcknowledged} within the configured time if the broker did not answer
     */
    public Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
        Waiting waiting = new Waiting(record);
        if (closing.getCount() == 0 || !queue.offer(waiting)) {
            waiting.tell(null, new KafkaException("Too many messages wait for the broker, or the sender is closed"));
        }
        return waiting.promise.future();
    }

    /** What was sent is waited for. */
    public Future<Void> close() {
        closing.countDown();
        return ContextHop.toCaller(closed.future());
    }

    private void run() {
        try {
            Producer<String, byte[]> producer = open();
            if (producer != null) {
                sendAll(producer);
                producer.close(config.ackTimeout());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("The sender ends");
        } finally {
            closing.countDown();
            closed.tryComplete();
        }
    }

    private @Nullable Producer<String, byte[]> open() throws InterruptedException {
        while (true) {
            try {
                return new KafkaProducer<>(config.producer(), new StringSerializer(), new ByteArraySerializer());
            } catch (KafkaException e) {
                // A name that does not resolve yet; what waits meanwhile is told so when its time is up.
                log.atWarn().setCause(e).log("No producer yet; trying again");
                if (closing.await(1, TimeUnit.SECONDS)) {
                    return null;
                }
            }
        }
    }

    private void sendAll(Producer<String, byte[]> producer) throws InterruptedException {
        while (true) {
            Waiting next = queue.poll(100, TimeUnit.MILLISECONDS);
            if (next == null) {
                if (closing.getCount() == 0) {
                    return;
                }
                continue;
            }
            if (next.promise.future().isComplete()) {
                continue;
            }
            try {
                var unused = producer.send(next.record, next::tell);
            } catch (RuntimeException e) {
                next.tell(null, e);
            }
        }
    }
}

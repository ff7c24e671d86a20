package io.fjord.platform.kafka;

import io.fjord.contract.Problem;
import io.fjord.kernel.CommandLog.NotAcknowledged;
import io.fjord.kernel.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One idempotent producer, which never blocks its caller: what it cannot take at once, for want of metadata or of room in its
 * buffer, waits in a queue with a thread of its own.
 */
public final class RecordSender {

    private static final Logger log = LoggerFactory.getLogger(RecordSender.class);
    private static final int MOST_WAITING = 10_000;
    private static final int BATCH = 128 * 1024;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final KafkaConfig config;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(MOST_WAITING);
    /** Those the thread has yet to hand over; while there are any, nobody goes before them. */
    private final AtomicInteger queued = new AtomicInteger();

    private volatile @Nullable Producer<String, byte[]> producer;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Promise<Void> closed = Promise.promise();

    public RecordSender(Vertx vertx, KafkaConfig config) {
        this.vertx = vertx;
        this.config = config;
        Thread thread = new Thread(this::run, "fjord-sender");
        thread.setDaemon(true);
        thread.start();
    }

    /** Records whose acknowledgements are one answer: there is one timer for all. */
    private final class Together {
        private final Context context = vertx.getOrCreateContext();
        private final Promise<@Nullable RecordMetadata> promise = Promise.promise();
        private final AtomicInteger open;
        private final long timer;

        Together(int size) {
            this.open = new AtomicInteger(size);
            this.timer = vertx.setTimer(
                    config.ackTimeout().toMillis(),
                    id -> tellFailure(new KafkaException("No acknowledgement within " + config.ackTimeout())));
        }

        void tell(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
            if (open.decrementAndGet() == 0 || failure != null) {
                context.runOnContext(ok -> {
                    vertx.cancelTimer(timer);
                    if (failure == null) {
                        promise.tryComplete(metadata);
                    } else {
                        tellFailure(failure);
                    }
                });
            }
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

    private static final class Waiting {
        private final ProducerRecord<String, byte[]> record;
        private final Together together;
        private volatile @Nullable Thread handingOver;
        private boolean notTaken;

        Waiting(ProducerRecord<String, byte[]> record, Together together) {
            this.record = record;
            this.together = together;
        }

        /** @return false if the producer cannot take it now: it waits for metadata, or its buffer is full */
        boolean handOver(Producer<String, byte[]> to) {
            handingOver = Thread.currentThread();
            notTaken = false;
            try {
                var unused = to.send(record, this::done);
            } catch (RuntimeException e) {
                tell(null, e);
            } finally {
                handingOver = null;
            }
            return !notTaken;
        }

        /** Told by the caller's own thread, a timeout means that nothing was sent. */
        private void done(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
            if (failure instanceof TimeoutException && Thread.currentThread() == handingOver) {
                notTaken = true;
            } else {
                tell(metadata, failure);
            }
        }

        void tell(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
            together.tell(metadata, failure);
        }

        boolean isOver() {
            return together.promise.future().isComplete();
        }
    }

    /**
     * Sends with acks=all; completes on the caller's context.
     *
     * @return fails with {@link NotAcknowledged} within the configured time if the broker did not answer
     */
    public Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
        Together one = new Together(1);
        send(record, one);
        return one.promise.future().map(Objects::requireNonNull);
    }

    /**
     * Sends them in their order, as {@link #send}.
     *
     * @return done when all are acknowledged; fails if one is not, and then others may or may not be there
     */
    public Future<Void> sendAll(List<ProducerRecord<String, byte[]>> records) {
        if (records.isEmpty()) {
            return Future.succeededFuture();
        }
        Together all = new Together(records.size());
        records.forEach(record -> send(record, all));
        return all.promise.future().mapEmpty();
    }

    private void send(ProducerRecord<String, byte[]> record, Together together) {
        Waiting waiting = new Waiting(record, together);
        Producer<String, byte[]> open = producer;
        boolean taken = open != null && queued.get() == 0 && closing.getCount() > 0 && waiting.handOver(open);
        if (!taken) {
            queued.incrementAndGet();
            if (closing.getCount() == 0 || !queue.offer(waiting)) {
                queued.decrementAndGet();
                waiting.tell(
                        null, new KafkaException("Too many messages wait for the broker, or the sender is closed"));
            }
        }
    }

    /** What was sent is waited for. */
    public Future<Void> close() {
        closing.countDown();
        return ContextHop.toCaller(closed.future());
    }

    private void run() {
        try {
            Producer<String, byte[]> opened = open();
            if (opened != null) {
                producer = opened;
                sendWaiting(opened);
                opened.close(config.ackTimeout());
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
        Map<String, Object> settings = config.producer();
        settings.put("max.block.ms", 0);
        // Of a partition one batch goes in a request, and one request at a time.
        settings.put("batch.size", BATCH);
        while (true) {
            try {
                return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
            } catch (KafkaException e) {
                // A name that does not resolve yet; what waits meanwhile is told so when its time is up.
                log.atWarn().setCause(e).log("No producer yet; trying again");
                if (closing.await(1, TimeUnit.SECONDS)) {
                    return null;
                }
            }
        }
    }

    private void sendWaiting(Producer<String, byte[]> to) throws InterruptedException {
        while (true) {
            Waiting next = queue.poll(100, TimeUnit.MILLISECONDS);
            if (next != null) {
                // The producer tells nobody when it could take more.
                while (!next.isOver() && !next.handOver(to)) {
                    if (closing.await(10, TimeUnit.MILLISECONDS)) {
                        next.tell(null, new KafkaException("The sender is closed"));
                    }
                }
                queued.decrementAndGet();
            } else if (closing.getCount() == 0) {
                return;
            }
        }
    }
}

package io.fjord.platform.kafka.reactor;

import io.fjord.platform.kafka.RecordStream;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.SignalType;
import reactor.core.scheduler.Schedulers;
import reactor.kafka.receiver.KafkaReceiver;
import reactor.kafka.receiver.ReceiverOptions;

/** A stream made of a Reactor Kafka receiver on assigned partitions; it has no group and commits nothing. */
public final class ReactorRecordStream extends BaseSubscriber<ConsumerRecord<String, byte[]>> implements RecordStream {

    /** A poll ends with the first record; without any, this is how often a receiver looks up. */
    private static final Duration QUIET = Duration.ofMillis(500);

    /** What is fetched and read ahead of who asks: a process has dozens of streams, and many of them begin when it starts. */
    private static final Map<String, Object> AHEAD =
            Map.of("max.poll.records", 100, "max.partition.fetch.bytes", 256 * 1024);

    private final Listener listener;
    private final Promise<Void> closed = Promise.promise();

    private ReactorRecordStream(Listener listener) {
        this.listener = listener;
    }

    public static RecordStream open(Map<String, Object> consumer, Map<TopicPartition, Long> from, Listener listener) {
        Map<String, Object> settings = new HashMap<>(consumer);
        settings.putAll(AHEAD);
        ReceiverOptions<String, byte[]> options = ReceiverOptions.<String, byte[]>create(settings)
                .withKeyDeserializer(new StringDeserializer())
                .withValueDeserializer(new ByteArrayDeserializer())
                .assignment(from.keySet())
                .addAssignListener(partitions ->
                        partitions.forEach(one -> one.seek(Objects.requireNonNull(from.get(one.topicPartition())))))
                .commitInterval(Duration.ZERO)
                .commitBatchSize(0)
                .pollTimeout(QUIET)
                .closeTimeout(Duration.ofSeconds(5));
        ReactorRecordStream stream = new ReactorRecordStream(listener);
        KafkaReceiver.create(options)
                .receive()
                .map(record -> (ConsumerRecord<String, byte[]>) record)
                // The consumer is made on subscription, and looks up host names.
                .subscribeOn(Schedulers.boundedElastic(), false)
                .subscribe(stream);
        return stream;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        // Nothing is asked for yet: the reader says when.
    }

    @Override
    protected void hookOnNext(ConsumerRecord<String, byte[]> record) {
        listener.onRecord(record);
    }

    @Override
    protected void hookOnError(Throwable failure) {
        listener.onFailure(failure);
    }

    @Override
    protected void hookFinally(SignalType type) {
        closed.tryComplete();
    }

    @Override
    public Future<Void> close() {
        cancel();
        return closed.future();
    }
}

package io.fjord.platform.kafka;

import io.fjord.platform.kafka.reactor.ReactorRecordStream;
import io.vertx.core.Future;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Records as they come, as many as are asked for. What is behind it can be replaced here alone: Reactor Kafka is discontinued
 * upstream.
 */
public interface RecordStream {

    /** Told on the stream's own thread: what takes milliseconds holds up this stream alone. */
    interface Listener {

        void onRecord(ConsumerRecord<String, byte[]> record);

        /** The stream has ended; nothing follows. */
        void onFailure(Throwable failure);
    }

    /** Opens at these offsets (the earliest there is, where one is gone); nothing comes before it is asked for. */
    static RecordStream open(KafkaConfig config, Map<TopicPartition, Long> from, Listener listener) {
        return ReactorRecordStream.open(config.consumer(), from, listener);
    }

    /** Asks for so many records more. */
    void request(long records);

    /** Asks for the end; a record under way may still come. */
    Future<Void> close();
}

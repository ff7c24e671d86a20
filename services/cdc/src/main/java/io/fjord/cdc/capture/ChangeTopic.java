package io.fjord.cdc.capture;

import io.fjord.capture.TopicEnd;
import io.fjord.capture.TransactionTopic;
import io.fjord.codec.CapturedChanges;
import io.fjord.codec.Json;
import io.fjord.platform.kafka.TopicSetup;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** The topic of a capture, for the one that writes it: a captured transaction becomes visible whole or not at all. */
final class ChangeTopic implements AutoCloseable {

    private final TransactionTopic topic;
    private final @Nullable CapturedChanges last;

    private ChangeTopic(TransactionTopic topic, @Nullable CapturedChanges last) {
        this.topic = topic;
        this.last = last;
    }

    static ChangeTopic open(ChangeCaptureConfig config) throws InterruptedException, ExecutionException {
        TopicSetup.ensure(config.kafka(), List.of(config.spec()))
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        TransactionTopic topic =
                TransactionTopic.open(config.kafka().producer(), config.topic(), "fjord-capture-" + config.name());
        try {
            ConsumerRecord<byte[], byte[]> latest =
                    TopicEnd.last(config.kafka().consumer(), config.topic(), record -> record);
            return new ChangeTopic(topic, latest == null ? null : CapturedChanges.parse(latest.value()));
        } catch (RuntimeException e) {
            topic.close();
            throw e;
        }
    }

    /** What it ended with when it was opened; null for nothing. */
    @Nullable
    CapturedChanges last() {
        return last;
    }

    /** Adds a record; one that completes something makes all since the last such visible. */
    void add(CapturedChanges record) {
        topic.add(topic.record(null, Json.bytes(record)));
        if (record.last()) {
            topic.commit();
        }
    }

    @Override
    public void close() {
        topic.close();
    }
}

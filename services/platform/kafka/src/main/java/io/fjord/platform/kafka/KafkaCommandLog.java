package io.fjord.platform.kafka;

import io.fjord.codec.KafkaMessages;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Topics;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.CrashPoint;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Commands onto their owners' topics: durable when the future completes. */
public final class KafkaCommandLog implements CommandLog {

    private final RecordSender sender;

    public KafkaCommandLog(Vertx vertx, KafkaConfig config) {
        this(new RecordSender(vertx, config));
    }

    /** With a sender shared with others; closing this closes it. */
    public KafkaCommandLog(RecordSender sender) {
        this.sender = sender;
    }

    @Override
    public Future<Appended> append(String service, CommandEnvelope<byte[]> command) {
        return sender.send(KafkaMessages.toRecord(Topics.commands(service), command))
                .map(written -> {
                    CrashPoint.BETWEEN_PRODUCE_AND_REPLY.here();
                    return new Appended(written.partition(), written.offset());
                });
    }

    public Future<Void> close() {
        return sender.close();
    }
}

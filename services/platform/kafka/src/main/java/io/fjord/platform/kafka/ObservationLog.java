package io.fjord.platform.kafka;

import io.fjord.codec.Json;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Tells what was seen, for the record, on {@code fjord.<service>.observations}: facts nobody decides. Their position is when this
 * began, and a dense number: what could not be told leaves a hole.
 */
public final class ObservationLog {

    private final RecordSender sender;
    private final String service;
    private final Clock clock = Clock.systemUTC();
    private final long began = clock.millis();
    private final AtomicLong sequence = new AtomicLong();

    public ObservationLog(Vertx vertx, KafkaConfig config, String service) {
        this.sender = new RecordSender(vertx, config);
        this.service = service;
    }

    /**
     * @param id the same for the same fact, told again
     * @param commandId the command it is about, if it is about one
     * @param data written as JSON
     * @return fails if the broker did not take it
     */
    public Future<Void> tell(
            String id, String type, Address subject, String actor, @Nullable String commandId, Object data) {
        return sender.send(record(new Seen(id, type, subject, actor, commandId, data)))
                .mapEmpty();
    }

    /** What was seen; see {@link #tell}. */
    public record Seen(
            String id,
            String type,
            Address subject,
            String actor,
            @Nullable String commandId,
            Object data) {}

    /** Tells all of them, in their order; fails if the broker did not take one. */
    public Future<Void> tellAll(List<Seen> all) {
        return sender.sendAll(all.stream().map(this::record).toList());
    }

    private ProducerRecord<String, byte[]> record(Seen seen) {
        EventEnvelope<byte[]> observation = new EventEnvelope<>(
                seen.id(),
                seen.type(),
                service,
                clock.instant(),
                seen.subject(),
                new Position(began, sequence.incrementAndGet()),
                null,
                seen.actor(),
                seen.commandId() == null ? seen.id() : seen.commandId(),
                seen.commandId(),
                null,
                null,
                null,
                null,
                Json.bytes(seen.data()));
        return KafkaMessages.toRecord(Topics.observations(service), partition(seen.subject()), observation);
    }

    /** What was sent is waited for. */
    public Future<Void> close() {
        return sender.close();
    }

    private int partition(Address subject) {
        byte[] key = subject.toString().getBytes(StandardCharsets.UTF_8);
        return Utils.toPositive(Utils.murmur2(key))
                % TopicSpec.observations(service).partitions();
    }
}

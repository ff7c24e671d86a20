package io.fjord.platform.kafka;

import io.fjord.codec.Json;
import io.fjord.codec.KafkaMessages;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.contract.iam.access.AccessObservation.AccessDenied;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Denials;
import io.fjord.kernel.Ids;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of refused requests on {@code fjord.iam.observations}, without anybody waiting for it. What a broker that does not answer
 * leaves no room for is dropped and counted: the next one told says how many, and the sequence (the position: when this began, and
 * a dense number) has a hole.
 */
public final class DeniedRequests implements Denials {

    public static final String TYPE = "fjord.iam.access.AccessDenied.v1";

    private static final Logger log = LoggerFactory.getLogger(DeniedRequests.class);
    private static final String SERVICE = "iam";
    private static final int MOST_WAITING = 2_000;
    private static final int LONGEST_REASON = 1_000;

    private final RecordSender sender;
    private final Clock clock;
    private final long began;
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Promise<Void> drained = Promise.promise();
    private volatile boolean closing;
    private final Counter refused;
    private final Counter lost;

    public DeniedRequests(Vertx vertx, KafkaConfig config, MeterRegistry metrics) {
        this.sender = new RecordSender(vertx, config);
        this.clock = Clock.systemUTC();
        this.began = clock.millis();
        this.refused = Counter.builder("fjord.access.denials")
                .description("Requests refused because their caller may not")
                .register(metrics);
        this.lost = Counter.builder("fjord.access.denials.dropped")
                .description("Refused requests that could not be told of")
                .register(metrics);
    }

    @Override
    public String denied(AccessRequest request, AccessDecision decision) {
        String id = Ids.next();
        long n = sequence.incrementAndGet();
        refused.increment();
        if (waiting.get() >= MOST_WAITING) {
            drop();
            return id;
        }
        long before = dropped.getAndSet(0);
        waiting.incrementAndGet();
        sender.send(KafkaMessages.toRecord(
                        Topics.observations(SERVICE), partition(request), envelope(id, n, before, request, decision)))
                .onComplete(done -> {
                    if (done.failed()) {
                        dropped.addAndGet(before);
                        drop();
                    }
                    if (waiting.decrementAndGet() == 0 && closing) {
                        drained.tryComplete();
                    }
                });
        return id;
    }

    /** What was told is waited for, as long as an acknowledgement takes. */
    public Future<Void> close() {
        closing = true;
        if (waiting.get() == 0) {
            drained.tryComplete();
        }
        return drained.future().compose(ok -> sender.close());
    }

    private void drop() {
        lost.increment();
        if (dropped.getAndIncrement() == 0) {
            log.atWarn().log("A refused request could not be told of; the next one that can says how many there were");
        }
    }

    private EventEnvelope<byte[]> envelope(
            String id, long n, long before, AccessRequest request, AccessDecision decision) {
        Instant now = clock.instant();
        String reason = decision.reason();
        AccessDenied denied = new AccessDenied(
                request.action(),
                reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) : reason,
                decision.chain(),
                decision.policyPosition(),
                text(request, "address"),
                text(request, "purpose"),
                before);
        return new EventEnvelope<>(
                id,
                TYPE,
                SERVICE,
                now,
                request.resource(),
                new Position(began, n),
                null,
                request.actor(),
                id,
                null,
                null,
                null,
                null,
                null,
                Json.bytes(denied));
    }

    private static @Nullable String text(AccessRequest request, String name) {
        return request.context().get(name) instanceof String text ? text : null;
    }

    private static int partition(AccessRequest request) {
        byte[] key = request.resource().toString().getBytes(StandardCharsets.UTF_8);
        return Utils.toPositive(Utils.murmur2(key))
                % TopicSpec.observations(SERVICE).partitions();
    }
}

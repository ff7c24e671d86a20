package io.fjord.core.pipeline;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.core.pipeline.PipelineObservation;
import io.fjord.contract.core.pipeline.PipelineObservation.PipelineProgressed;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ObservationReader;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How far each pipeline is, as was last seen: kept in memory, and told anew within seconds. */
public final class PipelineProgress {

    private static final String OPERATOR = "spark-operator";

    private final MessageTypes types = PipelineCapability.observations(new MessageTypes());
    private final Map<Address, Map<?, ?>> seen = new ConcurrentHashMap<>();

    /** Follows what the operator tells. */
    public ObservationReader follow(Vertx vertx, KafkaConfig kafka) {
        String type = "fjord." + OPERATOR + ".pipeline." + PipelineProgressed.class.getSimpleName() + ".v1";
        return new ObservationReader(vertx, kafka, "fjord.core.pipeline-progress", OPERATOR, type, this::take).start();
    }

    private Future<Void> take(List<EventEnvelope<byte[]>> observations) {
        for (EventEnvelope<byte[]> observation : observations) {
            if (types.read(observation.type(), observation.data()) instanceof PipelineObservation progressed) {
                seen.put(observation.subject(), Json.MAPPER.convertValue(progressed, Map.class));
            }
        }
        return Future.succeededFuture();
    }

    @Nullable
    Object of(Address pipeline) {
        return seen.get(pipeline);
    }
}

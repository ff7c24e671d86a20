package io.fjord.platform.kafka;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.util.Set;

/** Events that a reader could not apply, in order; their subjects stay parked until the reader starts from nothing. */
public interface ParkedEvents {

    /** The subjects parked at or before that position. */
    Future<Set<Address>> subjects(String reader, String service, Position upTo);

    /** Written before the reader moves on; a repetition carries the same position, and counts once. */
    Future<Void> park(String reader, String service, EventEnvelope<byte[]> event);

    /** The reader begins anew: nothing of this service is parked any more. */
    Future<Void> release(String reader, String service);

    /** For views in memory: they read everything again after a restart, and park again what they cannot apply. */
    static ParkedEvents inMemory() {
        return new ParkedEvents() {
            @Override
            public Future<Set<Address>> subjects(String reader, String service, Position upTo) {
                return Future.succeededFuture(Set.of());
            }

            @Override
            public Future<Void> park(String reader, String service, EventEnvelope<byte[]> event) {
                return Future.succeededFuture();
            }

            @Override
            public Future<Void> release(String reader, String service) {
                return Future.succeededFuture();
            }
        };
    }
}

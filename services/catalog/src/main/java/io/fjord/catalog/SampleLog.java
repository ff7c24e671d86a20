package io.fjord.catalog;

import io.fjord.catalog.explorer.ExplorerRoutes;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.table.TableObservation.TableSampled;
import io.fjord.kernel.Ids;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ObservationLog;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Who was shown rows of which table, for the record; its producer is opened when there is something to tell. */
final class SampleLog implements ExplorerRoutes.Sampled {

    private final Vertx vertx;
    private final KafkaConfig kafka;
    private final MessageTypes types;
    private @Nullable ObservationLog observations;

    SampleLog(Vertx vertx, KafkaConfig kafka, MessageTypes types) {
        this.vertx = vertx;
        this.kafka = kafka;
        this.types = types;
    }

    @Override
    public Future<Void> tell(Address table, String actor, TableSampled sample) {
        return open().tell(Ids.next(), types.typeOf(sample), table, actor, null, sample);
    }

    private synchronized ObservationLog open() {
        ObservationLog open = observations;
        if (open == null) {
            open = new ObservationLog(vertx, kafka, CatalogVerticle.SERVICE);
            observations = open;
        }
        return open;
    }

    synchronized Future<Void> close() {
        return observations == null ? Future.succeededFuture() : observations.close();
    }
}

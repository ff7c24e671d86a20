package io.fjord.operator;

import io.vertx.core.Future;
import java.util.Map;
import java.util.function.BiConsumer;

/** Where drivers run: processes of this machine, or pods. The reconciler is the same. */
interface ClusterBackend {

    /** The drivers that exist now, those of an earlier operator too, by cluster id. */
    Future<Map<String, Driver>> drivers();

    /** Starts a driver; that it listens, or ended, is told to the listener. */
    Future<Void> start(DriverSpec spec);

    /** Ends a driver; done when it is gone. */
    Future<Void> stop(Driver.Key key);

    /** Told of the cluster id and why, whenever a driver began to listen or ended. */
    void listener(BiConsumer<String, Change> listener);

    Future<Void> close();

    /** What happened to a driver. */
    record Change(Driver.Key key, boolean ended, String reason) {}
}

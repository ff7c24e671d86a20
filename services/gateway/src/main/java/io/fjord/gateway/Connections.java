package io.fjord.gateway;

import io.vertx.core.http.HttpConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of callers. One that has asked nothing for a while is closed; one that waits for an answer is not, however
 * long a statement takes.
 */
final class Connections {

    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    private final LongSupplier nanos;
    private final Map<HttpConnection, Connection> open = new HashMap<>();

    Connections(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** What is known of one. */
    final class Connection {
        private final List<Runnable> whenClosed = new ArrayList<>();
        private int underWay;
        private long quietSince = nanos.getAsLong();

        void asked() {
            underWay++;
        }

        void answered() {
            underWay--;
            quietSince = nanos.getAsLong();
        }

        void whenClosed(Runnable action) {
            whenClosed.add(action);
        }
    }

    void opened(HttpConnection connection) {
        of(connection);
    }

    Connection of(HttpConnection connection) {
        return open.computeIfAbsent(connection, first -> {
            first.closeHandler(gone -> closed(first));
            return new Connection();
        });
    }

    int count() {
        return open.size();
    }

    void closeTheQuiet(long longerThanNanos) {
        long now = nanos.getAsLong();
        List<HttpConnection> quiet = new ArrayList<>();
        open.forEach((connection, known) -> {
            if (known.underWay == 0 && now - known.quietSince > longerThanNanos) {
                quiet.add(connection);
            }
        });
        quiet.forEach(connection -> connection
                .close()
                .onFailure(failure -> log.atDebug().setCause(failure).log("A connection did not close in order")));
    }

    private void closed(HttpConnection connection) {
        Connection known = open.remove(connection);
        if (known != null) {
            known.whenClosed.forEach(Runnable::run);
        }
    }
}

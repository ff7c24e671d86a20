package io.fjord.platform.kafka;

import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Journals;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A service's events from a position on, live, as many as are asked for; dense like any other reading. */
public final class EventTail {

    private final Vertx vertx;
    private final KafkaConfig config;
    private final Journals journals;
    private final MeterRegistry metrics;

    public EventTail(Vertx vertx, KafkaConfig config, Journals journals, MeterRegistry metrics) {
        this.vertx = vertx;
        this.config = config;
        this.journals = journals;
        this.metrics = metrics;
    }

    /** A reader's hold on its stream. */
    public interface Subscription {

        /** Asks for so many events more; nothing comes before the first request. */
        void request(long events);

        Future<Void> cancel();
    }

    /**
     * Follows a service from behind a position.
     *
     * @param reader names it in the metrics; a fixed word, not one per client
     * @param handler called on the caller's context, in order, once per event
     */
    public Subscription start(String reader, String service, Position after, Consumer<EventEnvelope<byte[]>> handler) {
        Context context = vertx.getOrCreateContext();
        Demand demand = new Demand(after, handler);
        JournalFeed feed = new JournalFeed(vertx, context, config, reader, service, journals, demand, metrics);
        feed.start();
        return new Subscription() {
            @Override
            public void request(long events) {
                context.runOnContext(go -> demand.more(events));
            }

            @Override
            public Future<Void> cancel() {
                context.runOnContext(go -> demand.cancel());
                return feed.stop();
            }
        };
    }

    /** Holds a batch back until as many were asked for; the feed reads no further meanwhile. On the context. */
    private static final class Demand implements JournalFeed.Sink {

        private final Consumer<EventEnvelope<byte[]>> handler;
        private final Deque<EventEnvelope<byte[]>> held = new ArrayDeque<>();
        private Position last;
        private long wanted;
        private @Nullable Promise<Void> given;

        Demand(Position after, Consumer<EventEnvelope<byte[]>> handler) {
            this.last = after;
            this.handler = handler;
        }

        void more(long events) {
            wanted = wanted + events < 0 ? Long.MAX_VALUE : wanted + events;
            give();
        }

        void cancel() {
            wanted = 0;
            held.clear();
            if (given != null) {
                given.tryFail(new CancellationException("Nobody reads any more"));
            }
        }

        @Override
        public Future<Position> position() {
            return Future.succeededFuture(last);
        }

        @Override
        public Future<Void> apply(List<EventEnvelope<byte[]>> events) {
            for (EventEnvelope<byte[]> event : events) {
                if (event.position().isAfter(last)) {
                    held.add(event);
                }
            }
            Promise<Void> promise = Promise.promise();
            given = promise;
            give();
            return promise.future();
        }

        /** Who reads on after a restored database gets what is new; what was told cannot be taken back. */
        @Override
        public Future<Void> reset() {
            return Future.succeededFuture();
        }

        private void give() {
            while (wanted > 0 && !held.isEmpty()) {
                EventEnvelope<byte[]> event = held.remove();
                wanted--;
                last = event.position();
                handler.accept(event);
            }
            Promise<Void> done = given;
            if (held.isEmpty() && done != null) {
                given = null;
                done.tryComplete();
            }
        }
    }
}

package io.fjord.platform.kafka;

import io.fjord.codec.KafkaMessages;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Topics;
import io.fjord.kernel.Outcomes;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The outcomes of a service's commands as they come out of its event topic, from the start on; the last are remembered. */
public final class LiveOutcomes implements Outcomes {

    private static final Logger log = LoggerFactory.getLogger(LiveOutcomes.class);
    private static final int REMEMBERED = 2_000;
    private static final long AT_ONCE = 1_000;

    private final Vertx vertx;
    private final Context context;
    private final KafkaConfig config;
    private final TopicPartition topic;
    private final Promise<Void> started = Promise.promise();
    private volatile long next;
    private volatile boolean stopped;
    private volatile @Nullable RecordStream stream;

    // Guarded by this
    private final Map<String, List<Waiting>> waiting = new HashMap<>();
    private final Map<String, EventEnvelope<byte[]>> recent = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, EventEnvelope<byte[]>> eldest) {
            return size() > REMEMBERED;
        }
    };

    public LiveOutcomes(Vertx vertx, KafkaConfig config, String service, MeterRegistry metrics) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.topic = new TopicPartition(Topics.events(service), 0);
        Gauge.builder("fjord.outcomes.awaited", this, LiveOutcomes::awaited)
                .description("Requests that wait for the outcome of a command")
                .tag("service", service)
                .register(metrics);
        start();
    }

    private final class Waiting {
        private final String commandId;
        private final Context caller = vertx.getOrCreateContext();
        private final Promise<Optional<EventEnvelope<byte[]>>> promise = Promise.promise();
        private final long timer;

        Waiting(String commandId, Duration atMost) {
            this.commandId = commandId;
            this.timer = vertx.setTimer(Math.max(1, atMost.toMillis()), id -> {
                forget(this);
                promise.tryComplete(Optional.empty());
            });
        }

        void tell(EventEnvelope<byte[]> outcome) {
            caller.runOnContext(go -> {
                vertx.cancelTimer(timer);
                promise.tryComplete(Optional.of(outcome));
            });
        }
    }

    /** From here on no outcome is missed. */
    public Future<Void> started() {
        return ContextHop.toCaller(started.future());
    }

    @Override
    public Future<Optional<EventEnvelope<byte[]>>> await(String commandId, Duration atMost) {
        synchronized (this) {
            EventEnvelope<byte[]> known = recent.get(commandId);
            if (known != null) {
                return Future.succeededFuture(Optional.of(known));
            }
            Waiting one = new Waiting(commandId, atMost);
            waiting.computeIfAbsent(commandId, id -> new ArrayList<>(1)).add(one);
            return one.promise.future();
        }
    }

    public Future<Void> stop() {
        stopped = true;
        RecordStream open = stream;
        return open == null ? Future.succeededFuture() : open.close();
    }

    private synchronized double awaited() {
        return waiting.size();
    }

    private synchronized void forget(Waiting one) {
        waiting.computeIfPresent(one.commandId, (id, all) -> {
            all.remove(one);
            return all.isEmpty() ? null : all;
        });
    }

    private void start() {
        TopicReader reader = new TopicReader(vertx, config);
        Backoff backoff = new Backoff(vertx, () -> !stopped, LiveOutcomes::warn);
        context.runOnContext(go -> backoff.until(() -> reader.ends(Set.of(topic)))
                .onSuccess(ends -> {
                    next = ends.getOrDefault(topic, 0L);
                    open();
                    started.tryComplete();
                }));
    }

    private void open() {
        if (stopped) {
            return;
        }
        RecordStream opened = SharedStreams.of(config).open(topic, next, new SharedStreams.Listener() {
            @Override
            public void onRecord(SharedRecord record) {
                next = record.offset() + 1;
                seen(record);
                RecordStream current = stream;
                if (current != null) {
                    current.request(1);
                }
            }

            @Override
            public void onFailure(Throwable failure) {
                if (!stopped) {
                    warn(failure);
                    vertx.setTimer(1_000, id -> open());
                }
            }
        });
        stream = opened;
        opened.request(AT_ONCE);
    }

    private static void warn(Throwable failure) {
        log.atWarn().setCause(failure).log("Following the outcomes waits; trying again");
    }

    private void seen(SharedRecord record) {
        // Most events of a large batch are not the last of their command; those are not parsed.
        if (KafkaMessages.header(record.record(), "ce_outcome") == null) {
            return;
        }
        EventEnvelope<byte[]> event;
        try {
            event = record.event();
        } catch (UnreadableMessage e) {
            log.atError()
                    .addKeyValue("topic", record.record().topic())
                    .addKeyValue("offset", record.offset())
                    .setCause(e)
                    .log("A record on an event topic is no event");
            return;
        }
        String commandId = event.commandId();
        if (commandId == null) {
            return;
        }
        List<Waiting> all;
        synchronized (this) {
            recent.put(commandId, event);
            all = waiting.remove(commandId);
        }
        if (all != null) {
            all.forEach(one -> one.tell(event));
        }
    }
}

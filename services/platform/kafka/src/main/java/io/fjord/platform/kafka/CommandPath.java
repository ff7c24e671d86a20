package io.fjord.platform.kafka;

import io.fjord.codec.MessageTypes;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.CommandHandler;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.DeadlineTimer;
import io.fjord.kernel.Delay;
import io.fjord.kernel.DryRun;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Outcomes;
import io.fjord.kernel.Rehearsal;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a service that decides commands is made of, from its command topic to its metastore and back to who waits. */
public final class CommandPath {

    private final Vertx vertx;
    private final KafkaConfig kafka;
    private final String service;
    private final Metastore metastore;
    private final MeterRegistry metrics;
    private final KafkaCommandLog log;
    private final DeadLetterLog deadLetters;
    private final LiveOutcomes outcomes;
    private final DeadlineTimer deadlines;
    private final CommandHandler handler;
    private final DryRun dryRun;
    private @Nullable CommandConsumer consumer;

    /**
     * Nothing is decided until {@link #begin}.
     *
     * @param aggregates what the service decides on
     * @param guards who may say no before; in this order
     */
    public CommandPath(
            Vertx vertx,
            KafkaConfig kafka,
            String service,
            Metastore metastore,
            MessageTypes types,
            List<Aggregate<?, ?, ?>> aggregates,
            List<Guard> guards,
            Clock clock,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.kafka = kafka;
        this.service = service;
        this.metastore = metastore;
        this.metrics = metrics;
        this.log = new KafkaCommandLog(vertx, kafka);
        this.deadLetters = new DeadLetterLog(vertx, kafka);
        this.outcomes = new LiveOutcomes(vertx, kafka, service, metrics);
        this.deadlines = new DeadlineTimer(vertx, metastore, log, clock);
        this.handler = new CommandHandler(
                Delay.of(vertx), metastore, types, aggregates, guards, deadLetters, clock, deadlines::noticed);
        this.dryRun = new Rehearsal(handler, metastore, new KafkaUnreadCommands(vertx, kafka, service));
    }

    /** Completes when no outcome can pass unseen any more. */
    public Future<Void> listening() {
        return outcomes.started();
    }

    public CommandLog log() {
        return log;
    }

    public Outcomes outcomes() {
        return outcomes;
    }

    public DeadLetterLog deadLetters() {
        return deadLetters;
    }

    public DryRun dryRun() {
        return dryRun;
    }

    /** Commands are decided and deadlines kept from now on. */
    public Future<Void> begin() {
        CommandConsumer reading = new CommandConsumer(
                vertx,
                kafka,
                service,
                handler::handle,
                partition -> {
                    handler.assigned(partition);
                    return TopicId.of(vertx, kafka, partition.topic())
                            .compose(topicId -> metastore.offset(partition, topicId));
                },
                deadLetters,
                metrics);
        consumer = reading;
        return reading.start().map(ok -> {
            deadlines.start();
            return null;
        });
    }

    /** Batches in flight are waited for briefly. */
    public Future<Void> stop() {
        deadlines.stop();
        Future<Void> read = consumer == null ? Future.succeededFuture() : consumer.stop();
        return read.eventually(outcomes::stop).eventually(deadLetters::close).eventually(log::close);
    }
}

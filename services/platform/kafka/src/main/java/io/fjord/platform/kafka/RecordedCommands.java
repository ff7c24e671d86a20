package io.fjord.platform.kafka;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Topics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Commands that were sent some time ago, as far as their topic still has them; for looking back, a part at a time. */
public final class RecordedCommands {

    private static final int AT_ONCE = 2_000;

    private final Vertx vertx;
    private final KafkaConfig config;
    private final TopicReader reader;

    public RecordedCommands(Vertx vertx, KafkaConfig config) {
        this.vertx = vertx;
        this.config = config;
        this.reader = new TopicReader(vertx, config);
    }

    /**
     * Reads the commands of a service from a time on, to where the topic ends now; partition by partition, each in order. What
     * is no command is passed over.
     *
     * @param each called on the caller's context with some at a time; more follow when its future has completed
     */
    public Future<Void> since(
            String service, Instant from, Function<List<CommandEnvelope<byte[]>>, Future<Void>> each) {
        Context context = vertx.getOrCreateContext();
        Future<Void> all = Future.succeededFuture();
        for (int number = 0; number < config.commandPartitions(); number++) {
            TopicPartition partition = new TopicPartition(Topics.commands(service), number);
            all = all.compose(ok -> reader.since(partition, from))
                    .compose(bounds -> part(context, partition, bounds.first(), bounds.end(), each));
        }
        return all;
    }

    private Future<Void> part(
            Context context,
            TopicPartition partition,
            long from,
            long end,
            Function<List<CommandEnvelope<byte[]>>, Future<Void>> each) {
        if (from >= end) {
            return Future.succeededFuture();
        }
        long until = Math.min(end, from + AT_ONCE);
        return ContextHop.to(context, reader.read(partition, from, until))
                .compose(records -> each.apply(commands(records)))
                .compose(ok -> part(context, partition, until, end, each));
    }

    private static List<CommandEnvelope<byte[]>> commands(List<ConsumerRecord<String, byte[]>> records) {
        List<CommandEnvelope<byte[]>> commands = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : records) {
            Optional.ofNullable(CommandRecords.read(record))
                    .filter(read -> read.unreadable() == null)
                    .map(read -> Objects.requireNonNull(read.command()))
                    .ifPresent(commands::add);
        }
        return commands;
    }
}

package io.fjord.platform.kafka;

import io.fjord.contract.Address;
import io.fjord.contract.Topics;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Rehearsal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;

/** What stands on a command topic and has not been handled, for dry runs. */
public final class KafkaUnreadCommands implements Rehearsal.UnreadCommands {

    private final KafkaConfig config;
    private final String topic;
    private final TopicReader reader;

    public KafkaUnreadCommands(Vertx vertx, KafkaConfig config, String service) {
        this.config = config;
        this.topic = Topics.commands(service);
        this.reader = new TopicReader(vertx, config);
    }

    /** As the producer's own partitioner has it; {@link TopicSetup} holds the number of partitions to the configured one. */
    @Override
    public Partition partitionOf(Address subject) {
        byte[] key = subject.toString().getBytes(StandardCharsets.UTF_8);
        return new Partition(topic, Utils.toPositive(Utils.murmur2(key)) % config.commandPartitions());
    }

    @Override
    public Future<List<CommandRecord>> from(Partition partition, long offset) {
        return reader.read(new TopicPartition(partition.topic(), partition.number()), offset)
                .map(records -> records.stream().map(CommandRecords::read).toList());
    }
}

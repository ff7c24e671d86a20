package io.fjord.load;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * The relay's peer, a process of its own: a tuned Debezium engine on one table, and a producer; nothing that looks after order,
 * gaps or restarts.
 */
final class DebeziumPeer {

    private DebeziumPeer() {}

    /** Settings come as system properties, for the passwords' sake as environment: {@code PEER_…}. */
    public static void main(String[] arguments) {
        String kafka = System.getenv("PEER_KAFKA");
        String topic = System.getenv("PEER_TOPIC");
        KafkaProducer<String, byte[]> producer = Commands.producer(kafka, 0);
        DebeziumEngine<RecordChangeEvent<SourceRecord>> engine = DebeziumEngine.create(
                        ChangeEventFormat.of(Connect.class))
                .using(settings())
                .using(new DebeziumEngine.ConnectorCallback() {
                    @Override
                    public void pollingStarted() {
                        System.out.println("polling");
                    }
                })
                .using((success, message, error) -> System.err.println("The engine ended: " + message))
                .notifying(new DebeziumEngine.ChangeConsumer<RecordChangeEvent<SourceRecord>>() {
                    @Override
                    public void handleBatch(
                            List<RecordChangeEvent<SourceRecord>> records,
                            DebeziumEngine.RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
                            throws InterruptedException {
                        send(producer, topic, records);
                        for (RecordChangeEvent<SourceRecord> one : records) {
                            committer.markProcessed(one);
                        }
                        committer.markBatchFinished();
                    }
                })
                .build();
        engine.run();
    }

    private static void send(
            KafkaProducer<String, byte[]> producer, String topic, List<RecordChangeEvent<SourceRecord>> records)
            throws InterruptedException {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (RecordChangeEvent<SourceRecord> one : records) {
            // The relay's heartbeats are messages in the log; everyone who reads it sees them.
            if (one.record().value() instanceof Struct change
                    && change.schema().field("after") != null
                    && change.get("after") instanceof Struct row) {
                sent.add(producer.send(new ProducerRecord<>(
                        topic, 0, row.getString("id"), row.getString("data").getBytes(StandardCharsets.UTF_8))));
            }
        }
        try {
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private static Properties settings() {
        Properties all = new Properties();
        all.setProperty("name", "load-peer");
        all.setProperty("topic.prefix", "load-peer");
        all.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        all.setProperty("database.hostname", System.getenv("PEER_HOST"));
        all.setProperty("database.port", System.getenv("PEER_PORT"));
        all.setProperty("database.dbname", System.getenv("PEER_DATABASE"));
        all.setProperty("database.user", System.getenv("PEER_USER"));
        all.setProperty("database.password", System.getenv("PEER_PASSWORD"));
        all.setProperty("plugin.name", "pgoutput");
        all.setProperty("publication.name", "load_peer");
        all.setProperty("publication.autocreate.mode", "disabled");
        all.setProperty("slot.name", "load_peer");
        all.setProperty("slot.drop.on.stop", "true");
        all.setProperty("table.include.list", "load.event");
        all.setProperty("snapshot.mode", "no_data");
        // Asked for, and not used.
        all.setProperty("bootstrap.servers", System.getenv("PEER_KAFKA"));
        all.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        all.setProperty("poll.interval.ms", "1");
        all.setProperty("max.batch.size", "2048");
        all.setProperty("max.queue.size", "8192");
        all.setProperty("record.processing.threads", "1");
        all.setProperty("tombstones.on.delete", "false");
        all.setProperty("skipped.operations", "u,d,t");
        all.setProperty("provide.transaction.metadata", "false");
        return all;
    }
}

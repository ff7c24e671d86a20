package io.fjord.cdc;

import io.fjord.codec.KafkaMessages;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** An event topic as a consumer sees it; reads on at each call. */
final class EventTopic implements AutoCloseable {

    private final String kafka;
    final String name;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    private final List<EventEnvelope<byte[]>> events = new ArrayList<>();
    private boolean assigned;

    EventTopic(String kafka, String service) {
        this.kafka = kafka;
        this.name = Topics.events(service);
        this.consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        kafka,
                        "auto.offset.reset",
                        "earliest",
                        "allow.auto.create.topics",
                        "false",
                        "enable.auto.commit",
                        "false"),
                new StringDeserializer(),
                new ByteArrayDeserializer());
    }

    /** Everything up to now. */
    List<EventEnvelope<byte[]>> events() {
        return events(Duration.ofMillis(100));
    }

    List<EventEnvelope<byte[]>> events(Duration wait) {
        if (!assigned) {
            if (!consumer.listTopics().containsKey(name)) {
                return List.of();
            }
            consumer.assign(List.of(new TopicPartition(name, 0)));
            assigned = true;
        }
        for (var record : consumer.poll(wait)) {
            records.add(record);
            events.add(KafkaMessages.event(record));
        }
        return events;
    }

    List<String> positions() {
        return events().stream().map(event -> event.position().toString()).toList();
    }

    /** When the broker took them, by position. */
    List<ConsumerRecord<String, byte[]>> records() {
        return records;
    }

    /** The topic as if the broker had lost all but its first records. */
    void loseTail(int kept) throws InterruptedException, ExecutionException {
        events();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.deleteTopics(List.of(name)).all().get();
            while (admin.listTopics().names().get().contains(name)) {
                Thread.onSpinWait();
            }
            admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
        }
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", kafka, "acks", "all"),
                new StringSerializer(),
                new ByteArraySerializer())) {
            for (var record : records.subList(0, kept)) {
                producer.send(new ProducerRecord<>(name, 0, record.key(), record.value(), record.headers()))
                        .get();
            }
        }
        records.clear();
        events.clear();
        assigned = false;
    }

    @Override
    public void close() {
        consumer.close();
    }
}

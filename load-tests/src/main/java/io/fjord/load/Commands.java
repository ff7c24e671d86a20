package io.fjord.load;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Commands as records on Kafka, written as the documents of the topics say. */
final class Commands {

    /** Who may everything, without being asked about. */
    static final String OPERATOR = "user:operator";

    private Commands() {}

    static ProducerRecord<String, byte[]> cluster(String topic, String id, String type, String cluster, String data) {
        return cluster(topic, id, OPERATOR, type, cluster, data);
    }

    static ProducerRecord<String, byte[]> cluster(
            String topic, String id, String actor, String type, String cluster, String data) {
        String subject = "default/cluster/" + cluster;
        ProducerRecord<String, byte[]> record =
                new ProducerRecord<>(topic, subject, data.getBytes(StandardCharsets.UTF_8));
        header(record, "ce_specversion", "1.0");
        header(record, "ce_id", id);
        header(record, "ce_type", "fjord.core.cluster." + type + ".v1");
        header(record, "ce_source", "/services/core");
        header(record, "ce_time", Instant.now().toString());
        header(record, "ce_subject", subject);
        header(record, "ce_domain", "default");
        header(record, "ce_actor", actor);
        header(record, "ce_correlationid", id);
        header(record, "content-type", "application/json");
        return record;
    }

    private static void header(ProducerRecord<?, ?> record, String name, String value) {
        record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** As services make theirs: version 7 (RFC 9562), sortable by time. */
    static String newId() {
        UUID random = UUID.randomUUID();
        long high = (System.currentTimeMillis() << 16) | 0x7000L | (random.getMostSignificantBits() & 0x0FFFL);
        return new UUID(high, random.getLeastSignificantBits()).toString();
    }

    /** @param linger milliseconds to gather a batch; 0 for one who waits for each acknowledgement */
    static KafkaProducer<String, byte[]> producer(String kafka, int linger) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", kafka);
        settings.put("acks", "all");
        settings.put("enable.idempotence", true);
        settings.put("linger.ms", linger);
        settings.put("batch.size", 256 * 1024);
        return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    }
}

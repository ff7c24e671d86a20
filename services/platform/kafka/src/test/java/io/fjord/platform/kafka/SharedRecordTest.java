package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.Position;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class SharedRecordTest {

    private static SharedRecord record(Map<String, String> headers) {
        ConsumerRecord<String, byte[]> record =
                new ConsumerRecord<>("fjord.core.events", 0, 7, "default/cluster/etl", new byte[] {'{', '}'});
        headers.forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        return new SharedRecord(record);
    }

    @Test
    void the_event_is_made_once_for_all() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("ce_specversion", "1.0");
        headers.put("ce_id", "0197f0a2-7a43-7c11-9a44-d34c8b1f6a01");
        headers.put("ce_type", "fjord.core.cluster.ClusterDeleted.v1");
        headers.put("ce_source", "/services/core");
        headers.put("ce_time", "2026-11-23T10:00:00Z");
        headers.put("ce_subject", "default/cluster/etl");
        headers.put("ce_actor", "user:anna");
        headers.put("ce_correlationid", "0197f0a2-7a43-7c11-9a44-d34c8b1f6a02");
        headers.put("ce_position", "1:42");
        SharedRecord record = record(headers);
        assertThat(record.position()).isEqualTo(new Position(1, 42));
        assertThat(record.event().actor()).isEqualTo("user:anna");
        assertThat(record.event()).isSameAs(record.event());
        assertThat(record.offset()).isEqualTo(7);
    }

    @Test
    void what_is_no_event_is_none_for_all() {
        SharedRecord record = record(Map.of());
        assertThat(record.position()).isNull();
        assertThatThrownBy(record::event).isInstanceOf(UnreadableMessage.class);
        assertThatThrownBy(record::event).isInstanceOf(UnreadableMessage.class);
    }
}

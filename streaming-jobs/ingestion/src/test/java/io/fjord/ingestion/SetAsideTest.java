package io.fjord.ingestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class SetAsideTest {

    static final Order ORDER = new Order(
            "1",
            "default",
            "flights",
            1,
            false,
            "token",
            new PipelineSpec(
                    new PipelineSource(null, "flights"),
                    new PipelineTarget(null, "travel", "flights", null, null),
                    PipelineMode.APPEND,
                    null,
                    SchemaEvolution.ADD_COLUMNS,
                    1,
                    null,
                    1),
            new PipelinePosition(PipelinePosition.EARLIEST, null, null, null),
            1);

    private final MockProducer<byte[], byte[]> kafka =
            new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final SetAside aside = goingOn(Map.of());

    /** What stands on the topics: nothing but two dead letters, at 7 and 8. */
    private SetAside goingOn(Map<Aside, Long> since) {
        MockConsumer<byte[], byte[]> asking = new MockConsumer<>("none");
        TopicPartition dead = new TopicPartition(ORDER.topic(Aside.DEAD), 0);
        TopicPartition late = new TopicPartition(ORDER.topic(Aside.LATE), 0);
        asking.updateBeginningOffsets(Map.of(dead, 7L, late, 0L));
        asking.updateEndOffsets(Map.of(dead, 9L, late, 0L));
        asking.schedulePollTask(() -> {
            asking.addRecord(standing(dead, 7, "flights-0@1"));
            asking.addRecord(standing(dead, 8, "flights-0@2"));
        });
        return new SetAside(ORDER, new Committed(1, "", Map.of(), 0, 0, 0, since, null, null, 0), kafka, asking);
    }

    private static ConsumerRecord<byte[], byte[]> standing(TopicPartition topic, long offset, String source) {
        ConsumerRecord<byte[], byte[]> record =
                new ConsumerRecord<>(topic.topic(), topic.partition(), offset, null, new byte[] {1});
        record.headers().add("fjord-source", source.getBytes(StandardCharsets.UTF_8));
        return record;
    }

    private void dead(long offset) {
        aside.dead(new ConsumerRecord<>("flights", 0, offset, null, new byte[] {1}), new Unfit("is wrong"));
    }

    private List<String> there() {
        return kafka.history().stream()
                .map(record ->
                        new String(record.headers().lastHeader("fjord-source").value()))
                .toList();
    }

    @Test
    void a_record_that_is_read_again_in_its_batch_is_kept_once() {
        aside.batch();
        dead(1);
        dead(2);
        aside.flush();
        dead(1);
        dead(2);
        dead(3);
        aside.flush();
        assertThat(there()).containsExactly("flights-0@1", "flights-0@2", "flights-0@3");
    }

    @Test
    void who_goes_on_after_a_crash_puts_nothing_there_again() {
        SetAside after = goingOn(Map.of(Aside.DEAD, 8L));
        after.dead(new ConsumerRecord<>("flights", 0, 1, null, new byte[] {1}), new Unfit("is wrong"));
        after.dead(new ConsumerRecord<>("flights", 0, 2, null, new byte[] {1}), new Unfit("is wrong"));
        after.late(new ConsumerRecord<>("flights", 0, 2, null, new byte[] {1}), 0);
        after.flush();
        assertThat(there()).containsExactly("flights-0@1", "flights-0@2");
        assertThat(kafka.history())
                .extracting(ProducerRecord::topic)
                .containsExactly(ORDER.topic(Aside.DEAD), ORDER.topic(Aside.LATE));
    }

    @Test
    void what_could_not_be_kept_is_tried_again() {
        aside.batch();
        dead(1);
        kafka.errorNext(new TimeoutException("the broker is away"));
        assertThatThrownBy(aside::flush).isInstanceOf(IllegalStateException.class);
        dead(1);
        aside.flush();
        assertThat(there()).containsExactly("flights-0@1", "flights-0@1");
    }

    @Test
    void another_batch_is_another() {
        aside.batch();
        dead(1);
        aside.flush();
        aside.batch();
        dead(1);
        aside.flush();
        assertThat(there()).hasSize(2);
    }
}

package io.fjord.ingestion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.core.pipeline.PipelineMode;
import io.fjord.contract.core.pipeline.PipelinePosition;
import io.fjord.contract.core.pipeline.PipelineSource;
import io.fjord.contract.core.pipeline.PipelineSpec;
import io.fjord.contract.core.pipeline.PipelineTarget;
import io.fjord.contract.core.pipeline.SchemaEvolution;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
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
    private final SetAside aside = new SetAside(ORDER, kafka);

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

package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fjord.platform.kafka.NumberedTopic.Numbered;
import io.fjord.testing.TestServers;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** No hole and nothing twice, whatever the real broker refuses and whoever writes. */
class NumberedTopicIT {

    private static final int LARGEST = 2_000;

    private final KafkaConfig config = Samples.config(TestServers.kafka().bootstrapServers());
    private final String name = "numbered-" + UUID.randomUUID();
    private Vertx vertx;
    private NumberedTopic topic;

    @BeforeEach
    void open() {
        vertx = Samples.vertx();
        Samples.get(TopicSetup.ensure(
                config, List.of(new TopicSpec(name, 1, Map.of("max.message.bytes", String.valueOf(LARGEST))))));
        topic = new NumberedTopic(vertx, config, name);
    }

    @AfterEach
    void close() {
        Samples.get(topic.close());
        Samples.get(vertx.close());
    }

    private static Numbered small(long number) {
        return new Numbered(number, new byte[10]);
    }

    private static List<Numbered> small(long from, long to) {
        return LongStream.rangeClosed(from, to).mapToObj(NumberedTopicIT::small).toList();
    }

    /** A commit is certain once it is answered; the broker tells its readers a moment later (KIP-98, 4.3). */
    private void assertThereAre(String... numbers) {
        await().atMost(Samples.PATIENCE).untilAsserted(() -> assertThat(there()).containsExactly(numbers));
    }

    private List<String> there() {
        return Samples.get(TopicReader.ofCommitted(vertx, config).read(new TopicPartition(name, 0), 0)).stream()
                .map(record -> record.key())
                .toList();
    }

    @Test
    void a_record_that_is_refused_for_good_leaves_no_hole() {
        assertThat(Samples.get(topic.take())).isZero();
        Samples.get(topic.append(small(1, 3)));

        assertThatThrownBy(() ->
                        Samples.get(topic.append(List.of(small(4), new Numbered(5, new byte[2 * LARGEST]), small(6)))))
                .isInstanceOf(RuntimeException.class);

        assertThat(Samples.get(topic.take())).isEqualTo(3);
        Samples.get(topic.append(small(4, 6)));
        assertThereAre("1", "2", "3", "4", "5", "6");
        assertThat(Samples.get(topic.last())).isEqualTo(6);
    }

    @Test
    void who_was_overtaken_writes_nothing_more() {
        NumberedTopic other = new NumberedTopic(vertx, config, name);
        Samples.get(topic.take());
        Samples.get(topic.append(small(1, 3)));

        assertThat(Samples.get(other.take())).isEqualTo(3);
        assertThatThrownBy(() -> Samples.get(topic.append(small(4, 5)))).isInstanceOf(NumberedTopic.Overtaken.class);
        Samples.get(other.append(small(4, 4)));

        assertThereAre("1", "2", "3", "4");
        Samples.get(other.close());
    }

    @Test
    void what_one_that_died_had_begun_comes_to_nothing_however_much_it_was() {
        Samples.get(topic.take());
        Samples.get(topic.append(small(1, 2)));
        Map<String, Object> settings = config.producer();
        settings.put("transactional.id", "fjord-numbered-" + name);
        var died = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        died.initTransactions();
        died.beginTransaction();
        for (long number = 3; number < 1_000; number++) {
            var unused = died.send(new ProducerRecord<>(name, 0, Long.toString(number), new byte[10]));
        }
        died.flush();

        assertThat(Samples.get(topic.last())).isEqualTo(2);
        assertThat(Samples.get(topic.take())).isEqualTo(2);
        Samples.get(topic.append(small(3, 4)));

        assertThereAre("1", "2", "3", "4");
        assertThat(Samples.get(topic.before(3))).isEqualTo(2);
        died.close(Duration.ZERO);
    }
}

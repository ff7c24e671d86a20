package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.fjord.contract.Topics;
import io.fjord.kernel.DeadLetter;
import io.fjord.kernel.Partition;
import io.fjord.testing.TestServers;
import io.vertx.core.Vertx;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeadLetterLogIT {

    @Test
    void a_dead_letter_is_kept_once_as_it_was_and_can_be_replayed() {
        KafkaConfig config = Samples.config(TestServers.kafka().bootstrapServers());
        String service = Samples.newService(config);
        Vertx vertx = Vertx.vertx();
        DeadLetterLog letters = new DeadLetterLog(vertx, config);
        Partition partition = new Partition(Topics.commands(service), 3);
        CommandEnvelope<byte[]> first = Samples.command(service, Samples.cluster(1), "first");
        CommandEnvelope<byte[]> second = Samples.command(service, Samples.cluster(2), "second");
        Problem problem = Problem.of("internal-error", 500, "Something broke", "Replay it.");

        Samples.get(letters.add(partition, 17, first, problem));
        Samples.get(letters.add(partition, 17, first, problem));
        Samples.get(letters.add(partition, 21, second, problem));

        List<DeadLetter> all = Samples.get(letters.list(service, 10));
        assertThat(all).extracting(DeadLetter::id).containsExactly("3-21", "3-17");
        assertThat(Samples.get(letters.list(service, 1)))
                .extracting(DeadLetter::id)
                .containsExactly("3-21");
        DeadLetter kept = Samples.get(letters.get(service, "3-17")).orElseThrow();
        assertThat(kept.problem()).isEqualTo(problem);
        assertThat(kept.key()).isEqualTo(first.subject().toString());
        assertThat(kept.headers()).containsEntry("ce_id", first.id()).containsEntry("ce_type", first.type());
        assertThat(kept.data()).isEqualTo(first.data());
        assertThat(Samples.get(letters.get(service, "3-18"))).isEmpty();

        Samples.get(letters.close());
        Samples.get(vertx.close());
    }
}

package io.fjord.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Topics;
import io.fjord.kernel.CommandLog.Appended;
import io.fjord.kernel.CommandRecord;
import io.fjord.kernel.Partition;
import io.fjord.kernel.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the command log promises, on any broker. */
abstract class CommandLogContract {

    private Vertx vertx;
    private KafkaConfig config;
    private String service;
    private KafkaCommandLog log;

    abstract String bootstrap();

    @BeforeEach
    void open() {
        vertx = Samples.vertx();
        config = Samples.config(bootstrap());
        service = Samples.newService(config);
        log = new KafkaCommandLog(vertx, config);
    }

    @AfterEach
    void close() {
        Samples.get(log.close());
        Samples.get(vertx.close());
    }

    @Test
    void what_was_appended_stands_where_it_says() {
        Address subject = Samples.cluster(1);
        CommandEnvelope<byte[]> command = Samples.command(service, subject, "one");

        Appended appended = Samples.get(log.append(service, command));

        KafkaUnreadCommands unread = new KafkaUnreadCommands(vertx, config, service);
        assertThat(unread.partitionOf(subject))
                .isEqualTo(new Partition(Topics.commands(service), appended.partition()));
        List<CommandRecord> records = Samples.get(unread.from(unread.partitionOf(subject), appended.offset()));
        assertThat(records).hasSize(1);
        assertThat(records.get(0).offset()).isEqualTo(appended.offset());
        assertThat(records.get(0).command()).usingRecursiveComparison().isEqualTo(command);
    }

    @Test
    void commands_of_one_subject_keep_their_order() {
        Address subject = Samples.cluster(2);
        List<Future<Appended>> all = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            all.add(log.append(service, Samples.command(service, subject, String.valueOf(i))));
        }
        Samples.get(Future.all(all));

        KafkaUnreadCommands unread = new KafkaUnreadCommands(vertx, config, service);
        List<CommandRecord> records = Samples.get(unread.from(unread.partitionOf(subject), 0));
        assertThat(records).hasSize(1_000);
        for (int i = 0; i < 1_000; i++) {
            assertThat(Samples.text(
                            Objects.requireNonNull(records.get(i).command()).data()))
                    .isEqualTo(String.valueOf(i));
        }
    }

    @Test
    void the_answer_comes_back_to_the_callers_context() {
        Context context = vertx.getOrCreateContext();
        Promise<Context> answeredOn = Promise.promise();
        context.runOnContext(go -> log.append(service, Samples.command(service, Samples.cluster(3), "x"))
                .onSuccess(appended -> answeredOn.complete(Vertx.currentContext()))
                .onFailure(answeredOn::fail));
        assertThat(Samples.get(answeredOn.future())).isSameAs(context);
    }

    @Test
    void what_the_broker_would_not_take_is_refused_for_good() {
        CommandEnvelope<byte[]> huge =
                Samples.command(service, Samples.cluster(4), "x").with(new byte[2 * 1024 * 1024]);
        assertThatThrownBy(() -> Samples.get(log.append(service, huge)))
                .isInstanceOfSatisfying(
                        Refusal.class, no -> assertThat(no.problem().status()).isEqualTo(413));
    }
}

package io.fjord.testing;

import io.fjord.codec.KafkaMessages;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.kernel.Metastore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Puts a service's journal on its topic, as the relay does. */
public final class JournalRelay implements AutoCloseable {

    private final Metastore metastore;
    private final Vertx vertx;
    private final KafkaProducer<String, byte[]> producer;
    private final long timer;
    private Position last = Position.START;
    private boolean busy;

    public JournalRelay(Vertx vertx, Metastore metastore, String bootstrapServers) {
        this.vertx = vertx;
        this.metastore = metastore;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 0),
                new StringSerializer(),
                new ByteArraySerializer());
        this.timer = vertx.setPeriodic(5, id -> more());
    }

    private void more() {
        if (!busy) {
            busy = true;
            Future<List<EventEnvelope<String>>> read = metastore.journal(last, 1000);
            read.onComplete(done -> {
                busy = false;
                if (done.succeeded()) {
                    for (EventEnvelope<String> event : done.result()) {
                        var sent = producer.send(KafkaMessages.toRecord(
                                Topics.events(metastore.service()),
                                0,
                                event.with(event.data().getBytes(StandardCharsets.UTF_8))));
                        last = sent == null ? last : event.position();
                    }
                }
            });
        }
    }

    @Override
    public void close() {
        vertx.cancelTimer(timer);
        producer.close();
    }
}

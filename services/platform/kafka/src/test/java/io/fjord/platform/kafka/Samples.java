package io.fjord.platform.kafka;

import io.fjord.codec.KafkaMessages;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.Topics;
import io.fjord.kernel.Ids;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Messages and topics for tests; every test has a service of its own on the shared broker. */
final class Samples {

    static final Duration PATIENCE = Duration.ofSeconds(30);

    private Samples() {}

    /** One that says so when an event loop is blocked. */
    static Vertx vertx() {
        return Vertx.vertx(new VertxOptions()
                .setBlockedThreadCheckInterval(20)
                .setWarningExceptionTime(50)
                .setWarningExceptionTimeUnit(TimeUnit.MILLISECONDS)
                .setMaxEventLoopExecuteTime(50)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS));
    }

    static KafkaConfig config(String bootstrap) {
        return new KafkaConfig(bootstrap, Map.of(), 1, 4, Duration.ofSeconds(5));
    }

    static String newService(KafkaConfig config) {
        String service = "s" + UUID.randomUUID().toString().substring(0, 8);
        get(TopicSetup.ensure(config, TopicSpec.ofService(service)));
        return service;
    }

    static Address cluster(int n) {
        return new Address("default", "cluster", "c" + n);
    }

    static CommandEnvelope<byte[]> command(String service, Address subject, String text) {
        String id = Ids.next();
        return new CommandEnvelope<>(
                id,
                "fjord." + service + ".cluster.CreateCluster.v1",
                "test",
                Instant.now(),
                subject,
                "user:1",
                id,
                null,
                null,
                null,
                json(text));
    }

    static EventEnvelope<byte[]> event(String service, long epoch, long n, Address subject) {
        return event(service, new Position(epoch, n), subject, null);
    }

    static EventEnvelope<byte[]> event(String service, Position position, Address subject, String commandId) {
        return new EventEnvelope<>(
                Ids.of(service, position.toString()),
                "fjord." + service + ".cluster.ClusterCreated.v1",
                service,
                Instant.parse("2026-11-21T10:00:00Z"),
                subject,
                position,
                position.n(),
                "user:1",
                "correlation",
                null,
                commandId,
                commandId == null ? null : Outcome.ACCEPTED,
                null,
                null,
                json(position.toString()));
    }

    static byte[] json(String text) {
        return ("{\"text\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] json) {
        String all = new String(json, StandardCharsets.UTF_8);
        return all.substring(9, all.length() - 2);
    }

    static Producer<String, byte[]> producer(KafkaConfig config) {
        return new KafkaProducer<>(config.producer(), new StringSerializer(), new ByteArraySerializer());
    }

    static void publish(KafkaConfig config, String service, List<EventEnvelope<byte[]>> events) {
        try (Producer<String, byte[]> producer = producer(config)) {
            List<java.util.concurrent.Future<RecordMetadata>> sent = new ArrayList<>();
            for (EventEnvelope<byte[]> event : events) {
                sent.add(producer.send(KafkaMessages.toRecord(Topics.events(service), 0, event)));
            }
            for (java.util.concurrent.Future<RecordMetadata> one : sent) {
                one.get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException("Not published", e);
        }
    }

    static Admin admin(KafkaConfig config) {
        return Admin.create(config.client());
    }

    static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("Not within " + PATIENCE, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

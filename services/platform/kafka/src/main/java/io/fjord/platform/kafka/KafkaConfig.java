package io.fjord.platform.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Where the broker is and how Fjord speaks to it.
 *
 * @param bootstrap {@code host:port,…}
 * @param security client settings passed through as they are ({@code security.protocol}, {@code sasl.…}, {@code ssl.…})
 * @param replicationFactor of topics that Fjord creates; 1 locally, 3 in production
 * @param commandPartitions of each command topic; fixed once the topic exists
 * @param ackTimeout how long an append may take before the caller is told that it is not known
 * @param commandBatch most commands decided in one transaction
 */
public record KafkaConfig(
        String bootstrap,
        Map<String, String> security,
        int replicationFactor,
        int commandPartitions,
        Duration ackTimeout,
        int commandBatch) {

    public static final int COMMAND_BATCH = 500;

    public KafkaConfig {
        security = Map.copyOf(security);
        if (commandBatch < 1) {
            throw new IllegalArgumentException("A batch holds at least one command, not " + commandBatch);
        }
    }

    public KafkaConfig(
            String bootstrap,
            Map<String, String> security,
            int replicationFactor,
            int commandPartitions,
            Duration ackTimeout) {
        this(bootstrap, security, replicationFactor, commandPartitions, ackTimeout, COMMAND_BATCH);
    }

    /** One broker without security, as {@code fjord up} starts it. */
    public KafkaConfig(String bootstrap) {
        this(bootstrap, COMMAND_BATCH);
    }

    public KafkaConfig(String bootstrap, int commandBatch) {
        this(bootstrap, Map.of(), 1, 12, Duration.ofSeconds(5), commandBatch);
    }

    Map<String, Object> client() {
        Map<String, Object> settings = new HashMap<>(security);
        settings.put("bootstrap.servers", bootstrap);
        settings.put("reconnect.backoff.ms", 50);
        settings.put("reconnect.backoff.max.ms", 1_000);
        // Nobody reads what clients tell JMX and the broker of themselves, and a service has dozens of them.
        settings.put("metric.reporters", "");
        settings.put("enable.metrics.push", false);
        return settings;
    }

    /** For producers whose order and durability count. */
    public Map<String, Object> producer() {
        Map<String, Object> settings = client();
        // One at a time: a broker that has just opened a partition refuses the first of several batches and takes the
        // next,
        // and nothing puts them in order again (KAFKA-15591). What waits meanwhile goes as one batch.
        settings.put("max.in.flight.requests.per.connection", 1);
        settings.put("acks", "all");
        settings.put("enable.idempotence", true);
        settings.put("linger.ms", 0);
        settings.put("max.block.ms", Math.max(1, ackTimeout.toMillis() / 2));
        settings.put("request.timeout.ms", (int) Math.max(1, ackTimeout.toMillis() / 2));
        settings.put("delivery.timeout.ms", (int) ackTimeout.toMillis());
        settings.put("buffer.memory", 16L * 1024 * 1024);
        return settings;
    }

    /** For consumers that are told where to start; nothing here commits by itself. */
    public Map<String, Object> consumer() {
        Map<String, Object> settings = client();
        settings.put("enable.auto.commit", false);
        settings.put("auto.offset.reset", "earliest");
        settings.put("allow.auto.create.topics", false);
        settings.put("max.poll.records", 500);
        settings.put("default.api.timeout.ms", 10_000);
        settings.put("request.timeout.ms", 10_000);
        return settings;
    }
}

package io.fjord.cdc;

import io.fjord.platform.kafka.KafkaConfig;
import java.time.Duration;
import java.util.List;

/**
 * What the relay must be told.
 *
 * @param database the metastore as the capture role: {@code postgresql://user:password@host:port/database}, or mariadb, or
 *     mysql
 * @param services whose journals it relays; one that has no tables yet is waited for
 * @param highWater how often each service's position is announced even if it did not change
 */
public record RelayConfig(KafkaConfig kafka, String database, List<String> services, Duration highWater) {

    public RelayConfig {
        services = List.copyOf(services);
        if (services.isEmpty()) {
            throw new IllegalArgumentException("The relay was told no service whose journal to relay");
        }
    }

    public RelayConfig(KafkaConfig kafka, String database, List<String> services) {
        this(kafka, database, services, Duration.ofSeconds(3));
    }
}

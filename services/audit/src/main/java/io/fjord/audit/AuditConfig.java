package io.fjord.audit;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.platform.http.Authenticator;
import io.fjord.platform.kafka.KafkaConfig;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Settings of audit.
 *
 * @param databaseUrl {@code postgresql://…} or {@code mariadb://…}
 * @param deciding services that decide commands
 * @param journals services with a journal
 * @param gateway base address of the platform's API, where gaps are refilled from
 * @param token what audit shows at the gateway
 * @param types of the messages that are recorded: what they say of people is encrypted
 * @param log where the tamper-evident log is kept
 * @param deadline by when outcomes, and observations that later ones have overtaken, must be here
 * @param lake the record as a table
 * @param port 0 for any
 */
public record AuditConfig(
        KafkaConfig kafka,
        String databaseUrl,
        List<String> deciding,
        List<String> journals,
        URI gateway,
        Supplier<String> token,
        Authenticator authenticator,
        MessageTypes types,
        LogStore log,
        Duration deadline,
        Lake lake,
        String host,
        int port) {
    /**
     * Which pipeline writes the record into a table, and how often that is counted.
     *
     * @param pipeline {@code default/pipeline/audit-lake}; there need be none
     */
    public record Lake(Address pipeline, Duration every) {}

    @Override
    public String toString() {
        return "AuditConfig[" + host + ":" + port + "]";
    }
}

package io.fjord.core;

import io.fjord.kernel.Guard;
import io.fjord.platform.http.Authenticator;
import io.fjord.platform.kafka.KafkaConfig;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;

/**
 * Settings of core.
 *
 * @param databaseUrl {@code postgresql://…} or {@code mariadb://…}
 * @param masterKey 32 bytes; secrets are encrypted with it
 * @param gateway base address of the platform's API, for journals of other services
 * @param token what core shows at the gateway
 * @param guards asked before a command is decided
 * @param port 0 for any
 */
public record CoreConfig(
        KafkaConfig kafka,
        String databaseUrl,
        byte[] masterKey,
        URI gateway,
        Supplier<String> token,
        Authenticator authenticator,
        List<Guard> guards,
        String host,
        int port) {
    @Override
    public String toString() {
        return "CoreConfig[" + host + ":" + port + "]";
    }
}

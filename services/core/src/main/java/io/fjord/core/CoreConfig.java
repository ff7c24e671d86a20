package io.fjord.core;

import io.fjord.core.secret.SecretStores;
import io.fjord.kernel.Access;
import io.fjord.kernel.Guard;
import io.fjord.platform.http.Authenticator;
import io.fjord.platform.kafka.KafkaConfig;
import io.vertx.core.Future;
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
 * @param access who may use a secret
 * @param accessKnown completes when that is known
 * @param stores where secrets may be kept beside here
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
        Access access,
        Supplier<Future<Void>> accessKnown,
        SecretStores stores,
        List<Guard> guards,
        String host,
        int port) {
    @Override
    public String toString() {
        return "CoreConfig[" + host + ":" + port + "]";
    }
}

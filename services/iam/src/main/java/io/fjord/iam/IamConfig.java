package io.fjord.iam;

import io.fjord.iam.keycloak.KeycloakConfig;
import io.fjord.kernel.Access;
import io.fjord.kernel.Guard;
import io.fjord.platform.http.Authenticator;
import io.fjord.platform.kafka.KafkaConfig;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Settings of iam.
 *
 * @param databaseUrl {@code postgresql://…} or {@code mariadb://…}
 * @param masterKey 32 bytes; what personal access tokens are made with is derived from it
 * @param gateway base address of the platform's API, for journals of other services
 * @param token what iam shows at the gateway
 * @param access who may what; asked before anybody hands on what they have
 * @param guards asked before a command is decided, beside its own
 * @param firstGrants whether a platform that begins grants something to the groups of Fjord's own realm
 * @param keycloak the identity provider, where it is ours to manage
 * @param port 0 for any
 */
public record IamConfig(
        KafkaConfig kafka,
        String databaseUrl,
        byte[] masterKey,
        URI gateway,
        Supplier<String> token,
        Authenticator authenticator,
        Access access,
        List<Guard> guards,
        boolean firstGrants,
        @Nullable KeycloakConfig keycloak,
        String host,
        int port) {
    @Override
    public String toString() {
        return "IamConfig[" + host + ":" + port + "]";
    }
}

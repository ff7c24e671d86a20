package io.fjord.webhooks;

import io.fjord.kernel.Access;
import io.fjord.kernel.AccessChanges;
import io.fjord.kernel.Guard;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.kafka.KafkaConfig;
import io.vertx.core.Future;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Settings of webhooks.
 *
 * @param databaseUrl {@code postgresql://…} or {@code mariadb://…}
 * @param masterKey 32 bytes that seal signing keys
 * @param journals the services whose events can be subscribed to
 * @param gateway where their journals are read
 * @param token shown there
 * @param doorkeeper lets in who may
 * @param guards of this service's own commands
 * @param access says which events an owner may have
 * @param changes of that
 * @param accessKnown completes when it is known who may what
 * @param egress where deliveries may go
 * @param schedule pauses between attempts
 * @param patience how long an endpoint's answer may take
 * @param port 0 for any
 */
public record WebhooksConfig(
        KafkaConfig kafka,
        String databaseUrl,
        byte[] masterKey,
        List<String> journals,
        URI gateway,
        Supplier<String> token,
        Doorkeeper doorkeeper,
        List<Guard> guards,
        Access access,
        AccessChanges changes,
        Supplier<Future<Void>> accessKnown,
        Egress egress,
        List<Duration> schedule,
        Duration patience,
        String host,
        int port) {

    /**
     * Where deliveries may go beside the internet.
     *
     * @param clearText whether {@code http://} will do: for developers only
     * @param networks that may be reached although they are private, as {@code 10.0.0.0/8}
     */
    public record Egress(boolean clearText, List<String> networks) {

        public Egress {
            networks = List.copyOf(networks);
        }
    }

    public WebhooksConfig {
        journals = List.copyOf(journals);
        guards = List.copyOf(guards);
        schedule = List.copyOf(schedule);
    }

    @Override
    public String toString() {
        return "WebhooksConfig[" + host + ":" + port + "]";
    }
}

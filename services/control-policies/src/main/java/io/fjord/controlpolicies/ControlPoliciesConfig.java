package io.fjord.controlpolicies;

import io.fjord.kernel.Guard;
import io.fjord.platform.access.KnownRules;
import io.fjord.platform.access.opa.OpaRegoRules;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.kafka.KafkaConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of control-policies.
 *
 * @param databaseUrl {@code postgresql://…} or {@code mariadb://…}
 * @param doorkeeper lets in who may
 * @param guards of this service's own commands
 * @param rules grants and policies as far as this process knows them
 * @param deciding the services whose recorded commands a guardrail's report reads
 * @param rego reads and evaluates guardrails in Rego; null where there is no Open Policy Agent
 * @param port 0 for any
 */
public record ControlPoliciesConfig(
        KafkaConfig kafka,
        String databaseUrl,
        Doorkeeper doorkeeper,
        List<Guard> guards,
        KnownRules rules,
        List<String> deciding,
        @Nullable OpaRegoRules rego,
        String host,
        int port) {

    public ControlPoliciesConfig {
        guards = List.copyOf(guards);
        deciding = List.copyOf(deciding);
    }

    @Override
    public String toString() {
        return "ControlPoliciesConfig[" + host + ":" + port + "]";
    }
}

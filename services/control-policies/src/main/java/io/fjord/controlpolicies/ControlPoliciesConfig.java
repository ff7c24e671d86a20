package io.fjord.controlpolicies;

import io.fjord.kernel.Guard;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.kafka.KafkaConfig;
import java.util.List;

/**
 * Settings of control-policies.
 *
 * @param databaseUrl {@code postgresql://…} or {@code mariadb://…}
 * @param doorkeeper lets in who may
 * @param guards of this service's own commands
 * @param deciding the services whose recorded commands a guardrail's report reads
 * @param opa base address of the Open Policy Agent that evaluates guardrails in Rego; blank for none
 * @param port 0 for any
 */
public record ControlPoliciesConfig(
        KafkaConfig kafka,
        String databaseUrl,
        Doorkeeper doorkeeper,
        List<Guard> guards,
        List<String> deciding,
        String opa,
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

package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.vertx.core.http.HttpMethod;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DriverTokensTest {

    private static final Address CLUSTER = new Address("sales", "cluster", "etl");

    private final DriverTokens tokens = DriverTokens.of("fjord_the-operator");
    private final String token = tokens.token(CLUSTER);

    @Test
    void a_driver_tells_lineage_in_the_domain_of_its_cluster_and_does_nothing_else() {
        Actor driver =
                tokens.actor(token, HttpMethod.POST, "/api/v1/lineage/batch").orElseThrow();

        assertThat(driver.id()).isEqualTo("service:driver/sales/etl");
        assertThat(covers(driver, "lineage:write", "sales")).isTrue();
        assertThat(covers(driver, "lineage:write", "hr")).isFalse();
        assertThat(covers(driver, "lineage:read", "sales")).isFalse();
        assertThat(tokens.actor(token, HttpMethod.GET, "/api/v1/lineage")).isEmpty();
        assertThat(tokens.actor(token, HttpMethod.POST, "/api/v1/tokens")).isEmpty();
    }

    private static boolean covers(Actor actor, String action, String domain) {
        return Optional.ofNullable(actor.limits())
                .orElseThrow()
                .cover(action, new Address(domain, "lineage", "events"));
    }

    @Test
    void nobody_else_makes_one() {
        String other = DriverTokens.of("fjord_another-operator").token(CLUSTER);
        String body = tokens.token(new Address("hr", "cluster", "etl"));
        String mixed = body.substring(0, body.indexOf('.')) + token.substring(token.indexOf('.'));

        for (String odd : new String[] {other, mixed, DriverTokens.PREFIX, DriverTokens.PREFIX + ".", token + "x"}) {
            assertThat(tokens.actor(odd, HttpMethod.POST, "/api/v1/lineage"))
                    .as(odd)
                    .isEmpty();
        }
    }
}

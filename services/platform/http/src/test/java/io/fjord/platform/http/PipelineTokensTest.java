package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PipelineTokensTest {

    private static final Address TABLE = new Address("sales", "table", "default.shop.orders");
    private static final String COMMIT = "/iceberg/v1/sales/namespaces/shop/tables/orders";

    private final PipelineTokens tokens = PipelineTokens.of("fjord_the-operator");
    private final String token = tokens.token("user:ana", TABLE);

    @Test
    void a_pipeline_writes_its_table_as_its_owner_and_does_nothing_else() {
        Actor pipeline = tokens.actor(token, COMMIT).orElseThrow();

        assertThat(pipeline.id()).isEqualTo("user:ana");
        assertThat(covers(pipeline, "table:write", TABLE)).isTrue();
        assertThat(covers(pipeline, "table:manage", TABLE)).isFalse();
        assertThat(covers(pipeline, "table:read", new Address("sales", "table", "default.shop.people")))
                .isFalse();
        assertThat(tokens.actor(token, "/api/v1/tokens")).isEmpty();
    }

    private static boolean covers(Actor actor, String action, Address resource) {
        return Optional.ofNullable(actor.limits()).orElseThrow().cover(action, resource);
    }

    @Test
    void nobody_else_makes_one() {
        String other = PipelineTokens.of("fjord_another-operator").token("user:ana", TABLE);
        String body = tokens.token("user:operator", TABLE);
        String mixed = body.substring(0, body.indexOf('.')) + token.substring(token.indexOf('.'));

        for (String odd :
                new String[] {other, mixed, PipelineTokens.PREFIX, PipelineTokens.PREFIX + ".", token + "x"}) {
            assertThat(tokens.actor(odd, COMMIT)).as(odd).isEmpty();
        }
    }
}

package io.fjord.platform.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Origin;
import io.fjord.contract.Problem;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TokenGuardTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final String START = "fjord.core.cluster.StartCluster.v1";
    private static final String DELETE = "fjord.core.cluster.DeleteCluster.v1";
    private static final Address ETL = new Address("default", "cluster", "etl");

    private final TokenGuard guard = new TokenGuard(
            address -> Optional.ofNullable(
                    switch (address.name()) {
                        case "good" -> token(List.of(), NOW.plusSeconds(1), false);
                        case "near" -> token(List.of("10.0.0.0/8"), null, false);
                        case "suspended" -> token(List.of(), null, true);
                        case "old" -> token(List.of(), NOW, false);
                        default -> null;
                    }),
            (cidrs, address) -> address.startsWith("10."),
            Future::succeededFuture,
            (request, decision) -> "d-1",
            Clock.fixed(NOW, ZoneOffset.UTC));

    private static PersonalToken token(List<String> cidrs, @Nullable Instant expires, boolean suspended) {
        return new PersonalToken(
                new Address("platform", "token", "any"),
                "user:ana",
                List.of(
                        ActionPattern.parse("cluster:start"),
                        ActionPattern.parse("table:write"),
                        ActionPattern.parse("token:*")),
                List.of(
                        ResourcePattern.parse("default/cluster/e*"),
                        ResourcePattern.parse("default/table/lake.sales.*"),
                        ResourcePattern.parse("platform/token/*")),
                cidrs,
                expires,
                suspended);
    }

    private Optional<Problem> check(
            String actor, String type, Address subject, @Nullable String token, @Nullable String from) {
        return guard.check(new CommandEnvelope<>(
                        "id",
                        type,
                        "core",
                        NOW,
                        subject,
                        actor,
                        "corr",
                        null,
                        null,
                        null,
                        new Origin(from, null, token),
                        Json.bytes(Map.of())))
                .result();
    }

    private String why(String actor, String type, Address subject, String token, @Nullable String from) {
        return check(actor, type, subject, token, from).orElseThrow().detail();
    }

    @Test
    void a_token_is_good_for_what_it_was_made_for_and_nothing_else() {
        assertThat(check("user:ana", START, ETL, null, null)).isEmpty();
        assertThat(check("user:ana", START, ETL, "good", null)).isEmpty();
        assertThat(why("user:ana", DELETE, ETL, "good", null)).contains("not for that");
        assertThat(why("user:ana", START, new Address("default", "cluster", "bi"), "good", null))
                .contains("not for that");
        assertThat(why("user:bo", START, ETL, "good", null)).contains("that of user:ana");
        assertThat(why(
                        "user:ana",
                        "fjord.iam.token.CreateToken.v1",
                        new Address("platform", "token", "more"),
                        "good",
                        null))
                .contains("not for that");
    }

    @Test
    void one_for_a_table_is_good_for_what_is_said_of_it() {
        String describe = "fjord.catalog.asset.DescribeAsset.v1";
        Address orders = new Address("default", "asset", "table/lake.sales.orders/total");
        assertThat(check("user:ana", describe, orders, "good", null)).isEmpty();
        assertThat(why("user:ana", describe, new Address("default", "asset", "table/lake.hr.pay"), "good", null))
                .contains("not for that");
    }

    @Test
    void one_that_was_ended_meanwhile_is_refused() {
        assertThat(why("user:ana", START, ETL, "suspended", null)).contains("suspended");
        assertThat(why("user:ana", START, ETL, "old", null)).contains("ran out");
        assertThat(why("user:ana", START, ETL, "revoked", null)).contains("not known, or revoked");
    }

    @Test
    void where_it_may_be_used_from_holds_here_too() {
        assertThat(check("user:ana", START, ETL, "near", "10.1.2.3")).isEmpty();
        assertThat(why("user:ana", START, ETL, "near", "192.0.2.7")).contains("not for use from 192.0.2.7");
        assertThat(why("user:ana", START, ETL, "near", null)).contains("not known");
    }
}

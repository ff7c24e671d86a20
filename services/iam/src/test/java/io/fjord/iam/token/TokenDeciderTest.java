package io.fjord.iam.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.token.TokenCommand;
import io.fjord.contract.iam.token.TokenCommand.CreateToken;
import io.fjord.contract.iam.token.TokenCommand.ResumeToken;
import io.fjord.contract.iam.token.TokenCommand.RevokeToken;
import io.fjord.contract.iam.token.TokenCommand.SuspendToken;
import io.fjord.contract.iam.token.TokenEvent;
import io.fjord.contract.iam.token.TokenEvent.TokenCreated;
import io.fjord.iam.Decided;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenDeciderTest {

    private final Decided<TokenCommand, Token, TokenEvent> token =
            new Decided<>(new TokenDecider(), Address.parse("platform/token/1"));

    private static CreateToken create(List<String> actions, List<String> resources, List<String> cidrs, Instant end) {
        return new CreateToken("user:ana", "ci", "hash", actions, resources, cidrs, end);
    }

    private static CreateToken right() {
        return create(List.of("cluster:*", "*:read"), List.of("default/cluster/etl-*"), List.of(), null);
    }

    @Test
    void is_created_suspended_resumed_and_revoked_for_ever() {
        assertThat(token.when(right()))
                .hasExactlyElementsOfTypes(TokenCreated.class)
                .first()
                .isInstanceOfSatisfying(
                        TokenCreated.class,
                        created -> assertThat(created.hash()).isEqualTo("hash"));
        assertThat(token.nothing(right())).contains("already");
        token.when(new SuspendToken());
        assertThat(token.nothing(new SuspendToken())).contains("already");
        token.when(new ResumeToken());
        assertThat(token.nothing(new ResumeToken())).contains("already");
        token.when(new RevokeToken());
        assertThat(token.nothing(new RevokeToken())).contains("already");
        for (TokenCommand command : List.of(right(), new SuspendToken(), new ResumeToken())) {
            assertThat(token.refused(command)).isEqualTo("token-revoked");
        }
    }

    @Test
    void every_fault_is_named() {
        Problem problem = token.problem(create(
                List.of("cluster", "cluster:read"),
                List.of("default/cluster", "def*ault/cluster/x"),
                List.of("10.0.0.0/33", "localhost/8", "10.0.0.0/8"),
                Decided.NOW));

        assertThat(problem.slug()).isEqualTo("token-not-right");
        assertThat(problem.faults())
                .extracting(Fault::pointer)
                .containsExactly("/actions/0", "/resources/0", "/resources/1", "/cidrs/0", "/cidrs/1", "/expiresAt");
        assertThat(token.problem(create(List.of(), List.of(), List.of(), null)).faults())
                .extracting(Fault::pointer)
                .containsExactly("/actions", "/resources");
    }

    @Test
    void groups_and_services_own_none() {
        assertThat(token.refused(
                        new CreateToken("group:a", "x", "h", List.of("*:*"), List.of("*/*/*"), List.of(), null)))
                .isEqualTo("token-owner-refused");
    }

    @Test
    void what_is_not_there_is_not_found() {
        for (TokenCommand command : List.of(new SuspendToken(), new ResumeToken(), new RevokeToken())) {
            assertThat(token.refused(command)).isEqualTo("token-not-found");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/8", "0.0.0.0/0", "192.168.1.7/32", "2001:db8::/32", "::/0", "::1/128"})
    void a_place_of_use_is_an_address_and_a_prefix(String text) {
        assertThat(Patterns.isCidr(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0",
                "10.0.0.0/",
                "10.0.0.0/08",
                "10.0.0.0/33",
                "10.0.0/8",
                "256.0.0.0/8",
                "::/129",
                "fe80::1%eth0/64",
                "[::1]/128",
                "example.com/8",
                "10.0.0.0/8/8",
                "10.0.0.0/-1"
            })
    void nothing_else_is(String text) {
        assertThat(Patterns.isCidr(text)).isFalse();
    }

    @Test
    void the_same_wish_of_the_same_actor_makes_the_same_token() {
        TokenValues values = new TokenValues(new byte[32]);
        String one = values.of("command", "user:ana");

        assertThat(one)
                .startsWith("fjord_pat_")
                .hasSize("fjord_pat_".length() + 43)
                .isEqualTo(values.of("command", "user:ana"));
        assertThat(one)
                .isNotEqualTo(values.of("command", "user:eve"))
                .isNotEqualTo(values.of("other", "user:ana"))
                .isNotEqualTo(new TokenValues(new byte[] {1}).of("command", "user:ana"));
        assertThat(TokenValues.hash(one)).matches("[0-9a-f]{64}");
    }
}

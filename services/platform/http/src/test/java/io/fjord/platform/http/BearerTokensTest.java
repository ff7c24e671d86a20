package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.fjord.contract.Address;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.PersonalTokens.PersonalToken;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BearerTokensTest {

    @TempDir
    static Path home;

    private final Issuer issuer = new Issuer();
    private final SetClock clock = new SetClock();
    private final Set<String> suspended = ConcurrentHashMap.newKeySet();
    private final Map<String, PersonalToken> personal = new HashMap<>();
    private String operator;
    private BearerTokens tokens;

    private static final class SetClock extends Clock {
        private volatile Instant now = Instant.parse("2026-11-21T09:00:00Z");

        void pass(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    @BeforeEach
    void make() {
        Path file = home.resolve("token");
        operator = OperatorToken.ensure(file);
        tokens = tokens(issuer.settings());
    }

    private BearerTokens tokens(OidcTokens.Settings settings) {
        return new BearerTokens(
                new OperatorToken(home.resolve("token")),
                hash -> Optional.ofNullable(personal.get(hash)),
                new OidcTokens(Web.VERTX, settings, clock),
                actor -> !suspended.contains(actor),
                null,
                clock);
    }

    @AfterEach
    void close() {
        issuer.close();
    }

    private Actor known(String token) {
        return Web.await(tokens.authenticate(token, "10.1.2.3"));
    }

    private ProblemException refused(String token) {
        ProblemException[] told = new ProblemException[1];
        assertThatThrownBy(() -> known(token))
                .isInstanceOfSatisfying(ProblemException.class, problem -> told[0] = problem);
        return told[0];
    }

    private void isRefused(String token, String why) {
        ProblemException told = refused(token);
        assertThat(told.problem().status()).isEqualTo(401);
        assertThat(told.problem().slug()).isEqualTo("not-authenticated");
        assertThat(told.problem().detail()).startsWith(why).doesNotContain(token);
        assertThat(told.headers().get("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"fjord\", error=\"invalid_token\", error_description=\"" + why + "\"");
    }

    private JWTClaimsSet.Builder claims() {
        return issuer.claims("ana-1", clock.instant());
    }

    private static String rs256(JWTClaimsSet.Builder claims) {
        return Issuer.signed(claims.build(), Issuer.RSA, JWSAlgorithm.RS256);
    }

    // The operator

    @Test
    void the_operator_is_known_by_the_token_of_the_machine() {
        assertThat(known(operator)).isEqualTo(new Actor("user:operator"));
        isRefused(operator + "x", "The token is not known here");
        isRefused("fjord_nobody", "The token is not known here");
    }

    // Of the issuer

    @Test
    void a_user_is_known_by_what_the_issuer_says() {
        Actor ana = known(rs256(claims().claim("preferred_username", "ana")
                .claim("name", "Ana Alm")
                .claim("groups", List.of("/data", "/data/core"))
                .claim("realm_access", Map.of("roles", List.of("engineer")))
                .claim("scope", "openid profile")));

        assertThat(ana)
                .isEqualTo(new Actor(
                        "user:ana-1",
                        "Ana Alm",
                        Set.of("/data", "/data/core"),
                        Set.of("engineer"),
                        Set.of("openid", "profile"),
                        null));
    }

    @Test
    void whom_fjord_made_known_to_the_issuer_is_known_by_the_id_it_gave_them_where_the_issuer_is_ours() {
        JWTClaimsSet.Builder provisioned = claims().claim("fjord_id", "0197c1a0-2222-7000-8000-000000000001")
                .claim("preferred_username", "ana");

        assertThat(known(rs256(provisioned)).id()).isEqualTo("user:ana-1");

        tokens = tokens(new OidcTokens.Settings(issuer.address(), "fjord", "", "fjord_id"));
        assertThat(known(rs256(provisioned)).id()).isEqualTo("user:0197c1a0-2222-7000-8000-000000000001");
        assertThat(known(rs256(claims())).id()).isEqualTo("user:ana-1");
        isRefused(rs256(claims().claim("fjord_id", "operator")), "The token does not say whose it is");
    }

    @Test
    void a_program_is_known_by_its_client() {
        assertThat(known(rs256(claims().claim("client_id", "Loader")
                                .claim("preferred_username", "service-account-loader")))
                        .id())
                .isEqualTo("service-account:Loader");
        assertThat(known(rs256(claims().subject("loader").claim("client_id", "loader")))
                        .id())
                .isEqualTo("service-account:loader");
        // Somebody who calls themselves like a program's account is a user all the same.
        assertThat(known(rs256(claims().claim("azp", "console").claim("preferred_username", "service-account-loader")))
                        .id())
                .isEqualTo("user:ana-1");
    }

    @Test
    void signatures_with_private_keys_are_taken() {
        for (JWSAlgorithm algorithm : List.of(JWSAlgorithm.RS256, JWSAlgorithm.RS512, JWSAlgorithm.PS256)) {
            assertThat(known(Issuer.signed(claims().build(), Issuer.RSA, algorithm))
                            .id())
                    .isEqualTo("user:ana-1");
        }
        assertThat(known(Issuer.signed(claims().build(), Issuer.EC, JWSAlgorithm.ES256))
                        .id())
                .isEqualTo("user:ana-1");
        assertThat(issuer.asked.get()).isEqualTo(1);
    }

    @Test
    void time_is_kept_with_some_patience() {
        String token = rs256(claims());
        assertThat(known(token).id()).isEqualTo("user:ana-1");
        clock.pass(Duration.ofSeconds(320));
        assertThat(known(token).id()).isEqualTo("user:ana-1");
        clock.pass(Duration.ofSeconds(15));
        isRefused(token, "The token has expired");

        isRefused(
                rs256(claims().notBeforeTime(Date.from(clock.instant().plusSeconds(60)))),
                "The token is not valid yet");
        isRefused(rs256(claims().expirationTime(null)), "The token has no end (exp)");
    }

    @Test
    void what_is_for_others_is_refused() {
        isRefused(rs256(claims().audience("account")), "The token is for another audience");
        isRefused(rs256(claims().audience((String) null)), "The token is for another audience");
        isRefused(rs256(claims().issuer(issuer.address() + "/")), "The token is of another issuer");
        isRefused(rs256(claims().issuer(null)), "The token is of another issuer");
        assertThat(issuer.asked.get()).as("nobody is asked about them").isZero();
    }

    @Test
    void what_is_not_signed_with_the_issuers_key_is_refused() throws JOSEException {
        isRefused(new PlainJWT(claims().build()).serialize(), "The token is not signed (alg is none)");

        SignedJWT hmac = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("first").build(), claims().build());
        hmac.sign(new MACSigner(Issuer.RSA.toRSAKey().toPublicKey().getEncoded()));
        isRefused(hmac.serialize(), "The token is signed with HS256");

        isRefused(
                Issuer.signed(claims().build(), Issuer.OTHER_RSA, "first", JWSAlgorithm.RS256),
                "The signature of the token is wrong");
        String token = rs256(claims());
        isRefused(token.substring(0, token.length() - 8) + "AAAAAAAA", "The signature of the token is wrong");
        isRefused(
                Issuer.signed(claims().build(), Issuer.OTHER_RSA, JWSAlgorithm.RS256),
                "The token is signed with a key its issuer does not have");
        isRefused("a.b.c", "The token cannot be read");
        isRefused("x".repeat(20_000) + ".b.c", "The token cannot be read");
    }

    @Test
    void nobody_becomes_the_operator_by_their_name() {
        isRefused(rs256(claims().subject("operator")), "The token does not say whose it is");
        isRefused(rs256(claims().subject("a b")), "The token does not say whose it is");
        isRefused(rs256(claims().subject(null)), "The token does not say whose it is");
    }

    @Test
    void keys_change_without_a_restart() {
        String before = rs256(claims());
        assertThat(known(before).id()).isEqualTo("user:ana-1");

        issuer.published = List.of(Issuer.OTHER_RSA);
        String after = Issuer.signed(claims().build(), Issuer.OTHER_RSA, JWSAlgorithm.RS256);
        isRefused(after, "The token is signed with a key its issuer does not have");
        clock.pass(Duration.ofSeconds(6));
        assertThat(known(after).id()).isEqualTo("user:ana-1");

        // What was taken back takes its tokens with it, those already seen too.
        clock.pass(Duration.ofSeconds(6));
        isRefused(before, "The token is signed with a key its issuer does not have");
    }

    @Test
    void made_up_keys_are_no_flood_at_the_issuer() {
        for (int i = 0; i < 50; i++) {
            isRefused(
                    Issuer.signed(claims().build(), Issuer.OTHER_RSA, "made-up-" + i, JWSAlgorithm.RS256),
                    "The token is signed with a key its issuer does not have");
        }
        assertThat(issuer.asked.get()).isEqualTo(1);
    }

    @Test
    void while_the_issuer_is_down_known_keys_count_and_unknown_ones_wait() {
        assertThat(known(rs256(claims())).id()).isEqualTo("user:ana-1");
        issuer.down();
        clock.pass(Duration.ofSeconds(6));

        assertThat(known(rs256(claims().jwtID("another"))).id()).isEqualTo("user:ana-1");
        String unknown = Issuer.signed(claims().build(), Issuer.OTHER_RSA, JWSAlgorithm.RS256);
        for (int i = 0; i < 2; i++) {
            ProblemException told = refused(unknown);
            assertThat(told.problem().status()).isEqualTo(503);
            assertThat(told.problem().slug()).isEqualTo("issuer-unreachable");
            assertThat(told.problem().detail()).contains(issuer.address());
            assertThat(told.headers()).containsKey("Retry-After");
        }

        issuer.published = List.of(Issuer.RSA, Issuer.OTHER_RSA);
        issuer.up();
        clock.pass(Duration.ofSeconds(6));
        assertThat(known(unknown).id()).isEqualTo("user:ana-1");
    }

    @Test
    void keys_may_be_elsewhere_than_the_issuer_says() {
        tokens = tokens(new OidcTokens.Settings(issuer.address(), "fjord", issuer.address() + "/certs"));
        assertThat(known(rs256(claims())).id()).isEqualTo("user:ana-1");

        tokens = tokens(new OidcTokens.Settings(issuer.address(), "other", ""));
        isRefused(rs256(claims()), "The token is for another audience");
    }

    @Test
    void who_is_suspended_has_no_use_for_a_token() {
        String token = rs256(claims());
        assertThat(known(token).id()).isEqualTo("user:ana-1");
        suspended.add("user:ana-1");
        isRefused(token, "Who the token belongs to is suspended or archived");
    }

    // Personal ones

    private static final Address CLUSTER = new Address("default", "cluster", "etl");

    private String personal(List<String> cidrs, Instant until, boolean isSuspended) {
        String token = PersonalTokens.PREFIX + "abc";
        personal.put(
                Ids.sha256(token.getBytes(StandardCharsets.UTF_8)),
                new PersonalToken(
                        new Address("platform", "token", "t1"),
                        "user:ana-1",
                        (action, resource) -> action.equals("cluster:read"),
                        cidrs,
                        until,
                        isSuspended));
        return token;
    }

    @Test
    void a_personal_token_is_for_what_it_says() {
        String token = personal(List.of(), null, false);
        Actor ana = known(token);

        assertThat(ana.id()).isEqualTo("user:ana-1");
        assertThat(ana.token()).isEqualTo("t1");
        assertThat(ana.limits().cover("cluster:read", CLUSTER)).isTrue();
        assertThat(ana.limits().cover("cluster:delete", CLUSTER)).isFalse();
        assertThat(ana.limits().coverAll()).isFalse();

        personal(List.of(), null, true);
        assertThat(ana.limits().cover("cluster:read", CLUSTER))
                .as("what goes on for long ends with the token")
                .isFalse();
    }

    @Test
    void a_personal_token_ends() {
        String token = personal(List.of(), clock.instant().plusSeconds(60), false);
        assertThat(known(token).id()).isEqualTo("user:ana-1");
        clock.pass(Duration.ofSeconds(60));
        isRefused(token, "The token has expired");

        personal(List.of(), null, true);
        isRefused(token, "The token is suspended");
        personal.clear();
        isRefused(token, "The token was revoked, or never was");

        personal(List.of(), null, false);
        suspended.add("user:ana-1");
        isRefused(token, "Who the token belongs to is suspended or archived");
    }

    @Test
    void a_personal_token_is_for_where_it_says() {
        String token = personal(List.of("10.1.0.0/16", "2001:db8::/32"), null, false);
        assertThat(known(token).id()).isEqualTo("user:ana-1");
        assertThat(Web.await(tokens.authenticate(token, "2001:db8::7")).id()).isEqualTo("user:ana-1");
        assertThat(Web.await(tokens.authenticate(token, null)).id())
                .as("behind the door it was checked already")
                .isEqualTo("user:ana-1");

        for (String elsewhere : List.of("10.2.0.1", "127.0.0.1", "2001:db9::1", "")) {
            assertThatThrownBy(() -> Web.await(tokens.authenticate(token, elsewhere)))
                    .isInstanceOfSatisfying(ProblemException.class, told -> {
                        assertThat(told.problem().status()).isEqualTo(401);
                        assertThat(told.problem().detail()).startsWith("The token may not be used from this address");
                    });
        }
    }

    @Test
    void without_an_identity_provider_its_tokens_are_refused() {
        BearerTokens alone = new BearerTokens(
                new OperatorToken(home.resolve("token")), hash -> Optional.empty(), null, actor -> true, null);
        assertThatThrownBy(() -> Web.await(alone.authenticate("a.b.c", null)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        told -> assertThat(told.problem().detail())
                                .startsWith("The token is of an identity provider, and none is set up here"));
    }
}

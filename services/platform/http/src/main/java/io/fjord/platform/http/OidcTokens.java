package io.fjord.platform.http;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.fjord.kernel.Ids;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Knows callers by the access tokens of one OpenID Connect issuer (RFC 9068 and what Keycloak makes), checked here with the
 * issuer's published keys: the issuer is not asked about a token.
 */
public final class OidcTokens {

    private static final Duration SKEW = Duration.ofSeconds(30);
    private static final int REMEMBERED = 10_000;
    private static final int LONGEST = 12 * 1024;
    private static final String SERVICE_ACCOUNT = "service-account-";

    /** What can stand in an actor's id. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@+=:-]{1,200}");

    /** The operator is known by another token; an identity provider cannot make one. */
    private static final Set<String> RESERVED = Set.of("operator");

    /** Signed with a private key, each: no HMAC, and not unsigned. */
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    /**
     * @param issuer as it stands in the tokens, letter by letter
     * @param audience one of those the token must be for
     * @param keysAddress where the keys are; empty to ask the issuer's discovery document
     * @param idClaim tells who a user is, for those the issuer knows under an id of its own; empty where that is always
     *     {@code sub}. Only for an issuer whose users cannot write it
     */
    public record Settings(String issuer, String audience, String keysAddress, String idClaim) {
        public Settings(String issuer, String audience, String keysAddress) {
            this(issuer, audience, keysAddress, "");
        }
    }

    private final Settings settings;
    private final IssuerKeys keys;
    private final Clock clock;
    private final DefaultJWSVerifierFactory verifiers = new DefaultJWSVerifierFactory();

    /** Tokens found right, by their hash; the tokens themselves are kept nowhere. */
    private final Map<String, Known> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > REMEMBERED;
        }
    };

    private record Known(Actor actor, Instant until, String key) {}

    public OidcTokens(Vertx vertx, Settings settings) {
        this(vertx, settings, Clock.systemUTC());
    }

    OidcTokens(Vertx vertx, Settings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.keys = new IssuerKeys(vertx, settings, clock);
    }

    /** Whether it looks like one. */
    static boolean isOne(String token) {
        int first = token.indexOf('.');
        return first > 0 && token.indexOf('.', first + 1) > first;
    }

    /** Fails with a {@link ProblemException}: 401 for a token that is not right, 503 where that cannot be found out. */
    public Future<Actor> actor(String token) {
        String hash = Ids.sha256(token.getBytes(StandardCharsets.UTF_8));
        Actor remembered = remembered(hash);
        if (remembered != null) {
            return Future.succeededFuture(remembered);
        }
        SignedJWT jwt;
        JWTClaimsSet claims;
        try {
            jwt = signed(token);
            claims = claims(jwt);
            checkClaims(claims);
        } catch (ProblemException refused) {
            return Future.failedFuture(refused);
        }
        return keys.of(jwt.getHeader()).map(found -> {
            JWK key = verifiedBy(jwt, found);
            Actor actor = actor(claims, settings.idClaim());
            Instant until = claims.getExpirationTime().toInstant();
            synchronized (known) {
                known.put(hash, new Known(actor, until, IssuerKeys.fingerprint(key)));
            }
            return actor;
        });
    }

    private @Nullable Actor remembered(String hash) {
        synchronized (known) {
            Known one = known.get(hash);
            if (one == null) {
                return null;
            }
            // A key that the issuer has taken back takes its tokens with it.
            if (clock.instant().isAfter(one.until().plus(SKEW)) || !keys.has(one.key())) {
                known.remove(hash);
                return null;
            }
            return one.actor();
        }
    }

    private static SignedJWT signed(String token) {
        if (token.length() > LONGEST) {
            throw unreadable();
        }
        JWT jwt;
        try {
            jwt = JWTParser.parse(token);
        } catch (ParseException e) {
            throw unreadable();
        }
        if (jwt instanceof PlainJWT) {
            throw HttpProblems.tokenRefused(
                    "The token is not signed (alg is none)", "Only tokens signed by the issuer are taken");
        }
        if (!(jwt instanceof SignedJWT signed)) {
            throw HttpProblems.tokenRefused("The token is encrypted", "Send one that is signed");
        }
        if (!ALGORITHMS.contains(signed.getHeader().getAlgorithm())) {
            throw HttpProblems.tokenRefused(
                    "The token is signed with "
                            + signed.getHeader().getAlgorithm().getName().replaceAll("[^A-Za-z0-9]", "?"),
                    "Taken are RS256, PS256, ES256 and their longer kin");
        }
        return signed;
    }

    private static ProblemException unreadable() {
        return HttpProblems.tokenRefused("The token cannot be read", "Log in again: 'fjord login'");
    }

    private static JWTClaimsSet claims(SignedJWT jwt) {
        try {
            JWTClaimsSet claims = jwt.getJWTClaimsSet();
            if (claims != null) {
                return claims;
            }
        } catch (ParseException e) {
            // told below
        }
        throw unreadable();
    }

    /** Before the signature, so that nobody is asked for the key of a token that would not be taken anyway. */
    private void checkClaims(JWTClaimsSet claims) {
        Instant now = clock.instant();
        if (!settings.issuer().equals(claims.getIssuer())) {
            throw HttpProblems.tokenRefused(
                    "The token is of another issuer", "Log in at " + settings.issuer() + ": 'fjord login'");
        }
        if (!claims.getAudience().contains(settings.audience())) {
            throw HttpProblems.tokenRefused(
                    "The token is for another audience",
                    "Ask for one whose aud has '" + settings.audience() + "'; the client at the issuer must put it in");
        }
        if (claims.getExpirationTime() == null) {
            throw HttpProblems.tokenRefused("The token has no end (exp)", "Only tokens with an end are taken");
        }
        if (now.isAfter(claims.getExpirationTime().toInstant().plus(SKEW))) {
            throw HttpProblems.tokenRefused("The token has expired", "Log in again: 'fjord login'");
        }
        if (claims.getNotBeforeTime() != null
                && now.isBefore(claims.getNotBeforeTime().toInstant().minus(SKEW))) {
            throw HttpProblems.tokenRefused(
                    "The token is not valid yet", "Compare the clocks of the issuer and of Fjord");
        }
    }

    private JWK verifiedBy(SignedJWT jwt, List<JWK> found) {
        if (found.isEmpty()) {
            throw HttpProblems.tokenRefused(
                    "The token is signed with a key its issuer does not have", "Log in again: 'fjord login'");
        }
        for (JWK key : found) {
            try {
                JWSVerifier verifier =
                        verifiers.createJWSVerifier(jwt.getHeader(), ((AsymmetricJWK) key).toPublicKey());
                if (jwt.verify(verifier)) {
                    return key;
                }
            } catch (JOSEException | ClassCastException e) {
                // A key of another kind is not the one.
            }
        }
        throw HttpProblems.tokenRefused("The signature of the token is wrong", "Log in again: 'fjord login'");
    }

    // Who it is

    private static Actor actor(JWTClaimsSet claims, String idClaim) {
        Optional<String> client = text(claims, "client_id").or(() -> text(claims, "clientId"));
        Optional<String> username = text(claims, "preferred_username");
        String subject = claims.getSubject();
        String user = (idClaim.isEmpty() ? Optional.<String>empty() : text(claims, idClaim)).orElse(subject);
        boolean program = client.isPresent()
                && (client.get().equals(subject)
                        || username.equals(
                                Optional.of(SERVICE_ACCOUNT + client.get().toLowerCase(Locale.ROOT))));
        String name = program ? client.get() : user;
        if (name == null || !NAME.matcher(name).matches() || RESERVED.contains(name)) {
            throw HttpProblems.tokenRefused(
                    "The token does not say whose it is", "Its sub must be an id that Fjord can take");
        }
        return new Actor(
                (program ? "service-account:" : "user:") + name,
                text(claims, "name").or(() -> username).orElse(null),
                texts(claims.getClaim("groups")),
                roles(claims),
                text(claims, "scope")
                        .map(scope -> Set.of(scope.trim().split(" +")))
                        .orElse(Set.of()),
                null);
    }

    private static Set<String> roles(JWTClaimsSet claims) {
        Set<String> roles = new TreeSet<>(texts(claims.getClaim("roles")));
        if (claims.getClaim("realm_access") instanceof Map<?, ?> realm) {
            roles.addAll(texts(realm.get("roles")));
        }
        return roles;
    }

    private static Optional<String> text(JWTClaimsSet claims, String name) {
        return claims.getClaim(name) instanceof String text && !text.isBlank() ? Optional.of(text) : Optional.empty();
    }

    private static Set<String> texts(@Nullable Object claim) {
        Set<String> texts = new TreeSet<>();
        if (claim instanceof Collection<?> all) {
            all.forEach(one -> {
                if (one instanceof String text) {
                    texts.add(text);
                }
            });
        }
        return texts;
    }
}

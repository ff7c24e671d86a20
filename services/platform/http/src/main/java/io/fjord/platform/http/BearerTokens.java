package io.fjord.platform.http;

import io.fjord.contract.Address;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.PersonalTokens.PersonalToken;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls by the token they bear (RFC 6750): the operator's, a driver's or a pipeline's, a personal one, or one of the identity provider. A token
 * that is right does not help an actor who was suspended or archived.
 */
public final class BearerTokens implements Authenticator {

    private static final String BEARER = "bearer ";
    private static final String LOG_IN = "Log in: 'fjord login'; or use a personal access token";
    private static final String MAKE_ANOTHER = "Make another: 'POST /api/v1/tokens'";

    private final OperatorToken operator;
    private final DriverTokens drivers;
    private final PipelineTokens pipelines;
    private final PersonalTokens personal;
    private final @Nullable OidcTokens issuer;
    private final Predicate<String> active;
    private final @Nullable ClientAddress door;
    private final Clock clock;

    /**
     * @param issuer null where there is no identity provider
     * @param active whether nobody has suspended or archived that actor
     * @param door tells where callers come from, at the one door, where that is checked; null behind it
     */
    public BearerTokens(
            OperatorToken operator,
            PersonalTokens personal,
            @Nullable OidcTokens issuer,
            Predicate<String> active,
            @Nullable ClientAddress door) {
        this(operator, personal, issuer, active, door, Clock.systemUTC());
    }

    BearerTokens(
            OperatorToken operator,
            PersonalTokens personal,
            @Nullable OidcTokens issuer,
            Predicate<String> active,
            @Nullable ClientAddress door,
            Clock clock) {
        this.operator = operator;
        this.drivers = operator.drivers();
        this.pipelines = operator.pipelines();
        this.personal = personal;
        this.issuer = issuer;
        this.active = active;
        this.door = door;
        this.clock = clock;
    }

    @Override
    public Future<Actor> authenticate(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null) {
            return Future.failedFuture(HttpProblems.notAuthenticated("This needs a token"));
        }
        if (!header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Future.failedFuture(HttpProblems.notAuthenticated("Only bearer tokens are taken"));
        }
        String token = header.substring(BEARER.length()).trim();
        if (token.startsWith(DriverTokens.PREFIX)) {
            return drivers.actor(token, request.method(), request.path())
                    .map(Future::succeededFuture)
                    .orElseGet(() -> refused(
                            "That is no token of a driver's, or not for this",
                            "A driver tells lineage: 'POST /api/v1/lineage'"));
        }
        if (token.startsWith(PipelineTokens.PREFIX)) {
            return pipelines
                    .actor(token, request.path())
                    .map(actor -> Future.succeededFuture(actor).map(this::activeOrRefused))
                    .orElseGet(() -> refused(
                            "That is no token of a pipeline's, or not for this",
                            "A pipeline writes tables, by the catalog"));
        }
        return authenticate(token, door == null ? null : door.of(request));
    }

    /**
     * For doors that are not HTTP.
     *
     * @param from the caller's address in digits; null where it was checked before
     */
    public Future<Actor> authenticate(String token, @Nullable String from) {
        if (operator.is(token)) {
            return OperatorToken.OPERATOR;
        }
        Future<Actor> actor;
        if (token.startsWith(PersonalTokens.PREFIX)) {
            actor = Future.succeededFuture(token).compose(shown -> personal(shown, from));
        } else if (issuer != null && OidcTokens.isOne(token)) {
            actor = issuer.actor(token);
        } else {
            actor = Future.failedFuture(HttpProblems.tokenRefused(
                    OidcTokens.isOne(token)
                            ? "The token is of an identity provider, and none is set up here"
                            : "The token is not known here",
                    LOG_IN));
        }
        return actor.map(this::activeOrRefused);
    }

    private Actor activeOrRefused(Actor actor) {
        if (!active.test(actor.id())) {
            throw HttpProblems.tokenRefused(
                    "Who the token belongs to is suspended or archived", "An owner of the platform can tell why");
        }
        return actor;
    }

    private Future<Actor> personal(String token, @Nullable String from) {
        String hash = Ids.sha256(token.getBytes(StandardCharsets.UTF_8));
        Optional<PersonalToken> found = personal.find(hash);
        if (found.isEmpty()) {
            return refused("The token was revoked, or never was", MAKE_ANOTHER);
        }
        PersonalToken there = found.get();
        if (isOver(there)) {
            return refused("The token has expired", MAKE_ANOTHER);
        }
        if (there.suspended()) {
            return refused(
                    "The token is suspended",
                    "Its owner can resume it: 'POST /api/v1/tokens/"
                            + there.address().name() + "/resume'");
        }
        if (from != null && !ClientAddress.isWithin(there.cidrs(), from)) {
            return refused(
                    "The token may not be used from this address",
                    "You come from " + from + "; use it where it is for, or make another");
        }
        return Future.succeededFuture(
                new Actor(there.owner()).bearing(there.address().name()).limitedTo(new LimitsNow(hash)));
    }

    /** Those of a personal token, looked up anew each time they are asked, so that what goes on for long ends with the token. */
    private final class LimitsNow implements Actor.Limits {
        private final String hash;

        LimitsNow(String hash) {
            this.hash = hash;
        }

        @Override
        public boolean cover(String action, Address resource) {
            return now().filter(limits -> limits.cover(action, resource)).isPresent();
        }

        @Override
        public boolean coverAll() {
            return now().filter(Actor.Limits::coverAll).isPresent();
        }

        private Optional<Actor.Limits> now() {
            return personal.find(hash)
                    .filter(token -> !token.suspended() && !isOver(token))
                    .map(PersonalToken::limits);
        }
    }

    private boolean isOver(PersonalToken token) {
        return token.expiresAt() != null && !clock.instant().isBefore(token.expiresAt());
    }

    private static Future<Actor> refused(String why, String whatToDo) {
        return Future.failedFuture(HttpProblems.tokenRefused(why, whatToDo));
    }
}

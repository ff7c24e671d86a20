package io.fjord.launcher;

import io.fjord.contract.Address;
import io.fjord.kernel.Denials;
import io.fjord.kernel.Guard;
import io.fjord.kernel.SecondOpinion;
import io.fjord.platform.access.AccessView;
import io.fjord.platform.access.CommandGuard;
import io.fjord.platform.access.TokenGuard;
import io.fjord.platform.http.Actor;
import io.fjord.platform.http.BearerTokens;
import io.fjord.platform.http.ClientAddress;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.OidcTokens;
import io.fjord.platform.http.OperatorToken;
import io.fjord.platform.http.PersonalTokens;
import io.fjord.platform.http.PersonalTokens.PersonalToken;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who comes in, and what they may: the same for all services of a process, out of one view of grants and policies. */
final class Entrance {

    private final AccessView access;
    private final Denials denials;
    private final @Nullable SecondOpinion opinion;
    private final OperatorToken operator;
    private final @Nullable OidcTokens issuer;
    private final List<String> proxies;
    private final Supplier<TokenUseReports> reports;

    /** @param opinion decides, too, what is read; null where nobody does */
    Entrance(
            Vertx vertx,
            ControlPlaneSettings settings,
            AccessView access,
            Denials denials,
            @Nullable SecondOpinion opinion) {
        this.access = access;
        this.opinion = opinion;
        this.denials = denials;
        this.operator = new OperatorToken(settings.tokenFile());
        this.issuer = settings.oidcIssuer().isBlank()
                ? null
                : new OidcTokens(
                        vertx,
                        new OidcTokens.Settings(
                                settings.oidcIssuer(),
                                settings.oidcAudience(),
                                settings.oidcKeys(),
                                // Whom iam made known to our Keycloak, it knows under an id of its own.
                                settings.keycloak().isBlank() ? "" : "fjord_id"));
        this.proxies = settings.trustedProxies();
        this.reports = () -> new TokenUseReports(vertx, settings.gateway(), settings::token, Clock.systemUTC()).start();
    }

    /** Of the gateway, the one door: where callers come from is looked at here. */
    Doorkeeper door() {
        ClientAddress addresses = ClientAddress.behind(proxies, operator.addressSeal());
        TokenUseReports used = reports.get();
        PersonalTokens noticed = hash -> {
            Optional<PersonalToken> found = personal(hash);
            found.ifPresent(token -> used.used(token.address().name()));
            return found;
        };
        return new Doorkeeper(tokens(noticed, addresses), access, denials, addresses);
    }

    /** Of the services behind it, which listen to it alone. */
    Doorkeeper services() {
        return new Doorkeeper(
                tokens(this::personal, null),
                access,
                denials,
                ClientAddress.behindGateway(proxies, operator.addressSeal()),
                opinion);
    }

    /** Before commands are decided. */
    List<Guard> guards() {
        return List.of(
                new TokenGuard(access::tokenAt, ClientAddress::isWithin, access::caughtUp, denials, Clock.systemUTC()),
                new CommandGuard(access, access::caughtUp, denials));
    }

    private BearerTokens tokens(PersonalTokens personal, @Nullable ClientAddress door) {
        return new BearerTokens(operator, personal, issuer, this::isActive, door);
    }

    private Optional<PersonalToken> personal(String hash) {
        demandKnown();
        return access.token(hash)
                .map(token -> new PersonalToken(
                        token.address(),
                        token.owner(),
                        new TokenLimits(token),
                        token.cidrs(),
                        token.expiresAt(),
                        token.suspended()));
    }

    private record TokenLimits(io.fjord.platform.access.PersonalToken token) implements Actor.Limits {

        @Override
        public boolean cover(String action, Address resource) {
            return token.covers(action, resource);
        }

        @Override
        public boolean coverAll() {
            return token.coversAll();
        }
    }

    private boolean isActive(String actor) {
        demandKnown();
        return access.isActive(actor);
    }

    /** Who was suspended is not known before the events are read; the operator is not asked about. */
    private void demandKnown() {
        if (!access.isCaughtUp()) {
            throw HttpProblems.serviceUnavailable("iam");
        }
    }
}

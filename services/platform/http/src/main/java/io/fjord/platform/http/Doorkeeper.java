package io.fjord.platform.http;

import io.fjord.contract.Origin;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.Denials;
import io.fjord.kernel.Ids;
import io.fjord.kernel.SecondOpinion;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stands at the door of a service: finds out who calls, whether they may, and tells of those who may not.
 *
 * @param access asked for every operation whose {@code x-fjord-action} is an action
 * @param addresses tells where a request comes from
 * @param opinion decides, too, what is read; null where nobody does
 */
public record Doorkeeper(
        Authenticator authenticator,
        Access access,
        Denials denials,
        ClientAddress addresses,
        @Nullable SecondOpinion opinion)
        implements Authenticator {

    /** What somebody wants data for; conditions may look at it. */
    public static final String PURPOSE = "Fjord-Purpose";

    public Doorkeeper(Authenticator authenticator, Access access, Denials denials, ClientAddress addresses) {
        this(authenticator, access, denials, addresses, null);
    }

    private static final String OPERATOR = "user:operator";
    private static final String SERVICE = "service:";

    /** Who is part of the platform is not asked about elsewhere: what asks there could not be reached without it. */
    @Nullable
    SecondOpinion opinionOf(Actor actor) {
        return isOurs(actor.id()) ? null : opinion;
    }

    private static boolean isOurs(String actor) {
        return actor.equals(OPERATOR) || actor.startsWith(SERVICE);
    }

    /** Where nothing is known of grants and policies: the operator and Fjord's own services come in, nobody else. */
    public static Doorkeeper withoutPolicies(Authenticator authenticator) {
        return new Doorkeeper(
                authenticator,
                request -> {
                    boolean ours = isOurs(request.actor());
                    return new AccessDecision(
                            ours,
                            ours ? request.actor() + " is part of the platform" : "no grants are known here",
                            List.of(),
                            "");
                },
                (request, decision) -> Ids.next(),
                ClientAddress.behind(List.of()));
    }

    @Override
    public Future<Actor> authenticate(HttpServerRequest request) {
        return authenticator.authenticate(request);
    }

    @Override
    public Doorkeeper doorkeeper() {
        return this;
    }

    /**
     * Whether an actor enters an operation, as its document says; what the handler asks beside is not looked at.
     *
     * @param parameter of the path or the query, by name
     */
    public boolean lets(Actor actor, Document.Route route, Function<String, Optional<String>> parameter) {
        try {
            new Entry(route).check(new Permissions(this, actor, Map.of()), parameter);
            return true;
        } catch (ProblemException refused) {
            return false;
        }
    }

    /**
     * What conditions may look at of a request.
     *
     * @throws ProblemException 400 for a purpose too long to be kept
     */
    Map<String, Object> context(HttpServerRequest request) {
        Map<String, Object> context = new HashMap<>();
        context.put("address", addresses.of(request));
        String purpose = request.getHeader(PURPOSE);
        if (purpose != null && !purpose.isBlank()) {
            String bare = purpose.strip();
            if (bare.length() > Origin.LONGEST_PURPOSE || bare.chars().anyMatch(Character::isISOControl)) {
                throw HttpProblems.invalidRequest(
                        PURPOSE, "must have at most " + Origin.LONGEST_PURPOSE + " characters, on one line");
            }
            context.put("purpose", bare);
        }
        return context;
    }
}

package io.fjord.webhooks.subscription;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.webhooks.subscription.SubscriptionTerms;
import io.fjord.platform.access.cel.BadCondition;
import io.fjord.platform.access.cel.Conditions;
import io.fjord.platform.access.cel.Transformations;
import io.fjord.webhooks.egress.Destinations;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Every no a command about subscriptions can meet. */
public final class SubscriptionProblems {

    private static final Conditions FILTERS = Conditions.ofEvents();
    private static final Transformations TRANSFORMATIONS = Transformations.ofEvents();
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]{0,1000}");
    private static final int MOST_HEADERS = 20;

    /** What the connection, the specification or Fjord itself says in them, and what would be a secret. */
    private static final Set<String> RESERVED = Set.of(
            // Terms are in the journal for all who may read subscriptions: no place for credentials. Signatures prove
            // who calls.
            "authorization",
            "cookie",
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "user-agent",
            "webhook-id",
            "webhook-signature",
            "webhook-timestamp");

    private final Destinations destinations;

    SubscriptionProblems(Destinations destinations) {
        this.destinations = destinations;
    }

    static Problem alreadyExists(Address subscription) {
        return Problem.of(
                "subscription-already-exists",
                409,
                "Subscription already exists",
                "There is a subscription called '" + subscription.name() + "' in domain '" + subscription.domain()
                        + "' already. Choose another name, or change that one.");
    }

    public static Problem notFound(Address subscription) {
        return Problem.of(
                "subscription-not-found",
                404,
                "No such subscription",
                "There is no subscription called '" + subscription.name() + "' in domain '" + subscription.domain()
                        + "'. List them at /api/v1/subscriptions?domain=" + subscription.domain() + ".");
    }

    static Problem disabled(Address subscription) {
        return Problem.of(
                "subscription-disabled",
                409,
                "The subscription is disabled",
                "Nothing is sent for '" + subscription.name()
                        + "' at the moment. Resume it first: POST /api/v1/subscriptions/" + subscription.name()
                        + "/resume.");
    }

    public static Problem noDelivery(Address subscription, String id) {
        return Problem.of(
                "delivery-not-found",
                404,
                "No such delivery",
                "'" + subscription.name() + "' has no delivery " + id + ". List them at /api/v1/subscriptions/"
                        + subscription.name() + "/deliveries.");
    }

    static Problem refused(String why) {
        return Problem.of(
                "destination-refused",
                422,
                "Nothing may be sent there",
                why
                        + ". Name an endpoint on the internet; where a private network is meant, whoever runs Fjord allows it"
                        + " (FJORD_WEBHOOKS_NETWORKS).");
    }

    /** What is wrong with what somebody subscribes to, all at once. */
    public Optional<Problem> of(SubscriptionTerms terms) {
        List<Fault> faults = new ArrayList<>();
        destinations.fault(terms.url()).ifPresent(fault -> faults.add(new Fault("/url", fault)));
        if (terms.eventTypes().isEmpty()) {
            faults.add(new Fault("/eventTypes", "must name at least one type, or *"));
        }
        for (int i = 0; i < terms.eventTypes().size(); i++) {
            if (!terms.eventTypes().get(i).matches(EventTypes.PATTERN)) {
                faults.add(new Fault(
                        "/eventTypes/" + i, "must be a type, or a beginning with a star: fjord.core.cluster.*"));
            }
        }
        expression("/filter", terms.filter(), FILTERS::compile, faults);
        expression("/transformation", terms.transformation(), TRANSFORMATIONS::compile, faults);
        headers(terms.headers(), faults);
        return told(faults);
    }

    static Optional<Problem> ofReplay(Map<String, Position> from, @Nullable Instant since, @Nullable String filter) {
        List<Fault> faults = new ArrayList<>();
        if (from.isEmpty() && since == null) {
            faults.add(new Fault("", "must say from where: 'from' (positions) or 'since' (a time)"));
        }
        expression("/filter", filter, FILTERS::compile, faults);
        return told(faults);
    }

    private interface Compiler {
        Object compile(String expression);
    }

    private static void expression(String pointer, @Nullable String expression, Compiler compiler, List<Fault> faults) {
        if (expression != null) {
            try {
                Object unused = compiler.compile(expression);
            } catch (BadCondition e) {
                faults.add(new Fault(pointer, e.told()));
            }
        }
    }

    private static void headers(Map<String, String> headers, List<Fault> faults) {
        if (headers.size() > MOST_HEADERS) {
            faults.add(new Fault("/headers", "must be " + MOST_HEADERS + " at most"));
        }
        headers.forEach((name, value) -> {
            if (!HEADER.matcher(name).matches() || RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
                faults.add(new Fault("/headers/" + name, "cannot be set"));
            } else if (!HEADER_VALUE.matcher(value).matches()) {
                faults.add(new Fault("/headers/" + name, "must be 1000 printable ASCII characters at most"));
            }
        });
    }

    private static Optional<Problem> told(List<Fault> faults) {
        return faults.isEmpty()
                ? Optional.empty()
                : Optional.of(Problem.of(
                                "subscription-not-right",
                                422,
                                "The subscription is not right",
                                "See errors: each names a place and what is wrong there. Correct it and send it again;"
                                        + " nothing was changed.")
                        .withFaults(faults));
    }
}

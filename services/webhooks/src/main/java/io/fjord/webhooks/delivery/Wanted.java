package io.fjord.webhooks.delivery;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.webhooks.subscription.SubscriptionTerms;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessRequest;
import io.fjord.platform.access.Condition;
import io.fjord.platform.access.cel.CannotBeEvaluated;
import io.fjord.platform.access.cel.Conditions;
import io.fjord.platform.access.cel.Transformations;
import io.fjord.platform.access.cel.Transformations.Transformation;
import io.fjord.webhooks.subscription.EventTypes;
import org.jspecify.annotations.Nullable;

/** Which events somebody wants and may have, and what is sent of them: the terms of a subscription, read once. */
final class Wanted {

    private static final Conditions FILTERS = Conditions.ofEvents();
    private static final Transformations TRANSFORMATIONS = Transformations.ofEvents();

    private final EventTypes types;
    private final @Nullable Condition filter;
    private final @Nullable Transformation transformation;

    Wanted(SubscriptionTerms terms) {
        this.types = new EventTypes(terms.eventTypes());
        this.filter = filter(terms.filter());
        this.transformation = terms.transformation() == null ? null : TRANSFORMATIONS.compile(terms.transformation());
    }

    static @Nullable Condition filter(@Nullable String expression) {
        return expression == null ? null : FILTERS.compile(expression);
    }

    /** By its type alone. */
    boolean concerns(EventEnvelope<?> event) {
        return types.include(event.type());
    }

    boolean passes(Happened happened) {
        return passes(filter, happened);
    }

    /** What a filter cannot be asked of (it has no such field) is not what it looks for. */
    static boolean passes(@Nullable Condition filter, Happened happened) {
        try {
            return filter == null || filter.holds(happened.variables());
        } catch (CannotBeEvaluated e) {
            return false;
        }
    }

    /** Whoever may read a thing may have the events about it, as in its history. */
    static boolean visible(Access access, String owner, Address subject) {
        return access.decide(AccessRequest.of(owner, subject.kind() + ":read", subject))
                .allowed();
    }

    boolean transforms() {
        return transformation != null;
    }

    /** @throws CannotBeEvaluated if the transformation does not fit the event */
    byte[] body(Happened happened) {
        if (transformation == null) {
            return happened.structured();
        }
        Object made = transformation.of(happened.variables());
        return made == null ? "null".getBytes(java.nio.charset.StandardCharsets.UTF_8) : Json.bytes(made);
    }
}

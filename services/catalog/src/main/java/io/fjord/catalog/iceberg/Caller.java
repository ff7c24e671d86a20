package io.fjord.catalog.iceberg;

import io.fjord.contract.Address;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * On whose behalf the catalog acts, as its events tell.
 *
 * @param actor id of the user or service
 * @param correlationId the same for everything one request sets off
 * @param visible of what a list would show, whether this caller sees it
 * @param manages whether a table or view is this caller's to manage
 * @param key under which the request can be repeated; null for none
 */
public record Caller(
        String actor,
        String correlationId,
        @Nullable String traceparent,
        Predicate<Address> visible,
        Predicate<Address> manages,
        @Nullable RequestKey key) {

    /** The service itself. */
    static Caller service(String correlationId) {
        return new Caller("service:catalog", correlationId, null, address -> true, address -> true, null);
    }
}

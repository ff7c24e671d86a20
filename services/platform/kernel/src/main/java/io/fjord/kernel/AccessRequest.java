package io.fjord.kernel;

import io.fjord.contract.Address;
import java.util.Map;

/**
 * May this actor do this to that?
 *
 * @param actor {@code user:…}, {@code service-account:…} or {@code service:…}
 * @param action {@code <kind>:<verb>}, as {@code cluster:create}
 * @param resource what it would be done to; of a collection, the address with the name {@code *}
 * @param context what rules with a condition may look at beside: {@code address} (of the caller), {@code purpose}, {@code tags},
 *     the fields of a command; {@code time} is added by who decides
 */
public record AccessRequest(String actor, String action, Address resource, Map<String, Object> context) {

    public AccessRequest {
        context = Map.copyOf(context);
    }

    public static AccessRequest of(String actor, String action, Address resource) {
        return new AccessRequest(actor, action, resource, Map.of());
    }
}

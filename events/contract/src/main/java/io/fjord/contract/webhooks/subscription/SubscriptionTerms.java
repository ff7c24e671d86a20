package io.fjord.contract.webhooks.subscription;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is sent where, and how.
 *
 * @param url where it is posted to
 * @param eventTypes types of events, whole or a beginning with a star: {@code fjord.core.cluster.*}
 * @param filter a CEL expression over type, actor, resource, event and data that must be true; null for all of these types
 * @param transformation a CEL expression over the same that makes the body; null for the event as a structured CloudEvent
 * @param headers sent beside those of the specification
 * @param ordered whether events about one thing are sent one after the other, each only when the one before was taken
 */
public record SubscriptionTerms(
        String url,
        List<String> eventTypes,
        @Nullable String filter,
        @Nullable String transformation,
        Map<String, String> headers,
        boolean ordered,
        Signatures signatures,
        @Nullable String description) {

    public SubscriptionTerms {
        eventTypes = List.copyOf(eventTypes);
        headers = Map.copyOf(headers);
    }
}

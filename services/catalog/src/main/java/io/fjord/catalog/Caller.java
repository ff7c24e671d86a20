package io.fjord.catalog;

import org.jspecify.annotations.Nullable;

/**
 * On whose behalf the catalog acts, as its events tell.
 *
 * @param actor id of the user or service
 * @param correlationId the same for everything one request sets off
 */
public record Caller(
        String actor, String correlationId, @Nullable String traceparent) {}

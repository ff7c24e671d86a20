package io.fjord.iam.keycloak;

import io.fjord.contract.EventEnvelope;
import io.vertx.core.Future;

/** Something else that Keycloak is told after an event; a repetition does no harm. */
public interface KeycloakFollower {

    /** Of the subjects whose events it takes. */
    String kind();

    Future<Void> on(EventEnvelope<byte[]> event);
}

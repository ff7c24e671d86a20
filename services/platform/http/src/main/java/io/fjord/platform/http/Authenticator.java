package io.fjord.platform.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;

/** Finds out who calls; {@link BearerTokens} on the platform. */
public interface Authenticator {

    /** Fails with a {@link ProblemException} of status 401 for a caller it does not know; reads the head of the request alone. */
    Future<Actor> authenticate(HttpServerRequest request);

    /** Who decides what those may that it knows; where nobody does, the operator may everything and others nothing. */
    default Doorkeeper doorkeeper() {
        return Doorkeeper.withoutPolicies(this);
    }
}

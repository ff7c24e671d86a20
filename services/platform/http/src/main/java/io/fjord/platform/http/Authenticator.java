package io.fjord.platform.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;

/** Finds out who calls. The place where Keycloak comes in; until then there is {@link OperatorToken}. */
public interface Authenticator {

    /** Fails with a {@link ProblemException} of status 401 for a caller it does not know; reads the head of the request alone. */
    Future<Actor> authenticate(HttpServerRequest request);
}

package io.fjord.kernel;

import io.fjord.contract.Address;
import io.vertx.core.Future;

/** Credentials under a name, for services that need one. */
@FunctionalInterface
public interface Secrets {

    /**
     * What is kept there now.
     *
     * @param secret {@code domain/secret/name}
     * @param actor on whose behalf: they must be allowed {@code secret:use} on it
     * @return fails with the problem if it is not there, may not be used, or cannot be read now (503); never with the value in a
     *     message
     */
    Future<SecretValue> resolve(Address secret, String actor);
}

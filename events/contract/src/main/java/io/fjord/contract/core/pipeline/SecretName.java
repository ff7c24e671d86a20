package io.fjord.contract.core.pipeline;

import io.fjord.contract.Address;

/**
 * Where something is that nobody is to read here.
 *
 * @param secret the name of a secret of the domain, or the whole address of one: {@code sales/secret/orders}
 */
public record SecretName(String secret) {

    /** @throws IllegalArgumentException if it is none */
    public Address in(String domain) {
        return secret.contains("/") ? Address.parse(secret) : new Address(domain, "secret", secret);
    }
}

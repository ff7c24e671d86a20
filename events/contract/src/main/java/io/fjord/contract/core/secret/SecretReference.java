package io.fjord.contract.core.secret;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Where the value of a secret lies that is kept elsewhere: one of the two. The value itself is in no message. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SecretReference(
        @Nullable Vault vault, @Nullable Kubernetes kubernetes) {

    /**
     * A field of a secret in HashiCorp Vault or OpenBao (KV version 2).
     *
     * @param mount of the secrets engine: {@code secret}
     * @param version null for the newest
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Vault(
            String mount, String path, String key, @Nullable Integer version) {}

    /** A field of a Kubernetes secret. */
    public record Kubernetes(String namespace, String name, String key) {}
}

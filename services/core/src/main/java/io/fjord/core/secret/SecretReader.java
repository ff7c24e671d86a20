package io.fjord.core.secret;

import io.fjord.contract.core.secret.SecretReference;
import io.fjord.kernel.SecretValue;
import io.fjord.platform.http.HttpProblems;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Reads values that are kept elsewhere, in the stores this platform is told of. */
public final class SecretReader {

    private final @Nullable HashiCorpVault vault;
    private final @Nullable KubernetesSecrets kubernetes;

    public SecretReader(Vertx vertx, SecretStores stores) {
        this.vault = stores.vault() == null ? null : new HashiCorpVault(vertx, stores.vault());
        this.kubernetes = stores.kubernetes() == null ? null : new KubernetesSecrets(vertx, stores.kubernetes());
    }

    /** @param domain whose secret refers there */
    Future<SecretValue> read(String domain, SecretReference reference) {
        if (reference.vault() != null && reference.kubernetes() != null) {
            return Future.failedFuture(
                    HttpProblems.invalidRequest("/reference", "must name either vault or kubernetes, not both"));
        }
        if (reference.vault() != null) {
            if (vault == null) {
                return Future.failedFuture(SecretProblems.storeNotConfigured("Vault", "FJORD_VAULT_ADDR"));
            }
            return vault.belongsTo(domain, reference.vault())
                    ? vault.read(reference.vault())
                    : Future.failedFuture(HttpProblems.invalidRequest(
                            "/reference/vault/path",
                            "must begin with '" + vault.prefix(domain)
                                    + "': what else there is, is not for this domain"));
        }
        if (reference.kubernetes() != null) {
            return kubernetes == null
                    ? Future.failedFuture(SecretProblems.storeNotConfigured("Kubernetes", "FJORD_KUBERNETES_API"))
                    : kubernetes.read(domain, reference.kubernetes());
        }
        return Future.failedFuture(HttpProblems.invalidRequest("/reference", "must name vault or kubernetes"));
    }

    public Future<Void> close() {
        if (vault != null) {
            vault.close();
        }
        if (kubernetes != null) {
            kubernetes.close();
        }
        return Future.succeededFuture();
    }
}

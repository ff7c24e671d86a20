package io.fjord.core.secret;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where values may lie that are kept elsewhere.
 *
 * @param vault null where there is none
 * @param kubernetes null where there is none
 */
public record SecretStores(
        @Nullable VaultSettings vault, @Nullable KubernetesSettings kubernetes) {

    public static final SecretStores NONE = new SecretStores(null, null);

    private static final String SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

    /** How we prove who we are. */
    public enum Login {
        TOKEN,
        APPROLE,
        KUBERNETES
    }

    /**
     * HashiCorp Vault or OpenBao.
     *
     * @param address {@code https://vault.example.org:8200}
     * @param namespace of Vault Enterprise, or blank
     * @param login by which method
     * @param mount of that method: {@code approle}
     * @param role of Kubernetes, or the role id of AppRole; blank with a token
     * @param proof file with the token, the secret id or the service account's token; read anew at each login
     * @param authorities file with the certificates (PEM) its own is checked against; null for those Java knows
     * @param prefix what the path of a reference begins with, {@code {domain}} standing for the secret's domain: so that nobody
     *     refers to what is another domain's; blank for no such rule
     */
    public record VaultSettings(
            URI address,
            String namespace,
            Login login,
            String mount,
            String role,
            Path proof,
            @Nullable Path authorities,
            String prefix) {}

    /**
     * The Kubernetes API, as our service account reaches it.
     *
     * @param token file with the service account's token, which is renewed from time to time
     * @param authorities file with the certificates (PEM) its own is checked against; null for those Java knows
     */
    public record KubernetesSettings(
            URI address, Path token, @Nullable Path authorities) {}

    /** What the environment says; what is wrong with it is added to the faults. */
    public static SecretStores of(Map<String, String> environment, List<String> faults) {
        return new SecretStores(vault(environment, faults), kubernetes(environment, faults));
    }

    private static @Nullable VaultSettings vault(Map<String, String> environment, List<String> faults) {
        URI address = address("FJORD_VAULT_ADDR", environment, faults);
        if (address == null) {
            return null;
        }
        String named = environment.getOrDefault("FJORD_VAULT_AUTH", "token");
        Login login = switch (named) {
            case "token" -> Login.TOKEN;
            case "approle" -> Login.APPROLE;
            case "kubernetes" -> Login.KUBERNETES;
            default -> {
                faults.add("FJORD_VAULT_AUTH must be token, approle or kubernetes, not '" + named + "'");
                yield Login.TOKEN;
            }
        };
        Path proof = switch (login) {
            case TOKEN -> file("FJORD_VAULT_TOKEN_FILE", "", "the token for Vault", environment, faults);
            case APPROLE -> file("FJORD_VAULT_SECRET_ID_FILE", "", "the secret id", environment, faults);
            case KUBERNETES ->
                file(
                        "FJORD_VAULT_JWT_FILE",
                        SERVICE_ACCOUNT + "/token",
                        "the service account's token",
                        environment,
                        faults);
        };
        String role = environment.getOrDefault("FJORD_VAULT_ROLE", "");
        if (login != Login.TOKEN && role.isBlank()) {
            faults.add("FJORD_VAULT_ROLE is not set: the role" + (login == Login.APPROLE ? " id" : "")
                    + " to log in to Vault with");
        }
        return new VaultSettings(
                address,
                environment.getOrDefault("FJORD_VAULT_NAMESPACE", ""),
                login,
                environment.getOrDefault("FJORD_VAULT_AUTH_MOUNT", named),
                role,
                proof,
                authorities("FJORD_VAULT_CA_FILE", "", environment, faults),
                environment.getOrDefault("FJORD_VAULT_PREFIX", "{domain}/"));
    }

    private static @Nullable KubernetesSettings kubernetes(Map<String, String> environment, List<String> faults) {
        URI address = address("FJORD_KUBERNETES_API", environment, faults);
        String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
        if (address == null && !host.isBlank()) {
            String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT_HTTPS", "443");
            address = URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
        }
        if (address == null) {
            return null;
        }
        if (!environment.containsKey("FJORD_KUBERNETES_TOKEN_FILE")
                && !Files.exists(Path.of(SERVICE_ACCOUNT, "token"))) {
            // A pod that is given no token of its service account is not meant to ask.
            return null;
        }
        return new KubernetesSettings(
                address,
                file(
                        "FJORD_KUBERNETES_TOKEN_FILE",
                        SERVICE_ACCOUNT + "/token",
                        "the service account's token",
                        environment,
                        faults),
                authorities("FJORD_KUBERNETES_CA_FILE", SERVICE_ACCOUNT + "/ca.crt", environment, faults));
    }

    private static @Nullable URI address(String name, Map<String, String> environment, List<String> faults) {
        String text = environment.getOrDefault(name, "").strip();
        if (text.isEmpty()) {
            return null;
        }
        if (!text.matches("https?://[^\\s/?#]+/?")) {
            faults.add(name + " must be an address, https://host:port, not '" + text + "'");
            return null;
        }
        return URI.create(text.replaceAll("/$", ""));
    }

    private static Path file(
            String name, String otherwise, String what, Map<String, String> environment, List<String> faults) {
        String path = environment.getOrDefault(name, otherwise);
        if (path.isBlank() || !Files.isReadable(Path.of(path))) {
            faults.add(name + " must name a file that holds " + what
                    + (path.isBlank() ? "" : "; '" + path + "' cannot be read"));
        }
        return Path.of(path);
    }

    private static @Nullable Path authorities(
            String name, String otherwise, Map<String, String> environment, List<String> faults) {
        String named = environment.get(name);
        if (named == null) {
            return otherwise.isEmpty() || !Files.isReadable(Path.of(otherwise)) ? null : Path.of(otherwise);
        }
        return file(name, "", "certificates (PEM)", environment, faults);
    }
}

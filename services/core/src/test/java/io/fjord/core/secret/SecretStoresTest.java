package io.fjord.core.secret;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.core.secret.SecretStores.Login;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretStoresTest {

    @TempDir
    Path folder;

    private final List<String> faults = new ArrayList<>();

    @Test
    void nothing_said_is_nothing_known() {
        assertThat(SecretStores.of(Map.of(), faults)).isEqualTo(SecretStores.NONE);
        assertThat(faults).isEmpty();
    }

    @Test
    void a_vault_with_a_role_is_understood() throws IOException {
        Path secretId = Files.writeString(folder.resolve("id"), "x");

        SecretStores.VaultSettings vault = Objects.requireNonNull(SecretStores.of(
                        Map.of(
                                "FJORD_VAULT_ADDR", "https://vault:8200/",
                                "FJORD_VAULT_AUTH", "approle",
                                "FJORD_VAULT_ROLE", "fjord",
                                "FJORD_VAULT_SECRET_ID_FILE", secretId.toString()),
                        faults)
                .vault());

        assertThat(faults).isEmpty();
        assertThat(vault.address()).isEqualTo(URI.create("https://vault:8200"));
        assertThat(vault.login()).isEqualTo(Login.APPROLE);
        assertThat(vault.mount()).isEqualTo("approle");
        assertThat(vault.prefix()).isEqualTo("{domain}/");
    }

    @Test
    void all_faults_are_told_at_once() {
        SecretStores.of(
                Map.of(
                        "FJORD_VAULT_ADDR", "https://vault:8200",
                        "FJORD_VAULT_AUTH", "approle",
                        "FJORD_VAULT_CA_FILE", folder.resolve("none").toString(),
                        "FJORD_KUBERNETES_API", "kubernetes"),
                faults);

        assertThat(faults)
                .anyMatch(fault -> fault.startsWith("FJORD_VAULT_ROLE"))
                .anyMatch(fault -> fault.startsWith("FJORD_VAULT_SECRET_ID_FILE"))
                .anyMatch(fault -> fault.startsWith("FJORD_VAULT_CA_FILE"))
                .anyMatch(fault -> fault.startsWith("FJORD_KUBERNETES_API"))
                .hasSize(4);
    }
}

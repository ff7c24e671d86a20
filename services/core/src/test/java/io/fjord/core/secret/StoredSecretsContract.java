package io.fjord.core.secret;

import static io.fjord.core.secret.HashiCorpVaultTest.get;
import static io.fjord.core.secret.HashiCorpVaultTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.core.secret.SecretReference;
import io.fjord.core.secret.SecretStores.KubernetesSettings;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Secrets;
import io.fjord.kernel.Store.Change;
import io.fjord.kernel.Stored;
import io.fjord.kernel.VersionConflict;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.RowStore;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Secrets as rows, and what is handed out of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoredSecretsContract {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final String ANA = "user:ana";

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger reads = new AtomicInteger();
    private Database database;
    private SqlMetastore metastore;
    private Vault vault;
    private RowStore<Secret> store;
    private Listing<Secret> listing;
    private SecretReader elsewhere;
    private Secrets secrets;

    abstract String url();

    @BeforeAll
    void open(@TempDir Path folder) throws IOException {
        database = Database.open(vertx, url(), "core", 4);
        get(database.migrate("core", "db/core"));
        metastore = new SqlMetastore(database, "core");
        vault = new Vault(database, "core", new byte[32]);
        store = new RowStore<>(new SecretTable(vault));
        SecretCapability capability = new SecretCapability(vault);
        MessageTypes types = SecretCapability.messages(new MessageTypes());
        listing = capability.listing(metastore, types);
        HttpServer kubernetes = get(vertx.createHttpServer()
                .requestHandler(request -> {
                    reads.incrementAndGet();
                    request.response()
                            .end("{\"metadata\": {\"labels\": {\"fjord.io/domain\": \"default\"}},"
                                    + " \"data\": {\"password\": \"ZWxzZXdoZXJl\"}}");
                })
                .listen(0, "127.0.0.1"));
        elsewhere = new SecretReader(
                vertx,
                new SecretStores(
                        null,
                        new KubernetesSettings(
                                URI.create("http://127.0.0.1:" + kubernetes.actualPort()),
                                Files.writeString(folder.resolve("token"), "jwt"),
                                null)));
        secrets = capability.secrets(
                metastore,
                types,
                elsewhere,
                request -> new AccessDecision(
                        request.actor().equals(ANA) && request.action().equals("secret:use"), "", List.of(), ""),
                Future::succeededFuture,
                Clock.systemUTC());
    }

    @AfterAll
    void close() {
        get(elsewhere.close());
        get(database.close());
        get(vertx.close());
    }

    @Test
    void a_value_of_the_vault_is_handed_to_who_may_use_it() {
        Address address = address("mine");
        save(null, secret(address, get(vault.put("canary")), null), 1);

        assertThat(get(secrets.resolve(address, ANA)).reveal()).isEqualTo("canary");
        assertThat(refused(secrets.resolve(address, "user:ben")).problem().slug())
                .isEqualTo("secret-use-denied");
        assertThat(refused(secrets.resolve(address("nowhere"), ANA)).problem().slug())
                .isEqualTo("secret-not-found");
    }

    @Test
    void a_value_kept_elsewhere_is_read_there_and_remembered_for_a_moment() {
        Address address = address("theirs");
        SecretReference reference =
                new SecretReference(null, new SecretReference.Kubernetes("lakehouse", "orders", "password"));
        save(null, secret(address, "", reference), 1);
        int before = reads.get();

        assertThat(get(listing.one(address)).value().orElseThrow().state().reference())
                .isEqualTo(reference);
        assertThat(get(secrets.resolve(address, ANA)).reveal()).isEqualTo("elsewhere");
        assertThat(get(secrets.resolve(address, ANA)).reveal()).isEqualTo("elsewhere");
        assertThat(reads.get() - before).isEqualTo(1);
    }

    @Test
    void a_reference_to_a_store_nobody_told_of_is_a_problem_that_says_so() {
        Address address = address("vaulted");
        save(
                null,
                secret(
                        address,
                        "",
                        new SecretReference(
                                new SecretReference.Vault("secret", "default/orders", "password", null), null)),
                1);

        assertThat(refused(secrets.resolve(address, ANA)).problem().slug()).isEqualTo("secret-store-not-configured");
    }

    @Test
    void a_value_that_was_replaced_leaves_the_vault_and_a_deleted_secret_the_list() {
        Address address = address("rotated");
        String first = get(vault.put("first"));
        String second = get(vault.put("second"));
        Stored<Secret> one = save(null, secret(address, first, null), 1);
        Stored<Secret> two = save(one, secret(address, second, null), 2);

        assertThat(get(secrets.resolve(address, ANA)).reveal()).isEqualTo("second");
        Assertions.assertThatThrownBy(() -> get(vault.get(first))).hasCauseInstanceOf(Vault.Missing.class);

        save(two, secret(address, "", null), 3);

        assertThat(get(listing.one(address)).value()).isEmpty();
        assertThat(names()).doesNotContain("rotated");
        Assertions.assertThatThrownBy(() -> get(vault.get(second))).hasCauseInstanceOf(Vault.Missing.class);
    }

    @Test
    void a_batch_of_many_is_saved_at_once_and_one_that_has_moved_stops_it() {
        List<Change<Secret>> fresh = new ArrayList<>();
        List<Address> addresses = IntStream.range(0, 600)
                .mapToObj(i -> new Address("many", "secret", String.format("s%03d", i)))
                .toList();
        SecretReference reference = new SecretReference(null, new SecretReference.Kubernetes("a", "b", "c"));
        addresses.forEach(address -> fresh.add(new Change<>(
                address, new Stored<>(Secret.absent(address), 0), new Stored<>(secret(address, "", reference), 1))));
        get(metastore.transaction(tx -> store.saveAll(tx, fresh)));

        Map<Address, Stored<Secret>> loaded = get(metastore.transaction(tx -> store.loadAll(tx, addresses)));
        assertThat(loaded).hasSize(600).allSatisfy((address, stored) -> {
            assertThat(stored.version()).isEqualTo(1);
            assertThat(stored.state().address()).isEqualTo(address);
        });
        assertThat(get(listing.first("many", 1_000)).value()).hasSize(600);

        List<Change<Secret>> moved =
                new ArrayList<>(fresh.stream().map(change -> next(change, 1)).toList());
        moved.set(300, next(fresh.get(300), 7));
        Assertions.assertThatThrownBy(() -> get(metastore.transaction(tx -> store.saveAll(tx, moved))))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(VersionConflict.class)
                .hasMessageContaining("many/secret/s300");
        assertThat(get(listing.one(addresses.get(0))).value().orElseThrow().version())
                .isEqualTo(1);

        moved.set(300, next(fresh.get(300), 1));
        get(metastore.transaction(tx -> store.saveAll(tx, moved)));
        assertThat(get(listing.one(addresses.get(599))).value().orElseThrow().version())
                .isEqualTo(2);
    }

    // Steps

    private static Change<Secret> next(Change<Secret> change, long from) {
        return new Change<>(
                change.subject(),
                new Stored<>(change.after().state(), from),
                new Stored<>(change.after().state(), from + 1));
    }

    private static Address address(String name) {
        return new Address("default", "secret", name);
    }

    private static Secret secret(Address address, String ref, @Nullable SecretReference reference) {
        return new Secret(address, "id", ref, reference, null, NOW, NOW);
    }

    private Stored<Secret> save(@Nullable Stored<Secret> before, Secret after, long version) {
        Stored<Secret> was = before == null ? new Stored<>(Secret.absent(after.address()), 0) : before;
        Stored<Secret> is = new Stored<>(after, version);
        get(metastore.transaction(tx -> store.saveAll(tx, List.of(new Change<>(after.address(), was, is)))));
        return is;
    }

    private List<String> names() {
        At<List<Stored<Secret>>> first = get(listing.first("default", 100));
        return first.value().stream()
                .map(stored -> stored.state().address().name())
                .toList();
    }
}

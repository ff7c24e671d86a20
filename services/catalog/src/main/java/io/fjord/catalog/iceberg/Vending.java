package io.fjord.catalog.iceberg;

import io.fjord.catalog.iceberg.Storages.Place;
import io.fjord.codec.Json;
import io.fjord.contract.catalog.catalog.Storage;
import io.fjord.platform.http.Call;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.rest.ResourcePaths;
import org.apache.iceberg.util.LocationUtil;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.model.Credentials;

/**
 * How a caller gets at the files of a table: with keys for its folders alone that soon end (STS where the storage has it, derived
 * keys for the platform's local store), or by having each request signed. Keys that last are never given out.
 */
final class Vending {

    private static final Duration LIFETIME = Duration.ofHours(1);

    /** Storages take a signature for about as long. */
    private static final Duration SIGNED_FOR = Duration.ofMinutes(15);

    private final Storages storages;
    private final WorkerExecutor worker;
    private final @Nullable DerivedKeys derived;

    /** @param derived of the platform's store; null if that does not know derived keys */
    Vending(Storages storages, WorkerExecutor worker, @Nullable DerivedKeys derived) {
        this.storages = storages;
        this.worker = worker;
        this.derived = derived;
    }

    /**
     * @param config settings of the client's file access; no keys that outlive the table's use
     * @param credentials each for files below a prefix, as the REST specification writes them
     */
    record Access(Map<String, String> config, List<Credential> credentials) {}

    record Credential(String prefix, Map<String, String> config) {}

    /** Whether the caller wants more than to be told where the files are. */
    static boolean isAskedFor(Call call) {
        return call.header("X-Iceberg-Access-Delegation").isPresent();
    }

    /** As the caller asks for it by {@code X-Iceberg-Access-Delegation}. */
    Future<Access> access(Call call, Place place, TableIdentifier name, Supplier<TableMetadata> table) {
        Map<String, String> config = new LinkedHashMap<>(StorageSettings.ofClients(place.storage()));
        String asked = call.header("X-Iceberg-Access-Delegation").orElse("").toLowerCase(Locale.ROOT);
        boolean signs = place.storage().type().equals("s3");
        if (asked.contains("vended-credentials") && canVend(place)) {
            return credentials(call, place, name, table.get()).map(credential -> {
                config.putAll(credential.config());
                if (credential.config().containsKey("s3.session-token")) {
                    config.put("client.refresh-credentials-endpoint", endpoint(place, name, "credentials"));
                }
                return new Access(config, List.of(credential));
            });
        }
        if (asked.contains("remote-signing") && signs) {
            String endpoint = endpoint(place, name, "sign");
            config.put("s3.remote-signing-enabled", "true");
            config.put("s3.signer.endpoint", endpoint);
            config.put("signer.endpoint", endpoint);
        }
        return Future.succeededFuture(new Access(config, List.of()));
    }

    private static String endpoint(Place place, TableIdentifier name, String what) {
        return ResourcePaths.forCatalogProperties(
                                Map.of("prefix", place.warehouse().toString()))
                        .table(name)
                + "/" + what;
    }

    private boolean canVend(Place place) {
        return place.storage().type().equals("s3")
                && (place.storage().roleArn() != null || (isPlatforms(place) && derived != null));
    }

    private static boolean isPlatforms(Place place) {
        return place.catalog().secretRef() == null && place.storage().roleArn() == null;
    }

    /** Fails with {@link ForbiddenException} if the storage of the catalog has no keys to give. */
    Future<Credential> credentials(Call call, Place place, TableIdentifier name, TableMetadata table) {
        if (!canVend(place)) {
            return Future.failedFuture(
                    new ForbiddenException(
                            "The storage of this catalog has no short-lived keys. Ask for remote-signing, or use keys of your own"));
        }
        boolean writable = call.may(
                "table:write", place.warehouse().name(name).in(place.warehouse().domain(), Entry.Kind.TABLE.word()));
        String folder = folder(place, table);
        if (derived != null && isPlatforms(place)) {
            Instant until = Instant.now().plus(LIFETIME);
            DerivedKeys.Pair pair = derived.of(folder, writable, until);
            return Future.succeededFuture(new Credential(
                    folder,
                    Map.of(
                            "s3.access-key-id", pair.key(),
                            "s3.secret-access-key", pair.secret(),
                            "s3.session-token-expires-at-ms", Long.toString(until.toEpochMilli()))));
        }
        return storages.keys(place.catalog())
                .compose(keys -> worker.executeBlocking(
                        () -> assumed(place.storage(), keys, call.actor(), policy(folder, writable)), false))
                .map(keys -> new Credential(folder, keys));
    }

    /** What requests for the files of a table are signed with; the platform's own store checks what they are for once more. */
    Future<Map<String, String>> signingKeys(Place place, String folder, boolean writable) {
        if (derived != null && isPlatforms(place)) {
            DerivedKeys.Pair pair = derived.of(folder, writable, Instant.now().plus(SIGNED_FOR));
            return Future.succeededFuture(Map.of("accessKeyId", pair.key(), "secretAccessKey", pair.secret()));
        }
        return storages.keys(place.catalog()).map(keys -> {
            if (keys.isEmpty()) {
                throw new ForbiddenException(
                        "The storage of this catalog is opened by a role. Ask for vended-credentials");
            }
            return keys;
        });
    }

    /** Where a table's files are, with a slash at its end. */
    static String folder(Place place, TableMetadata table) {
        return place.files().inside(LocationUtil.stripTrailingSlash(table.location()) + "/");
    }

    private static Map<String, String> assumed(Storage storage, Map<String, String> keys, String actor, String policy) {
        AwsCredentialsProvider own = keys.isEmpty()
                ? DefaultCredentialsProvider.builder().build()
                : StaticCredentialsProvider.create(AwsBasicCredentials.create(
                        Objects.requireNonNull(keys.get("accessKeyId")),
                        Objects.requireNonNull(keys.get("secretAccessKey"))));
        StsClientBuilder sts = StsClient.builder()
                .credentialsProvider(own)
                .region(Region.of(storage.region() == null ? "us-east-1" : storage.region()));
        if (storage.stsEndpoint() != null) {
            sts.endpointOverride(URI.create(storage.stsEndpoint()));
        }
        try (StsClient client = sts.build()) {
            Credentials given = client.assumeRole(request -> request.roleArn(storage.roleArn())
                            .roleSessionName(sessionName(actor))
                            .durationSeconds((int) LIFETIME.toSeconds())
                            .policy(policy))
                    .credentials();
            return Map.of(
                    "s3.access-key-id", given.accessKeyId(),
                    "s3.secret-access-key", given.secretAccessKey(),
                    "s3.session-token", given.sessionToken(),
                    "s3.session-token-expires-at-ms",
                            Long.toString(given.expiration().toEpochMilli()));
        }
    }

    private static String sessionName(String actor) {
        String name = "fjord-" + actor.replaceAll("[^A-Za-z0-9_=,.@-]", "-");
        return name.substring(0, Math.min(64, name.length()));
    }

    /** What AWS lets a session do, beside what its role says. */
    static String policy(String folder, boolean writable) {
        String path = folder.replaceFirst("^s3a?://", "");
        int slash = path.indexOf('/');
        String bucket = path.substring(0, slash);
        String prefix = literal(path.substring(slash + 1));
        List<String> actions = writable
                ? List.of("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
                : List.of("s3:GetObject");
        Map<String, Object> files = Map.of(
                "Effect",
                "Allow",
                "Action",
                actions,
                "Resource",
                List.of("arn:aws:s3:::" + bucket + "/" + prefix + "*"));
        Map<String, Object> list = Map.of(
                "Effect", "Allow",
                "Action", List.of("s3:ListBucket"),
                "Resource", List.of("arn:aws:s3:::" + bucket),
                "Condition", Map.of("StringLike", Map.of("s3:prefix", List.of(prefix + "*"))));
        return Json.text(Map.of("Version", "2012-10-17", "Statement", List.of(files, list)));
    }

    /** What a policy would take for a pattern stands for itself. */
    private static String literal(String path) {
        return path.replace("$", "${$}").replace("*", "${*}").replace("?", "${?}");
    }
}

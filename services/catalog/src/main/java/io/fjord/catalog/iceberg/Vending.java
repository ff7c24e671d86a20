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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
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

    private static final List<String> FOLDERS = List.of(
            TableProperties.WRITE_DATA_LOCATION,
            TableProperties.WRITE_METADATA_LOCATION,
            TableProperties.OBJECT_STORE_PATH,
            TableProperties.WRITE_FOLDER_STORAGE_LOCATION);

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

    /** As the caller asks for it by {@code X-Iceberg-Access-Delegation}. */
    Future<Access> access(Call call, Place place, TableIdentifier name, Supplier<TableMetadata> table) {
        Map<String, String> config = new LinkedHashMap<>(StorageSettings.ofClients(place.storage()));
        String asked = call.header("X-Iceberg-Access-Delegation").orElse("").toLowerCase(Locale.ROOT);
        boolean signs = place.storage().type().equals("s3");
        if (asked.contains("vended-credentials") && canVend(place)) {
            return credentials(call, place, name, table.get()).map(credentials -> {
                if (credentials.size() == 1) {
                    config.putAll(credentials.get(0).config());
                }
                return new Access(config, credentials);
            });
        }
        if ((asked.contains("remote-signing") || asked.contains("vended-credentials")) && signs) {
            String endpoint = ResourcePaths.forCatalogProperties(
                            Map.of("prefix", place.warehouse().toString()))
                    .remoteSign(name);
            config.put("s3.remote-signing-enabled", "true");
            config.put("s3.signer.endpoint", endpoint);
            config.put("signer.endpoint", endpoint);
        }
        return Future.succeededFuture(new Access(config, List.of()));
    }

    private boolean canVend(Place place) {
        return place.storage().type().equals("s3")
                && (place.storage().roleArn() != null || (isPlatforms(place) && derived != null));
    }

    private static boolean isPlatforms(Place place) {
        return place.catalog().secretRef() == null && place.storage().roleArn() == null;
    }

    /** Fails with {@link ForbiddenException} if the storage of the catalog has no keys to give. */
    Future<List<Credential>> credentials(Call call, Place place, TableIdentifier name, TableMetadata table) {
        if (!canVend(place)) {
            return Future.failedFuture(new ForbiddenException(
                    "The storage of this catalog has no short-lived keys. Ask for remote-signing, or use keys of your own"));
        }
        boolean writable = call.may(
                "table:write",
                place.warehouse().name(name).in(place.warehouse().domain(), Entry.Kind.TABLE.word()));
        List<String> folders = folders(place, table);
        Instant until = Instant.now().plus(LIFETIME);
        if (derived != null && isPlatforms(place)) {
            DerivedKeys.Pair pair = derived.of(folders, writable, until);
            return Future.succeededFuture(each(
                    folders,
                    Map.of(
                            "s3.access-key-id", pair.key(),
                            "s3.secret-access-key", pair.secret(),
                            "s3.session-token-expires-at-ms", Long.toString(until.toEpochMilli()))));
        }
        return storages.keys(place.catalog())
                .compose(keys -> worker.executeBlocking(
                        () -> assumed(place.storage(), keys, call.actor(), policy(folders, writable)), false))
                .map(keys -> each(folders, keys));
    }

    private static List<Credential> each(List<String> folders, Map<String, String> config) {
        return folders.stream().map(folder -> new Credential(folder, config)).toList();
    }

    /** Where a table's files are, each with a slash at its end; those outside of the catalog are not shown to anybody. */
    static List<String> folders(Place place, TableMetadata table) {
        List<String> folders = new ArrayList<>();
        folders.add(place.files().inside(LocationUtil.stripTrailingSlash(table.location()) + "/"));
        for (String property : FOLDERS) {
            String given = table.property(property, null);
            if (given != null) {
                String folder = place.files().inside(LocationUtil.stripTrailingSlash(given) + "/");
                if (folders.stream().noneMatch(folder::startsWith)) {
                    folders.add(folder);
                }
            }
        }
        return folders;
    }

    private static Map<String, String> assumed(
            Storage storage, Map<String, String> keys, String actor, String policy) {
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
    static String policy(List<String> folders, boolean writable) {
        List<Map<String, Object>> statements = new ArrayList<>();
        for (String folder : folders) {
            String path = folder.replaceFirst("^s3a?://", "");
            int slash = path.indexOf('/');
            String bucket = path.substring(0, slash);
            String prefix = path.substring(slash + 1);
            List<String> actions = new ArrayList<>(List.of("s3:GetObject"));
            if (writable) {
                actions.addAll(List.of("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"));
            }
            statements.add(Map.of(
                    "Effect", "Allow", "Action", actions, "Resource", List.of("arn:aws:s3:::" + path + "*")));
            statements.add(Map.of(
                    "Effect",
                    "Allow",
                    "Action",
                    List.of("s3:ListBucket"),
                    "Resource",
                    List.of("arn:aws:s3:::" + bucket),
                    "Condition",
                    Map.of("StringLike", Map.of("s3:prefix", List.of(prefix + "*")))));
        }
        return Json.text(Map.of("Version", "2012-10-17", "Statement", statements));
    }
}

package io.fjord.catalog.catalog;

import io.fjord.contract.catalog.catalog.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a storage must look like to be one. */
final class StorageRules {

    private static final Map<String, List<String>> SCHEMES = Map.of(
            "s3", List.of("s3://", "s3a://"),
            "gcs", List.of("gs://"),
            "adls", List.of("abfs://", "abfss://"));

    private static final Map<String, Set<String>> CREDENTIALS = Map.of(
            "s3", Set.of("accessKeyId", "secretAccessKey"),
            "gcs", Set.of("token"),
            "adls", Set.of("accountName", "accountKey"));

    private StorageRules() {}

    /** @return all that is wrong; empty for nothing */
    static List<String> faults(Storage storage, String location, @Nullable Map<String, String> credentials) {
        List<String> faults = new ArrayList<>();
        List<String> schemes = SCHEMES.getOrDefault(storage.type(), List.of());
        if (schemes.stream().noneMatch(location::startsWith)) {
            faults.add("a location in " + storage.type() + " begins with " + String.join(" or ", schemes));
        }
        if (location.contains("/../") || location.contains("/./") || location.contains("?") || location.contains("#")) {
            faults.add("a location is a plain folder");
        }
        if (credentials != null && !credentials.keySet().equals(CREDENTIALS.getOrDefault(storage.type(), Set.of()))) {
            faults.add("the credentials of " + storage.type() + " are "
                    + String.join(
                            " and ",
                            CREDENTIALS.getOrDefault(storage.type(), Set.of()).stream()
                                    .sorted()
                                    .toList()));
        }
        if (!storage.type().equals("s3") && (storage.roleArn() != null || storage.stsEndpoint() != null)) {
            faults.add("a role is assumed in S3 only");
        }
        return faults;
    }
}

package io.fjord.catalog.iceberg;

import io.fjord.contract.catalog.catalog.Storage;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.iceberg.CatalogProperties;

/** A storage as Iceberg's file access is told of it. */
final class StorageSettings {

    private static final Map<String, String> IMPLEMENTATIONS = Map.of(
            "s3", "org.apache.iceberg.aws.s3.S3FileIO",
            "gcs", "org.apache.iceberg.gcp.gcs.GCSFileIO",
            "adls", "org.apache.iceberg.azure.adlsv2.ADLSFileIO");

    private StorageSettings() {}

    static String implementation(Storage storage) {
        String implementation = IMPLEMENTATIONS.get(storage.type());
        if (implementation == null) {
            throw new IllegalArgumentException("No storage is of type " + storage.type());
        }
        return implementation;
    }

    /**
     * What the service opens it with.
     *
     * @param credentials as the vault has them; empty for those of the machine
     */
    static Map<String, String> ofService(Storage storage, Map<String, String> credentials) {
        Map<String, String> settings = new LinkedHashMap<>();
        switch (storage.type()) {
            case "s3" -> {
                put(settings, "s3.endpoint", storage.endpoint());
                put(settings, "client.region", storage.region());
                settings.put("s3.path-style-access", Boolean.toString(storage.pathStyle()));
                put(settings, "s3.access-key-id", credentials.get("accessKeyId"));
                put(settings, "s3.secret-access-key", credentials.get("secretAccessKey"));
                if (credentials.isEmpty() && storage.roleArn() != null) {
                    settings.put("client.factory", "org.apache.iceberg.aws.AssumeRoleAwsClientFactory");
                    settings.put("client.assume-role.arn", storage.roleArn());
                    put(settings, "client.assume-role.region", storage.region());
                }
            }
            case "gcs" -> {
                put(settings, "gcs.service.host", storage.endpoint());
                put(settings, "gcs.oauth2.token", credentials.get("token"));
            }
            case "adls" -> {
                put(settings, "adls.auth.shared-key.account.name", credentials.get("accountName"));
                put(settings, "adls.auth.shared-key.account.key", credentials.get("accountKey"));
            }
            default -> throw new IllegalArgumentException("No storage is of type " + storage.type());
        }
        return settings;
    }

    /** What clients need to reach it; no keys. */
    static Map<String, String> ofClients(Storage storage) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put(CatalogProperties.FILE_IO_IMPL, implementation(storage));
        String endpoint = storage.clientEndpoint() == null ? storage.endpoint() : storage.clientEndpoint();
        switch (storage.type()) {
            case "s3" -> {
                put(settings, "s3.endpoint", endpoint);
                settings.put("s3.path-style-access", Boolean.toString(storage.pathStyle()));
                put(settings, "client.region", storage.region());
            }
            case "gcs" -> put(settings, "gcs.service.host", endpoint);
            default -> {
                // Its address stands in the location.
            }
        }
        return settings;
    }

    private static void put(
            Map<String, String> settings, String name, @org.jspecify.annotations.Nullable String value) {
        if (value != null) {
            settings.put(name, value);
        }
    }
}

package io.fjord.contract.catalog.catalog;

import org.jspecify.annotations.Nullable;

/**
 * Where the files of a catalog are; what it is opened with is in the vault.
 *
 * @param type {@code s3}, {@code gcs} or {@code adls}
 * @param endpoint of an S3-compatible store, null for that of AWS; for adls and gcs null unless an emulator is meant
 * @param clientEndpoint the same as clients reach it, if that differs
 * @param region of S3
 * @param pathStyle whether buckets of S3 stand in the path
 * @param roleArn assumed to give clients short-lived keys; null if the store has no STS
 * @param stsEndpoint null for that of AWS
 */
public record Storage(
        String type,
        @Nullable String endpoint,
        @Nullable String clientEndpoint,
        @Nullable String region,
        boolean pathStyle,
        @Nullable String roleArn,
        @Nullable String stsEndpoint) {}

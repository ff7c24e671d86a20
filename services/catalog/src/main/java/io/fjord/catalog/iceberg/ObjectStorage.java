package io.fjord.catalog.iceberg;

/**
 * The S3 object store of catalogs that name none of their own.
 *
 * @param endpoint {@code http://127.0.0.1:9190}
 * @param bucket in which each domain has its folder
 * @param knowsDerivedKeys whether it is the platform's local store, which checks keys that were derived of its own
 */
public record ObjectStorage(
        String endpoint, String region, String accessKey, String secretKey, String bucket, boolean knowsDerivedKeys) {

    @Override
    public String toString() {
        return endpoint + "/" + bucket;
    }
}

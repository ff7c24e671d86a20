package io.fjord.catalog.iceberg;

/**
 * The S3 object store of catalogs that name none of their own.
 *
 * @param endpoint {@code http://127.0.0.1:9190}
 * @param bucket in which each domain has its folder
 */
public record ObjectStorage(String endpoint, String region, String accessKey, String secretKey, String bucket) {

    /** Whether it is the platform's local store, which is beside us and checks keys that were derived of its own. */
    boolean knowsDerivedKeys() {
        return endpoint.startsWith("http://127.0.0.1:");
    }

    String root() {
        return "s3://" + bucket + "/";
    }

    @Override
    public String toString() {
        return endpoint + "/" + bucket;
    }
}

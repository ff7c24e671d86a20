package io.fjord.audit;

/**
 * Where the files of the tamper-evident log lie, and what it is called.
 *
 * @param endpoint of the object store, {@code http://127.0.0.1:9190}
 * @param folder in the bucket, {@code _audit}: each log has a folder of its own in it, named by its key
 * @param name of the log, {@code lake.example.org/audit}; with a part of its key behind it, it is the log's origin. Another name is
 *     another log, which begins with the first entry
 * @param witnesses whose cosignatures are taken, as their keys for notes
 * @param masterKey 32 bytes; the log's key is kept encrypted with it
 */
public record LogStore(
        String endpoint,
        String region,
        String accessKey,
        String secretKey,
        String bucket,
        String folder,
        String name,
        java.util.List<String> witnesses,
        byte[] masterKey) {

    @Override
    public String toString() {
        return endpoint + "/" + bucket + "/" + folder;
    }
}

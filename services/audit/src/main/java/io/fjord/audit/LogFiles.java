package io.fjord.audit;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The files of the log on the object store; blocks. */
final class LogFiles implements Sealing.Files, AutoCloseable {

    private static final int AT_ONCE = 8;

    private final S3Client s3;
    private final String bucket;
    private final String folder;
    private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE, run -> {
        Thread thread = new Thread(run, "audit-log-files");
        thread.setDaemon(true);
        return thread;
    });

    /** @param log the name of its folder */
    LogFiles(LogStore store, String log) {
        this.bucket = store.bucket();
        this.folder = store.folder() + "/" + log;
        this.s3 = S3Client.builder()
                .endpointOverride(URI.create(store.endpoint()))
                .region(Region.of(store.region()))
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(store.accessKey(), store.secretKey())))
                .forcePathStyle(true)
                // What is written is checked by its hashes; stores that are not Amazon's may not know their trailers.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .httpClientBuilder(Apache5HttpClient.builder()
                        .maxConnections(2 * AT_ONCE)
                        .connectionTimeout(Duration.ofSeconds(5))
                        .socketTimeout(Duration.ofSeconds(15)))
                .build();
    }

    @Override
    public byte @Nullable [] read(String path) throws IOException {
        try {
            return s3.getObjectAsBytes(get -> get.bucket(bucket).key(folder + "/" + path))
                    .asByteArrayUnsafe();
        } catch (NoSuchKeyException e) {
            return null;
        } catch (S3Exception e) {
            if (e.statusCode() == 404) {
                return null;
            }
            throw new IOException("The object store does not give " + path, e);
        } catch (SdkException e) {
            throw new IOException("The object store does not give " + path, e);
        }
    }

    /** All of them, several at once. */
    @Override
    public void write(Map<String, byte[]> files) throws IOException, InterruptedException {
        List<Callable<Void>> all = new ArrayList<>();
        files.forEach((path, bytes) -> all.add(() -> {
            write(path, bytes);
            return null;
        }));
        done(threads.invokeAll(all));
    }

    @Override
    public void write(String path, byte[] bytes) {
        s3.putObject(
                put -> put.bucket(bucket)
                        .key(folder + "/" + path)
                        .contentType(
                                path.equals(CHECKPOINT) ? "text/plain; charset=utf-8" : "application/octet-stream"),
                RequestBody.fromBytes(bytes));
    }

    @Override
    public void delete(List<String> paths) throws IOException, InterruptedException {
        List<Callable<Void>> all = new ArrayList<>();
        paths.forEach(path -> all.add(() -> {
            s3.deleteObject(delete -> delete.bucket(bucket).key(folder + "/" + path));
            return null;
        }));
        done(threads.invokeAll(all));
    }

    private static void done(List<Future<Void>> all) throws IOException, InterruptedException {
        for (Future<Void> one : all) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw new IOException("The object store does not take the log", e.getCause());
            }
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        s3.close();
    }
}

package io.fjord.catalog.iceberg;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.signer.AwsS3V4Signer;
import software.amazon.awssdk.auth.signer.params.AwsS3V4SignerParams;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/**
 * Writes whole files to the platform's object store with one signed PUT each. A commit does little else, and the library of AWS
 * takes several times the processor for it; it is asked where this way fails, and it tells why.
 */
final class Uploads {

    private static final Logger log = LoggerFactory.getLogger(Uploads.class);
    private static final long PATIENCE_SECONDS = 10;
    private static final int CONNECT_MILLIS = 2_000;

    private final HttpClient http;
    private final URI endpoint;
    private final AwsS3V4Signer signer = AwsS3V4Signer.create();
    private final AwsS3V4SignerParams how;

    Uploads(Vertx vertx, ObjectStorage store, int connections) {
        this.http = vertx.createHttpClient(
                new HttpClientOptions()
                        .setKeepAlive(true)
                        .setTcpNoDelay(true)
                        .setConnectTimeout(CONNECT_MILLIS)
                        .setName("catalog-uploads"),
                new PoolOptions().setHttp1MaxSize(connections));
        this.endpoint = URI.create(store.endpoint());
        this.how = AwsS3V4SignerParams.builder()
                .awsCredentials(AwsBasicCredentials.create(store.accessKey(), store.secretKey()))
                .signingName("s3")
                .signingRegion(Region.of(store.region()))
                .doubleUrlEncode(false)
                .enablePayloadSigning(true)
                .enableChunkedEncoding(false)
                .timeOffset(0)
                .build();
    }

    /**
     * Waits for it; only on a worker thread.
     *
     * @param location {@code s3://bucket/key}
     * @return whether it is certainly written
     */
    boolean put(String location, byte[] content) {
        try {
            return send(signed(location, content), content)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.atDebug().addKeyValue("location", location).setCause(e).log("A file was not written the short way");
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private SdkHttpFullRequest signed(String location, byte[] content) {
        String path = location.substring(location.indexOf("://") + 3);
        return signer.sign(
                SdkHttpFullRequest.builder()
                        .uri(endpoint)
                        .encodedPath("/" + SdkHttpUtils.urlEncodeIgnoreSlashes(path))
                        .method(SdkHttpMethod.PUT)
                        .putHeader("Content-Length", Integer.toString(content.length))
                        .putHeader("Content-Type", "application/octet-stream")
                        .contentStreamProvider(() -> new ByteArrayInputStream(content))
                        .build(),
                how);
    }

    private Future<Boolean> send(SdkHttpFullRequest signed, byte[] content) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.PUT)
                .setHost(signed.host())
                .setPort(signed.port())
                .setSsl(signed.protocol().equals("https"))
                .setURI(signed.encodedPath());
        signed.forEachHeader((name, values) -> {
            if (!name.equalsIgnoreCase("Host")) {
                values.forEach(value -> options.addHeader(name, value));
            }
        });
        return http.request(options)
                .compose(request -> request.send(Buffer.buffer(content)))
                .compose(answer -> answer.end().map(ended -> isWritten(answer)));
    }

    private static boolean isWritten(HttpClientResponse answer) {
        return answer.statusCode() == 200;
    }

    Future<Void> close() {
        return http.close();
    }
}

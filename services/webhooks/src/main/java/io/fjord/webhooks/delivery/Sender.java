package io.fjord.webhooks.delivery;

import io.fjord.webhooks.egress.Destinations;
import io.fjord.webhooks.egress.Destinations.Checked;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.TrustOptions;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Posts to addresses that were looked at; answers are bounded in time and size, and redirects are answers like others. */
final class Sender implements Carrier {

    private static final int KEPT_OF_BODY = 1_024;
    private static final int MOST_OF_BODY = 64 * 1_024;
    private static final int KEPT_HEADERS = 30;
    private static final int KEPT_OF_HEADER = 300;
    private static final Duration CONNECTING = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofDays(1);

    private final Destinations destinations;
    private final HttpClient client;
    private final Duration patience;

    /** @param patience how long an answer may take to begin */
    Sender(Vertx vertx, Destinations destinations, Duration patience) {
        this(vertx, destinations, patience, null);
    }

    /** @param authorities who may have signed an endpoint's certificate; null: those that Java trusts */
    Sender(Vertx vertx, Destinations destinations, Duration patience, @Nullable TrustOptions authorities) {
        this.destinations = destinations;
        this.patience = patience;
        // How many connections an endpoint gets is up to who sends; a limit here would let those of one host wait for
        // one
        // another.
        this.client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setName("webhooks")
                        .setKeepAliveTimeout(30)
                        .setConnectTimeout((int) CONNECTING.toMillis())
                        .setTrustOptions(authorities)
                        .setVerifyHost(true)
                        .setDecompressionSupported(false),
                new PoolOptions().setHttp1MaxSize(10_000));
    }

    @Override
    public Future<Answer> post(String url, Map<String, String> headers, byte[] body) {
        return destinations.check(url).compose(to -> post(to, headers, body));
    }

    private Future<Answer> post(Checked to, Map<String, String> headers, byte[] body) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setServer(
                        SocketAddress.inetSocketAddress(to.port(), to.address().getHostAddress()))
                .setHost(to.host())
                .setPort(to.port())
                .setSsl(to.tls())
                .setURI(to.path())
                .setFollowRedirects(false)
                .setConnectTimeout(CONNECTING.toMillis());
        return client.request(options).compose(request -> {
            headers.forEach(request::putHeader);
            return request.send(Buffer.buffer(body))
                    .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                    .compose(response -> answer(request, response))
                    .onFailure(failure -> cut(request));
        });
    }

    private static void cut(HttpClientRequest request) {
        request.reset().onFailure(gone -> {});
    }

    /** The status counts; of the body as much is read as comes in time, and no more than is worth keeping the connection for. */
    private Future<Answer> answer(HttpClientRequest request, HttpClientResponse response) {
        Buffer kept = Buffer.buffer();
        long[] seen = {0};
        Promise<Void> over = Promise.promise();
        response.handler(chunk -> {
            seen[0] += chunk.length();
            int room = KEPT_OF_BODY - kept.length();
            if (room > 0) {
                kept.appendBuffer(chunk, 0, Math.min(room, chunk.length()));
            }
            if (seen[0] > MOST_OF_BODY) {
                cut(request);
                over.tryComplete();
            }
        });
        response.exceptionHandler(broken -> over.tryComplete());
        response.endHandler(end -> over.tryComplete());
        return over.future()
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(late -> cut(request))
                .otherwiseEmpty()
                .map(ok -> new Answer(
                        response.statusCode(),
                        headers(response),
                        kept.toString(StandardCharsets.UTF_8),
                        retryAfter(response.getHeader("Retry-After"), Instant.now())));
    }

    private static Map<String, String> headers(HttpClientResponse response) {
        Map<String, String> kept = new LinkedHashMap<>();
        response.headers().forEach(header -> {
            if (kept.size() < KEPT_HEADERS) {
                kept.put(start(header.getKey()), start(header.getValue()));
            }
        });
        return kept;
    }

    private static String start(String text) {
        return text.length() <= KEPT_OF_HEADER ? text : text.substring(0, KEPT_OF_HEADER);
    }

    /** Seconds or a date (RFC 9110 §10.2.3), a day at most; empty for what is neither. */
    static Optional<Duration> retryAfter(@Nullable String header, Instant now) {
        if (header == null) {
            return Optional.empty();
        }
        String text = header.strip();
        Duration wanted;
        if (text.matches("[0-9]{1,9}")) {
            wanted = Duration.ofSeconds(Long.parseLong(text));
        } else {
            try {
                wanted = Duration.between(
                        now,
                        ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                                .toInstant());
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }
        if (wanted.isNegative() || wanted.isZero()) {
            return Optional.empty();
        }
        return Optional.of(wanted.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wanted);
    }

    /** Why there was no answer, for people. */
    static String told(Throwable failure) {
        if (failure instanceof Destinations.Refused && failure.getMessage() != null) {
            return failure.getMessage();
        }
        if (failure instanceof UnknownHostException) {
            return "the host has no address";
        }
        if (failure instanceof SSLException || failure.getCause() instanceof SSLException) {
            return "no TLS connection could be made: " + toldOfTls(failure);
        }
        if (failure instanceof ConnectException) {
            return "no connection could be made";
        }
        if (failure instanceof TimeoutException) {
            return "it did not answer in time";
        }
        return "the connection broke";
    }

    private static String toldOfTls(Throwable failure) {
        boolean certificate = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathBuilderException) {
                return "its certificate is signed by nobody who is trusted here";
            }
            if (cause instanceof CertificateExpiredException || cause instanceof CertificateNotYetValidException) {
                return "its certificate is not valid today";
            }
            if (cause instanceof CertPathValidatorException) {
                return "its certificate is not valid";
            }
            certificate |= cause instanceof CertificateException;
        }
        return certificate ? "its certificate is for another name" : "is it TLS that is spoken there?";
    }

    @Override
    public Future<Void> close() {
        return client.close();
    }
}

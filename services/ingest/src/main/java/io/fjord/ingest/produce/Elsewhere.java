package io.fjord.ingest.produce;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.ingest.produce.ProduceRoutes.Answer;
import io.fjord.ingest.produce.ProduceRoutes.Sent;
import io.fjord.ingest.produce.ProduceRoutes.Taken;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes events on to the process that takes them, as whoever sent them; that one asks again whether they may. */
final class Elsewhere {

    private static final Logger log = LoggerFactory.getLogger(Elsewhere.class);

    /** On a request that was passed on: it is not a second time. */
    private static final String PASSED_ON = "Fjord-Passed-On";

    private static final Duration SOON = Duration.ofSeconds(1);
    private static final long PATIENCE_MILLIS = 30_000;

    /** What is said of this connection, or of a body that is sent anew. */
    private static final Set<String> OF_THE_HOP = Set.of(
            "host",
            "connection",
            "upgrade",
            "keep-alive",
            "te",
            "transfer-encoding",
            "expect",
            "prefer",
            "content-length",
            "content-type",
            "content-encoding",
            "idempotency-key");

    private final WebClient client;
    private final Supplier<Optional<String>> place;

    /** @param place {@code http://10.0.0.7:8080}, where events are taken; empty while it is not known */
    Elsewhere(Vertx vertx, Supplier<Optional<String>> place) {
        this.client = WebClient.create(
                vertx, new WebClientOptions().setKeepAlive(true).setName("ingest"));
        this.place = place;
    }

    /** What became of each event there; fails with a problem where none was looked at. */
    Future<Taken> take(Call call, Address stream, Sent sent) {
        Optional<String> there = place.get();
        if (there.isEmpty() || call.header(PASSED_ON).isPresent()) {
            return Future.failedFuture(EventProblems.changingHands());
        }
        HttpRequest<Buffer> request = client.postAbs(there.get() + "/api/v1/event-streams/" + stream.name() + "/events")
                .addQueryParam("domain", stream.domain())
                .timeout(PATIENCE_MILLIS);
        call.request().headers().forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!OF_THE_HOP.contains(lower) && !lower.startsWith("sec-websocket") && !lower.startsWith("ce-")) {
                request.headers().add(name, value);
            }
        });
        request.putHeader(PASSED_ON, "1").putHeader(HttpHeaders.CONTENT_TYPE.toString(), sent.contentType());
        sent.headers().forEach((name, value) -> request.putHeader("ce-" + name, value));
        if (sent.encoding() != null) {
            request.putHeader(HttpHeaders.CONTENT_ENCODING.toString(), sent.encoding());
        }
        if (sent.key() != null) {
            request.putHeader("Idempotency-Key", sent.key());
        }
        return request.sendBuffer(Buffer.buffer(sent.body()))
                .recover(failure -> {
                    log.atInfo()
                            .addKeyValue("subject", stream)
                            .setCause(failure)
                            .log("Events were not passed on");
                    return Future.failedFuture(new ProblemException(EventProblems.notAcknowledged()).retryAfter(SOON));
                })
                .map(Elsewhere::taken);
    }

    private static Taken taken(HttpResponse<Buffer> response) {
        if (response.statusCode() == 202) {
            Answer answer = Json.read(response.bodyAsString(), Answer.class);
            return new Taken(answer.results(), answer.deduplicatedSince());
        }
        ProblemException said = new ProblemException(Json.read(response.bodyAsString(), Problem.class));
        String wait = response.getHeader("Retry-After");
        throw wait == null ? said : said.header("Retry-After", wait);
    }
}

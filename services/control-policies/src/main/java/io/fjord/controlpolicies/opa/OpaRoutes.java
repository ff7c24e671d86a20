package io.fjord.controlpolicies.opa;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fjord.codec.Json;
import io.fjord.platform.access.KnownRules;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** What an Open Policy Agent asks for, the grants and policies as a bundle, at once or as soon as they change; and what it tells. */
public final class OpaRoutes {

    /** Says that the server keeps a request open until there is something new. */
    private static final String LONG_POLLED = "application/vnd.openpolicyagent.bundles";

    private static final long LOOK_MILLIS = 200;

    /** Of what an agent sends, unpacked. */
    private static final int MOST_BYTES = 16 * 1024 * 1024;

    private final Vertx vertx;
    private final KnownRules rules;
    private final OpaReports reports;

    // The last bundle made, and of what
    private @Nullable Bundle bundle;
    private String madeAt = "";

    public OpaRoutes(Vertx vertx, KnownRules rules, OpaReports reports) {
        this.vertx = vertx;
        this.rules = rules;
        this.reports = reports;
    }

    public void install(Api api) {
        api.on("getOpaBundle", this::bundle)
                .on("reportOpaDecisions", this::decisions)
                .on("reportOpaStatus", this::status);
    }

    private Future<Reply> decisions(Call call) {
        return unpacked(call)
                .compose(told -> {
                    List<JsonNode> decisions = new ArrayList<>();
                    if (!told.isArray()) {
                        throw HttpProblems.invalidRequest("", "must be an array of decisions");
                    }
                    told.forEach(decisions::add);
                    return reports.decided(decisions);
                })
                .map(ok -> Reply.noContent());
    }

    private Future<Reply> status(Call call) {
        return unpacked(call)
                .compose(told -> {
                    if (!told.isObject()) {
                        throw HttpProblems.invalidRequest("", "must be a status");
                    }
                    return reports.status(told);
                })
                .map(ok -> Reply.noContent());
    }

    /** Batches are packed, and large once unpacked: read elsewhere than on the event loop. */
    private Future<JsonNode> unpacked(Call call) {
        boolean packed =
                call.header("Content-Encoding").map("gzip"::equalsIgnoreCase).orElse(false);
        byte[] body = call.body().getBytes();
        return vertx.executeBlocking(() -> read(body, packed), false);
    }

    private static JsonNode read(byte[] body, boolean packed) {
        try (InputStream in =
                packed ? new GZIPInputStream(new ByteArrayInputStream(body)) : new ByteArrayInputStream(body)) {
            byte[] plain = in.readNBytes(MOST_BYTES + 1);
            if (plain.length > MOST_BYTES) {
                throw HttpProblems.bodyTooLarge(MOST_BYTES);
            }
            JsonNode told = Json.MAPPER.readTree(plain);
            return told == null ? MissingNode.getInstance() : told;
        } catch (IOException e) {
            throw HttpProblems.invalidRequest("", "is not JSON, plain or packed with gzip, that can be read");
        }
    }

    private Future<Reply> bundle(Call call) {
        long until = System.nanoTime() + Duration.ofSeconds(call.waitSeconds()).toNanos();
        return news(call.header("If-None-Match").orElse(""), until)
                .map(bundle ->
                        Reply.bytes(LONG_POLLED, Buffer.buffer(bundle.bytes())).header("ETag", bundle.etag()));
    }

    /** The bundle once it is another one than that, or when the time is up. */
    private Future<Bundle> news(String known, long until) {
        Bundle now = current();
        if (!now.etag().equals(known) || System.nanoTime() >= until) {
            return Future.succeededFuture(now);
        }
        Promise<Bundle> later = Promise.promise();
        vertx.setTimer(LOOK_MILLIS, id -> news(known, until).onComplete(later));
        return later.future();
    }

    private synchronized Bundle current() {
        String position = rules.position();
        Bundle last = bundle;
        if (last == null || !position.equals(madeAt)) {
            last = Bundle.of(rules.snapshot(), position);
            bundle = last;
            madeAt = position;
        }
        return last;
    }
}

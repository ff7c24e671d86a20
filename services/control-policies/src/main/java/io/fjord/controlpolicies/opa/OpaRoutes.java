package io.fjord.controlpolicies.opa;

import io.fjord.platform.access.KnownRules;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What an Open Policy Agent asks for: the grants and policies as a bundle, at once or as soon as they change. */
public final class OpaRoutes {

    /** Says that the server keeps a request open until there is something new. */
    private static final String LONG_POLLED = "application/vnd.openpolicyagent.bundles";

    private static final long LOOK_MILLIS = 200;

    private final Vertx vertx;
    private final KnownRules rules;

    // The last bundle made, and of what
    private @Nullable Bundle bundle;
    private String madeAt = "";

    public OpaRoutes(Vertx vertx, KnownRules rules) {
        this.vertx = vertx;
        this.rules = rules;
    }

    public void install(Api api) {
        api.on("getOpaBundle", this::bundle);
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

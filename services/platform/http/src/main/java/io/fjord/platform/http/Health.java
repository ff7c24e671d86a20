package io.fjord.platform.http;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What must be well for a service to be ready. */
public final class Health {

    private final Map<String, Supplier<Future<Boolean>>> checks = new ConcurrentSkipListMap<>();

    /** A check that fails, or takes over two seconds, is a no. */
    public Health add(String name, Supplier<Future<Boolean>> check) {
        checks.put(name, check);
        return this;
    }

    /** {@code {"ready":true,"checks":{"kafka":true}}} */
    public Future<JsonObject> report() {
        List<String> names = new ArrayList<>(checks.keySet());
        List<Future<Boolean>> answers = names.stream().map(this::ask).toList();
        return Future.join(answers).otherwiseEmpty().map(done -> {
            JsonObject each = new JsonObject();
            for (int i = 0; i < names.size(); i++) {
                each.put(names.get(i), answers.get(i).result());
            }
            return new JsonObject()
                    .put("ready", answers.stream().allMatch(Future::result))
                    .put("checks", each);
        });
    }

    private Future<Boolean> ask(String name) {
        Supplier<Future<Boolean>> check = checks.getOrDefault(name, () -> Future.succeededFuture(false));
        Future<Boolean> answer;
        try {
            answer = check.get();
        } catch (RuntimeException e) {
            answer = Future.failedFuture(e);
        }
        return answer.timeout(2, TimeUnit.SECONDS).otherwise(false);
    }
}

package io.fjord.ingestion;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All pipelines of the driver: makes those that run equal those that should. */
final class Pipelines {

    private final Settings settings;
    private final Engine engine;
    private final Map<String, Pipeline> running = new HashMap<>();

    Pipelines(Settings settings, Engine engine) {
        this.settings = settings;
        this.engine = engine;
    }

    /** @return how each is */
    synchronized List<Map<String, Object>> want(List<Order> orders) {
        running.values()
                .removeIf(pipeline ->
                        pipeline.hasEnded() && orders.stream().noneMatch(order -> order.isSameWork(pipeline.order())));
        Map<String, Order> wanted = new HashMap<>();
        orders.forEach(order -> wanted.put(order.id(), order));
        running.forEach((id, pipeline) -> {
            if (!wanted.containsKey(id)) {
                pipeline.stop();
            }
        });
        wanted.forEach((id, order) -> {
            Pipeline before = running.get(id);
            if ((before == null || !order.isSameWork(before.order())) && !order.lacksPassword()) {
                Pipeline next = new Pipeline(settings, order, engine);
                running.put(id, next);
                next.start(before);
            }
        });
        return documents();
    }

    synchronized List<Map<String, Object>> documents() {
        List<Map<String, Object>> all = new ArrayList<>();
        running.values().forEach(pipeline -> all.add(pipeline.document()));
        return all;
    }

    synchronized void stopAll() {
        running.values().forEach(Pipeline::stop);
    }

    /** @return whether all have ended, and not only that it was long enough */
    boolean awaitEnd(Duration longest) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        for (Pipeline pipeline : all()) {
            if (!pipeline.awaitEnd(until - System.nanoTime())) {
                return false;
            }
        }
        return true;
    }

    private synchronized List<Pipeline> all() {
        return List.copyOf(running.values());
    }
}

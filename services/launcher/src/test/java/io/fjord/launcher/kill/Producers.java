package io.fjord.launcher.kill;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.fjord.codec.Json;
import io.fjord.launcher.kill.FlowEvidence.Place;
import io.fjord.launcher.kill.FlowEvidence.Produced;
import io.fjord.launcher.kill.History.Result;
import io.fjord.launcher.kill.KillablePlatform.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that send events to a stream, a few at a time, and send them again with the same ids until all are acknowledged. */
final class Producers implements AutoCloseable {

    static final String STREAM = "kills";

    private static final String SOURCE = "/kills";
    private static final int CLIENTS = 2;
    private static final int IN_BATCH = 5;
    private static final long PAUSE_MILLIS = 100;
    private static final int TOO_MANY = 429;
    private static final int WRONG = 400;
    private static final int BROKEN = 500;

    private final KillablePlatform platform;
    private final History history;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(CLIENTS);
    private final List<Future<?>> tasks = new ArrayList<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final Map<String, Produced> produced = new ConcurrentHashMap<>();

    Producers(KillablePlatform platform, History history, long seed) {
        this.platform = platform;
        this.history = history;
        for (int number = 0; number < CLIENTS; number++) {
            Client client = new Client(seed + "-" + number);
            tasks.add(threads.scheduleWithFixedDelay(client::turn, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    void resume() {
        running.set(true);
    }

    /** Stops beginning anew; returns when all that was begun is acknowledged. */
    void pause() {
        running.set(false);
        await("all events acknowledged")
                .atMost(KillablePlatform.PATIENCE.multipliedBy(2))
                .until(() -> open.get() == 0);
    }

    /** Returns when so many more events were acknowledged. */
    void awaitMore(int events) {
        int enough = acknowledged.get() + events;
        await(events + " more events acknowledged")
                .atMost(KillablePlatform.PATIENCE)
                .until(() -> acknowledged.get() >= enough);
    }

    List<Produced> produced() {
        return List.copyOf(produced.values());
    }

    @Override
    public void close() {
        tasks.forEach(task -> task.cancel(false));
        threads.shutdownNow();
    }

    private final class Client {
        private final String name;
        private final Map<String, Integer> pending = new LinkedHashMap<>();
        private int sent;

        Client(String name) {
            this.name = name;
        }

        /** One try; what it leaves open is for the next. */
        void turn() {
            if (pending.isEmpty()) {
                if (!running.get()) {
                    return;
                }
                open.incrementAndGet();
                for (int i = 0; i < IN_BATCH; i++) {
                    String id = name + "-" + sent;
                    pending.put(id, sent++);
                    produced.put(id, new Produced(id, Result.UNKNOWN, null));
                }
            }
            try {
                send();
            } catch (IOException e) {
                // Nobody was there, or the one who was has died: unknown.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                history.odd("A producer failed: " + e);
            }
            if (pending.isEmpty()) {
                open.decrementAndGet();
            }
        }

        private void send() throws IOException, InterruptedException {
            Answer answer = platform.call(
                    "POST",
                    "/api/v1/event-streams/" + STREAM + "/events",
                    batch().toString(),
                    "Content-Type",
                    "application/cloudevents-batch+json");
            int status = answer.status();
            if (status >= WRONG && status < BROKEN && status != TOO_MANY) {
                history.odd("Events were refused: " + status + " " + answer.body());
                return;
            }
            for (JsonNode result : answer.body().path("results")) {
                String id = result.path("id").asText();
                if (List.of("accepted", "duplicate")
                                .contains(result.path("result").asText())
                        && pending.remove(id) != null) {
                    produced.put(
                            id,
                            new Produced(
                                    id,
                                    Result.OK,
                                    new Place(
                                            result.path("partition").asInt(),
                                            result.path("offset").asLong())));
                    acknowledged.incrementAndGet();
                }
            }
        }

        private ArrayNode batch() {
            ArrayNode events = Json.MAPPER.createArrayNode();
            pending.forEach((id, number) -> {
                var event = events.addObject()
                        .put("specversion", "1.0")
                        .put("id", id)
                        .put("source", SOURCE)
                        .put("type", "kill.happened")
                        .put("subject", name);
                event.putObject("data").put("n", number);
            });
            return events;
        }
    }
}

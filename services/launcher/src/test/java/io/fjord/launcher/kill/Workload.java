package io.fjord.launcher.kill;

import static org.awaitility.Awaitility.await;

import io.fjord.kernel.Ids;
import io.fjord.launcher.kill.History.Result;
import io.fjord.launcher.kill.KillablePlatform.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/** Clients that wish this and that of a few clusters and, as correct clients do, retry under the same key until they know. */
final class Workload implements AutoCloseable {

    private static final int CLIENTS = 3;
    private static final int CLUSTERS = 6;
    private static final long PAUSE_MILLIS = 60;
    private static final List<String> SIZES = List.of("XS", "S", "M", "L");

    private final KillablePlatform platform;
    private final History history;
    private final ScheduledExecutorService clients = Executors.newScheduledThreadPool(CLIENTS);
    private final ExecutorService doubles = Executors.newCachedThreadPool();
    private final AtomicBoolean running = new AtomicBoolean();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger known = new AtomicInteger();
    private final List<Future<?>> tasks = new ArrayList<>();

    Workload(KillablePlatform platform, History history, long seed) {
        this.platform = platform;
        this.history = history;
        for (int client = 0; client < CLIENTS; client++) {
            Client one = new Client(seed + "-" + client, new Random(31 * seed + client));
            tasks.add(clients.scheduleWithFixedDelay(one::turn, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    void resume() {
        running.set(true);
    }

    /** Stops wishing; returns when the outcome of every wish sent is known. */
    void pause() {
        running.set(false);
        await("all wishes answered")
                .atMost(KillablePlatform.PATIENCE.multipliedBy(2))
                .until(() -> open.get() == 0);
    }

    /** Returns when so many more wishes have been answered: the platform is well. */
    void awaitMore(int wishes) {
        int enough = known.get() + wishes;
        await(wishes + " more wishes answered")
                .atMost(KillablePlatform.PATIENCE)
                .until(() -> known.get() >= enough);
    }

    @Override
    public void close() {
        tasks.forEach(task -> task.cancel(false));
        clients.shutdownNow();
        doubles.shutdownNow();
    }

    /** What is sent, the same at every try. */
    private record Wish(
            String op,
            String method,
            String path,
            @Nullable String body,
            String subject,
            String key,
            boolean waits,
            boolean staleMatch) {

        String commandId() {
            return Ids.of("default", "user:operator", method, path, key);
        }

        String[] headers() {
            List<String> headers = new ArrayList<>(List.of("Idempotency-Key", key));
            if (waits) {
                headers.addAll(List.of("Prefer", "wait=10"));
            }
            if (staleMatch) {
                headers.addAll(List.of("If-Match", "\"1\""));
            }
            return headers.toArray(String[]::new);
        }
    }

    private final class Client {
        private final String name;
        private final Random random;
        private int sent;

        Client(String name, Random random) {
            this.name = name;
            this.random = random;
        }

        void turn() {
            open.incrementAndGet();
            try {
                if (running.get()) {
                    fulfil(wish());
                }
            } catch (RuntimeException e) {
                history.odd("A client failed: " + e);
            } finally {
                open.decrementAndGet();
            }
        }

        private Wish wish() {
            String key = name + "-" + sent++;
            String cluster = "k" + random.nextInt(CLUSTERS);
            String subject = "default/cluster/" + cluster;
            String path = "/api/v1/clusters/" + cluster;
            String size = SIZES.get(random.nextInt(SIZES.size()));
            boolean waits = random.nextInt(3) == 0;
            boolean stale = random.nextInt(10) == 0;
            int dice = random.nextInt(20);
            if (dice < 7) {
                String body = "{\"name\":\"" + cluster + "\",\"size\":\"" + size + "\"}";
                return new Wish("create", "POST", "/api/v1/clusters", body, subject, key, waits, false);
            } else if (dice < 10) {
                return new Wish("delete", "DELETE", path, null, subject, key, waits, stale);
            } else if (dice < 13) {
                return new Wish("stop", "POST", path + "/stop", null, subject, key, waits, stale);
            } else if (dice < 16) {
                return new Wish("start", "POST", path + "/start", null, subject, key, waits, stale);
            }
            return new Wish(
                    "resize", "POST", path + "/resize", "{\"size\":\"" + size + "\"}", subject, key, waits, stale);
        }

        private void fulfil(Wish wish) {
            int manner = random.nextInt(8);
            try {
                await(wish.op() + " " + wish.key())
                        .atMost(KillablePlatform.PATIENCE)
                        .pollInSameThread()
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(100))
                        .until(() -> (manner == 0 ? twice(wish) : once(wish)) != Result.UNKNOWN);
                if (manner == 1) {
                    // As one does whose answer was lost on the way.
                    once(wish);
                }
                known.incrementAndGet();
            } catch (ConditionTimeoutException e) {
                history.odd("Nobody could tell what became of " + wish);
            }
        }

        /** Two at the same time, as a proxy that retries too early would send. */
        private Result twice(Wish wish) {
            CompletableFuture<Result> other = CompletableFuture.supplyAsync(() -> once(wish), doubles);
            Result mine = once(wish);
            Result others = other.join();
            return mine == Result.UNKNOWN ? others : mine;
        }
    }

    private Result once(Wish wish) {
        long invoked = System.nanoTime();
        Result result = Result.UNKNOWN;
        boolean waited = false;
        try {
            Answer answer = platform.call(wish.method(), wish.path(), wish.body(), wish.headers());
            result = judge(wish, answer);
            waited = answer.status() != 202;
        } catch (IOException e) {
            // Nobody was there, or the one who was has died: unknown.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        history.add(new History.Call(
                wish.op(), wish.subject(), wish.key(), wish.commandId(), invoked, System.nanoTime(), result, waited));
        return result;
    }

    private Result judge(Wish wish, Answer answer) {
        switch (answer.status()) {
            case 202 -> {
                if (!wish.commandId().equals(answer.body().path("id").asText())) {
                    history.odd(wish + " was taken under another id: " + answer.body());
                }
                return Result.OK;
            }
            case 200, 201, 204 -> {
                return Result.OK;
            }
            case 404, 409, 412 -> {
                if (!answer.body().path("type").asText().startsWith("/problems/")) {
                    history.odd(wish + " was refused without a problem: " + answer);
                }
                return Result.REFUSED;
            }
            case 503 -> {
                if (answer.header("Retry-After") == null) {
                    history.odd(wish + " got a 503 without Retry-After: " + answer.body());
                }
                return Result.UNKNOWN;
            }
            default -> {
                history.odd(wish + " was answered " + answer.status() + " " + answer.body());
                return Result.UNKNOWN;
            }
        }
    }
}

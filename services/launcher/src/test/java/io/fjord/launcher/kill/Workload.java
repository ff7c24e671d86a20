package io.fjord.launcher.kill;

import static org.awaitility.Awaitility.await;

import io.fjord.contract.Address;
import io.fjord.kernel.Ids;
import io.fjord.launcher.kill.History.Result;
import io.fjord.launcher.kill.KillablePlatform.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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

/**
 * Clients that wish this and that of a few clusters, of who may what and of rules and, as correct clients do, retry under the
 * same key until they know.
 */
final class Workload implements AutoCloseable {

    private static final int CLIENTS = 3;
    private static final int CLUSTERS = 6;
    private static final long PAUSE_MILLIS = 60;
    private static final List<String> SIZES = List.of("XS", "S", "M", "L");

    /** Few names, so that wishes meet. */
    private static final int THINGS = 4;

    private static final int REMEMBERED = 20;

    private final KillablePlatform platform;
    private final History history;
    private final ScheduledExecutorService clients = Executors.newScheduledThreadPool(CLIENTS);
    private final ExecutorService doubles = Executors.newCachedThreadPool();
    private final AtomicBoolean running = new AtomicBoolean();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger known = new AtomicInteger();
    private final List<Future<?>> tasks = new ArrayList<>();
    private final List<Caller> callers;
    private volatile boolean ofClusters = true;

    /** @param callers each client is one of them */
    Workload(KillablePlatform platform, History history, long seed, List<Caller> callers) {
        this.platform = platform;
        this.history = history;
        this.callers = List.copyOf(callers);
        for (int client = 0; client < CLIENTS; client++) {
            Client one = new Client(
                    seed + "-" + client,
                    this.callers.get(client % this.callers.size()),
                    new Random(31 * seed + client));
            tasks.add(clients.scheduleWithFixedDelay(one::turn, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    void resume() {
        running.set(true);
    }

    /** Wishes of who may what alone from now on: each cluster would be a process. */
    Workload withoutClusters() {
        ofClusters = false;
        return this;
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
            Caller caller,
            String op,
            String method,
            String path,
            @Nullable String body,
            String subject,
            String key,
            boolean waits,
            boolean staleMatch) {

        String commandId() {
            return Ids.of("default", caller.actor(), method, path, key);
        }

        String service() {
            return switch (Address.parse(subject).kind()) {
                case "cluster" -> "core";
                case "policy", "guardrail" -> "control-policies";
                default -> "iam";
            };
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

        @Override
        public String toString() {
            return op + " " + key + " of " + caller.actor() + " (" + commandId() + ")";
        }
    }

    private final class Client {
        private final String name;
        private final Caller caller;
        private final Random random;
        private final Deque<String> grants = new ArrayDeque<>();
        private int sent;

        Client(String name, Caller caller, Random random) {
            this.name = name;
            this.caller = caller;
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

        /** Half of them of clusters, the others of who may what. */
        private Wish wish() {
            return switch (random.nextInt(ofClusters ? 8 : 4)) {
                case 0 -> ofAGroup("/api/v1/groups", "g" + random.nextInt(THINGS));
                case 1 -> ofARole("/api/v1/roles", "r" + random.nextInt(THINGS));
                case 2 -> ofAGrant("/api/v1/grants");
                case 3 ->
                    random.nextBoolean()
                            ? ofAPolicy("/api/v1/policies", "p" + random.nextInt(THINGS))
                            : ofAGuardrail("/api/v1/guardrails", "w" + random.nextInt(THINGS));
                default -> ofACluster("/api/v1/clusters", "k" + random.nextInt(CLUSTERS));
            };
        }

        private Wish ofACluster(String all, String cluster) {
            String subject = "default/cluster/" + cluster;
            String path = all + "/" + cluster;
            String size = SIZES.get(random.nextInt(SIZES.size()));
            int dice = random.nextInt(20);
            if (dice < 7) {
                return post("create", all, "{\"name\":\"" + cluster + "\",\"size\":\"" + size + "\"}", subject);
            } else if (dice < 10) {
                return change("delete", "DELETE", path, null, subject);
            } else if (dice < 13) {
                return change("stop", "POST", path + "/stop", null, subject);
            } else if (dice < 16) {
                return change("start", "POST", path + "/start", null, subject);
            }
            return change("resize", "POST", path + "/resize", "{\"size\":\"" + size + "\"}", subject);
        }

        private Wish ofAGroup(String all, String group) {
            String subject = "platform/group/" + group;
            String path = all + "/" + group;
            String members = "{\"members\":[\"user:nobody-" + random.nextInt(THINGS) + "\"]}";
            return switch (random.nextInt(6)) {
                case 0, 1 -> post("create", all, "{\"name\":\"" + group + "\"}", subject);
                case 2, 3 -> change("add-members", "POST", path + "/members/add", members, subject);
                case 4 -> change("remove-members", "POST", path + "/members/remove", members, subject);
                default -> change("delete", "DELETE", path, null, subject);
            };
        }

        private Wish ofARole(String all, String role) {
            String subject = "default/role/" + role;
            String actions = "\"actions\":[\"cluster:" + (random.nextBoolean() ? "read" : "use") + "\"]}";
            return switch (random.nextInt(4)) {
                case 0, 1 -> post("create", all, "{\"name\":\"" + role + "\"," + actions, subject);
                case 2 -> change("change", "PUT", all + "/" + role, "{" + actions, subject);
                default -> change("delete", "DELETE", all + "/" + role, null, subject);
            };
        }

        /** One that is taken back may never have been made, if the wish for it was refused. */
        private Wish ofAGrant(String all) {
            if (grants.size() > REMEMBERED || !grants.isEmpty() && random.nextBoolean()) {
                String grant = grants.remove();
                return change("revoke", "DELETE", all + "/" + grant, null, "default/grant/" + grant);
            }
            String body = "{\"subject\":\"user:nobody-" + random.nextInt(THINGS)
                    + "\",\"role\":\"viewer\",\"resources\":[\"default/cluster/*\"]}";
            Wish wish = post("make", all, body, "default/grant/new");
            grants.add(Ids.of("grant", wish.commandId()));
            return wish;
        }

        private Wish ofAPolicy(String all, String policy) {
            String subject = "default/policy/" + policy;
            String rule = "\"effect\":\"" + (random.nextBoolean() ? "DENY" : "ALLOW")
                    + "\",\"subjects\":[\"user:nobody\"],\"actions\":[\"cluster:*\"],\"resources\":[\"default/cluster/*\"]}";
            return switch (random.nextInt(4)) {
                case 0, 1 -> post("create", all, "{\"name\":\"" + policy + "\"," + rule, subject);
                case 2 -> change("change", "PUT", all + "/" + policy, "{" + rule, subject);
                default -> change("delete", "DELETE", all + "/" + policy, null, subject);
            };
        }

        /** All commands pass it, but each is held against it. */
        private Wish ofAGuardrail(String all, String guardrail) {
            String subject = "default/guardrail/" + guardrail;
            return random.nextInt(3) > 0
                    ? post(
                            "create",
                            all,
                            "{\"name\":\"" + guardrail
                                    + "\",\"commandTypes\":[\"fjord.core.cluster.CreateCluster\"],\"mode\":\"ENFORCE\","
                                    + "\"expression\":\"resource.name != 'nobody'\",\"message\":\"Not nobody.\"}",
                            subject)
                    : change("delete", "DELETE", all + "/" + guardrail, null, subject);
        }

        private Wish post(String op, String path, String body, String subject) {
            return new Wish(caller, op, "POST", path, body, subject, key(), waits(), false);
        }

        private Wish change(String op, String method, String path, @Nullable String body, String subject) {
            return new Wish(caller, op, method, path, body, subject, key(), waits(), random.nextInt(10) == 0);
        }

        private String key() {
            return name + "-" + sent++;
        }

        private boolean waits() {
            return random.nextInt(3) == 0;
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
            Answer answer = platform.as(wish.caller(), wish.method(), wish.path(), wish.body(), wish.headers());
            result = judge(wish, answer);
            waited = answer.status() != 202;
        } catch (IOException e) {
            // Nobody was there, or the one who was has died: unknown.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        history.add(new History.Call(
                wish.op(),
                wish.service(),
                wish.subject(),
                wish.key(),
                wish.commandId(),
                invoked,
                System.nanoTime(),
                result,
                waited));
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

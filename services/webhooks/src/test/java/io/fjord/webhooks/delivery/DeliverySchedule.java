package io.fjord.webhooks.delivery;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.webhooks.subscription.Signatures;
import io.fjord.contract.webhooks.subscription.SubscriptionObservation.DeliveryAttempted;
import io.fjord.contract.webhooks.subscription.SubscriptionTerms;
import io.fjord.kernel.AccessChanges;
import io.fjord.kernel.AccessDecision;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.webhooks.subscription.Subscription;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Deliveries under one schedule drawn from a seed: which answer comes when, which is lost, which write fails though it was made, and
 * when the process dies. Every wait is a step that the seed chooses from; nothing takes time. To be run on a context.
 */
final class DeliverySchedule {

    private static final String SOURCE = "core";
    private static final int EVENTS = 14;
    private static final int SUBJECTS = 3;
    private static final int MOST_DEATHS = 3;
    private static final int STEPS = 400;
    private static final int MOST_ROUNDS = 3_000;
    private static final Duration TICK = Duration.ofMillis(100);
    private static final String KEYS =
            "{\"secret\":\"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\",\"privateKey\":"
                    + "\"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\",\"publicKey\":\"whpk_none\"}";

    private final Vertx vertx;
    private final Random random;
    private final UnaryOperator<Notes> bug;
    private final List<Subscription> subscriptions =
            List.of(subscription("ordered", true), subscription("free", false));
    private final List<EventEnvelope<byte[]>> journal = new ArrayList<>();
    private final MemoryNotes notes = new MemoryNotes();
    private final List<Arrival> arrivals = new ArrayList<>();
    private final Set<String> told = new HashSet<>();
    private final List<Step> waiting = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Deliveries deliveries;
    private boolean up;
    private int came;
    private int deaths;
    private boolean calm;

    /** What came to an endpoint. */
    private record Arrival(String endpoint, String webhookId, String eventId, boolean taken) {}

    /** Something that happens when the seed says so: done as it should be, or not. */
    private interface Step {
        void happen(boolean processLives);
    }

    /** @param bug puts something wrong around what deliveries note */
    DeliverySchedule(Vertx vertx, long seed, UnaryOperator<Notes> bug) {
        this.vertx = vertx;
        this.random = new Random(seed);
        this.bug = bug;
    }

    private static Subscription subscription(String name, boolean ordered) {
        return new Subscription(
                new Address("default", "subscription", name),
                name,
                true,
                new SubscriptionTerms(
                        name, List.of("fjord.core.*"), null, null, Map.of(), ordered, Signatures.SYMMETRIC, null),
                "user:ana",
                new Subscription.Keys("keys", ""),
                null,
                null,
                null,
                Instant.EPOCH);
    }

    /** @return what was promised and is not so */
    List<String> run() {
        begin();
        for (int step = 0; step < STEPS; step++) {
            step();
        }
        calm = true;
        for (int round = 0; round < MOST_ROUNDS && !isDone(); round++) {
            while (!waiting.isEmpty()) {
                one();
            }
            happen();
            come();
            pass(Duration.ofSeconds(1));
        }
        return broken();
    }

    private void step() {
        switch (random.nextInt(10)) {
            case 0 -> happen();
            case 1, 2 -> come();
            case 3 -> pass(random.nextBoolean() ? TICK : Duration.ofSeconds(1 + random.nextInt(5)));
            case 4 -> {
                if (deaths < MOST_DEATHS && random.nextInt(12) == 0) {
                    die();
                }
            }
            default -> one();
        }
    }

    private void happen() {
        if (journal.size() < EVENTS) {
            int n = journal.size() + 1;
            journal.add(new EventEnvelope<>(
                    "e" + n,
                    "fjord.core.cluster.ClusterCreated.v1",
                    SOURCE,
                    now,
                    new Address("default", "cluster", "c" + random.nextInt(SUBJECTS)),
                    new Position(1, n),
                    null,
                    "user:ana",
                    "c",
                    null,
                    null,
                    null,
                    null,
                    null,
                    "{}".getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** The next event comes by the topic. */
    private void come() {
        if (up && came < journal.size()) {
            deliveries.arrive(SOURCE, journal.get(came++));
        }
    }

    private void pass(Duration time) {
        now = now.plus(time);
        if (up) {
            deliveries.tick();
        }
    }

    private void one() {
        if (!waiting.isEmpty()) {
            waiting.remove(random.nextInt(waiting.size())).happen(true);
        }
    }

    /** What was on its way arrives or does not, and nobody hears of it. */
    private void die() {
        deaths++;
        up = false;
        Collections.shuffle(waiting, random);
        List<Step> left = List.copyOf(waiting);
        waiting.clear();
        left.forEach(step -> {
            if (random.nextBoolean()) {
                step.happen(false);
            }
        });
        waiting.clear();
        begin();
    }

    private void begin() {
        Deliveries next = new Deliveries(
                vertx,
                new Deliveries.Parts(
                        new KafkaConfig("nobody:1"),
                        List.of(SOURCE),
                        (service, position, limit) -> later(() -> after(position, limit), 10),
                        address -> later(
                                () -> subscriptions.stream()
                                        .filter(one -> one.address().equals(address))
                                        .findFirst()
                                        .map(one -> new Deliveries.Loaded(one, 1)),
                                0),
                        ref -> Future.succeededFuture(KEYS),
                        new Schedule(Collections.nCopies(1_000, Duration.ofSeconds(2)), random::nextDouble),
                        request -> new AccessDecision(true, "", List.of(), ""),
                        new Everybody(),
                        // Some may be taken although others are not.
                        all -> Future.join(all.stream()
                                        .map(seen -> later(
                                                () -> {
                                                    DeliveryAttempted attempt = (DeliveryAttempted) seen.data();
                                                    if (attempt.failure() == null) {
                                                        told.add(attempt.webhookId());
                                                    }
                                                    return null;
                                                },
                                                10))
                                        .toList())
                                .mapEmpty(),
                        (service, command) -> Future.failedFuture(new IllegalStateException("Nothing is to be wished")),
                        new MessageTypes(),
                        new Clock() {
                            @Override
                            public ZoneId getZone() {
                                return ZoneOffset.UTC;
                            }

                            @Override
                            public Clock withZone(ZoneId zone) {
                                return this;
                            }

                            @Override
                            public Instant instant() {
                                return now;
                            }
                        },
                        new SimpleMeterRegistry()),
                bug.apply(notes),
                () -> true,
                new Endpoints());
        deliveries = next;
        next.load(subscriptions.stream().map(Subscription::address).toList()).onSuccess(ok -> {
            if (deliveries == next) {
                up = true;
                came = (int) next.readTo(SOURCE).n();
            }
        });
    }

    private List<EventEnvelope<byte[]>> after(Position position, int limit) {
        return journal.stream()
                .filter(event -> event.position().isAfter(position))
                .limit(limit)
                .toList();
    }

    /** Completes when the seed says so; of a hundred so many fail, half of them though they were done. */
    private <T> Future<T> later(Supplier<T> work, int failing) {
        Promise<T> promise = Promise.promise();
        waiting.add(lives -> {
            boolean fails = !calm && random.nextInt(100) < failing;
            T done = !fails || random.nextBoolean() ? work.get() : null;
            if (lives) {
                if (fails) {
                    promise.fail("as the seed has it");
                } else {
                    promise.complete(done);
                }
            }
        });
        return promise.future();
    }

    private final class Endpoints implements Carrier {

        @Override
        public Future<Answer> post(String url, Map<String, String> headers, byte[] body) {
            Promise<Answer> promise = Promise.promise();
            String webhookId = String.valueOf(headers.get("webhook-id"));
            String eventId = webhookId.substring(0, webhookId.indexOf('_'));
            waiting.add(lives -> {
                int dice = calm ? 0 : random.nextInt(10);
                if (dice == 9) {
                    answer(promise, lives, null);
                } else {
                    boolean taken = dice != 8;
                    arrivals.add(new Arrival(url, webhookId, eventId, taken));
                    answer(
                            promise,
                            lives,
                            dice == 7 ? null : new Answer(taken ? 204 : 503, Map.of(), "", Optional.empty()));
                }
            });
            return promise.future();
        }

        private void answer(Promise<Answer> promise, boolean lives, Answer answer) {
            if (lives && answer == null) {
                promise.fail("no answer");
            } else if (lives) {
                promise.complete(answer);
            }
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }

    private static final class Everybody implements AccessChanges {

        @Override
        public void onChange(Runnable listener) {
            // Nothing changes.
        }

        @Override
        public boolean isActive(String actor) {
            return true;
        }

        @Override
        public String position() {
            return "";
        }
    }

    /** What outlives the process. */
    private final class MemoryNotes implements Notes {

        private final Map<String, Map<Place, Delivery>> rows = new HashMap<>();
        private final Map<String, Map<String, Position>> courses = new HashMap<>();
        private final Map<String, Position> read = new HashMap<>();

        private Map<Place, Delivery> rows(String subscriptionId) {
            return rows.computeIfAbsent(subscriptionId, none -> new LinkedHashMap<>());
        }

        @Override
        public Future<Void> save(
                List<Kept> deliveries, List<CourseAt> moved, List<String> through, Map<String, Position> readTo) {
            return later(
                    () -> {
                        deliveries.forEach(kept ->
                                rows(kept.subscriptionId()).put(kept.delivery().place(), kept.delivery()));
                        moved.forEach(at -> courses.computeIfAbsent(at.subscriptionId(), none -> new HashMap<>())
                                .put(at.source(), at.position()));
                        read.putAll(readTo);
                        return null;
                    },
                    20);
        }

        @Override
        public Future<Map<String, Position>> read() {
            return later(() -> Map.copyOf(read), 0);
        }

        @Override
        public Future<Map<String, Position>> course(String subscriptionId, String course) {
            return later(() -> Map.copyOf(courses.getOrDefault(subscriptionId, Map.of())), 0);
        }

        @Override
        public Future<List<Place>> after(String subscriptionId, String source, Position position) {
            return later(
                    () -> rows(subscriptionId).keySet().stream()
                            .filter(place -> place.position().isAfter(position))
                            .toList(),
                    0);
        }

        @Override
        public Future<List<Due>> retrying(String subscriptionId, int most) {
            return later(
                    () -> rows(subscriptionId).values().stream()
                            .filter(one -> one.state() == State.RETRYING)
                            .map(one -> new Due(one.place(), one.subject(), one.due()))
                            .toList(),
                    0);
        }

        @Override
        public Future<Instant> lastDelivered(String subscriptionId) {
            return later(() -> null, 0);
        }

        @Override
        public Future<Optional<Delivery>> one(String subscriptionId, Place place) {
            return later(() -> Optional.ofNullable(rows(subscriptionId).get(place)), 10);
        }

        @Override
        public Future<Void> resume(String subscriptionId, Instant at) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> begin(String subscriptionId, Replay replay, Map<String, Position> starts) {
            return Future.succeededFuture();
        }

        @Override
        public Future<List<Replay>> replays(String subscriptionId) {
            return Future.succeededFuture(List.of());
        }
    }

    // What is promised

    private boolean isDone() {
        return waiting.isEmpty()
                && journal.size() == EVENTS
                && subscriptions.stream().allMatch(subscription -> {
                    Map<Place, Delivery> rows = notes.rows(subscription.id());
                    return rows.size() == EVENTS
                            && rows.values().stream().allMatch(one -> one.state() == State.DELIVERED);
                });
    }

    private List<String> broken() {
        List<String> broken = new ArrayList<>();
        for (Subscription subscription : subscriptions) {
            String endpoint = subscription.id();
            List<Arrival> all = arrivals.stream()
                    .filter(arrival -> arrival.endpoint().equals(endpoint))
                    .toList();
            for (EventEnvelope<byte[]> event : journal) {
                List<Arrival> of = all.stream()
                        .filter(arrival -> arrival.eventId().equals(event.id()))
                        .toList();
                if (of.stream().noneMatch(Arrival::taken)) {
                    broken.add(endpoint + ": " + event.id() + " was never delivered");
                }
                if (of.stream().map(Arrival::webhookId).distinct().count() > 1) {
                    broken.add(endpoint + ": " + event.id() + " has more than one webhook-id");
                }
                Delivery row = notes.rows(endpoint).get(Place.of(event));
                if (row == null || row.state() != State.DELIVERED) {
                    broken.add(endpoint + ": of " + event.id() + " the row says " + row);
                }
                if (of.stream().map(Arrival::webhookId).noneMatch(told::contains)) {
                    broken.add(endpoint + ": the record has no delivery of " + event.id());
                }
            }
            if (subscription.terms().ordered()) {
                for (int subject = 0; subject < SUBJECTS; subject++) {
                    order(new Address("default", "cluster", "c" + subject), all, broken);
                }
            }
        }
        return broken;
    }

    /** Each comes only after all before it were taken; what comes again, comes again from there on. */
    private void order(Address subject, List<Arrival> all, List<String> broken) {
        List<String> wanted = journal.stream()
                .filter(event -> event.subject().equals(subject))
                .map(EventEnvelope::id)
                .toList();
        int reached = 0;
        int last = -1;
        for (Arrival arrival : all) {
            int place = wanted.indexOf(arrival.eventId());
            if (place < 0) {
                continue;
            }
            if (place > reached || (last >= 0 && place > last + 1)) {
                broken.add("order: " + arrival + " came before " + wanted.get(Math.min(reached, last + 1)));
            }
            last = place;
            if (place == reached && arrival.taken()) {
                reached++;
            }
        }
    }
}

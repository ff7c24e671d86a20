package io.fjord.webhooks.delivery;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand;
import io.fjord.contract.webhooks.subscription.SubscriptionObservation.DeliveryAttempted;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessChanges;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.CrashPoint;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Journals;
import io.fjord.kernel.Projection;
import io.fjord.platform.kafka.EventTail;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ObservationLog;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Lease;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.webhooks.delivery.Notes.CourseAt;
import io.fjord.webhooks.delivery.Notes.Kept;
import io.fjord.webhooks.egress.Destinations;
import io.fjord.webhooks.subscription.SigningKeys;
import io.fjord.webhooks.subscription.Subscription;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends events to who subscribed to them. Each journal is followed once for all; who cannot keep up reads it again, later, at a
 * pace of their own. What became of deliveries is written many at a time, together with how far that brings each subscription:
 * after a crash nothing is missing, and what had not been written yet is sent again under the same id.
 */
public final class Deliveries {

    private static final Logger log = LoggerFactory.getLogger(Deliveries.class);

    private static final String ACTOR = "service:webhooks";
    private static final String ATTEMPTED = "fjord.webhooks.subscription.DeliveryAttempted.v1";
    private static final long TICK_MILLIS = 100;
    private static final int MOST_WRITTEN_AT_ONCE = 500;
    private static final int WRITTEN_SOON = 100;
    private static final long MOST_UNWRITTEN = 1_000;
    private static final Duration UNWRITTEN = Duration.ofSeconds(5);
    private static final int MOST_RETRIES_LOADED = 5_000;
    private static final long AGAIN_MILLIS = 1_000;
    private static final long UNREADABLE_MILLIS = 5_000;

    /** Of all endpoints together, so that many that hang cannot fill the memory. */
    private static final int MOST_OPEN = 20_000;

    private final Vertx vertx;
    private final Context context;
    private final KafkaConfig kafka;
    private final List<String> sources;
    private final Journals journals;
    private final JournalSearch search;
    private final Notes notes;
    private final Function<Address, Future<Optional<Loaded>>> subscriptions;
    private final Function<String, Future<String>> keys;
    private final BooleanSupplier mine;
    private final Carrier carrier;
    private final Schedule schedule;
    private final Access access;
    private final AccessChanges changes;
    private final Record record;
    private final CommandLog commands;
    private final MessageTypes types;
    private final Clock clock;
    private final MeterRegistry metrics;
    private final Counter delivered;
    private final Counter failedAttempts;
    private final Gauge served;

    private final Map<Address, Endpoint> endpoints = new HashMap<>();
    private final Map<String, Position> readTo = new HashMap<>();
    private final Map<String, Position> readWritten = new HashMap<>();
    private final List<EventTail.Subscription> tails = new ArrayList<>();
    private final Set<Address> refreshing = new HashSet<>();
    private final Set<Address> refreshAgain = new HashSet<>();
    private final Map<String, Instant> unreadableSaid = new HashMap<>();
    private List<Settled> settled = new ArrayList<>();
    private List<Settled> writing = List.of();
    private Future<Void> write = Future.succeededFuture();
    private Instant lastPositions = Instant.EPOCH;
    private int open;
    private boolean soon;
    private long timer = -1;
    private boolean stopped;

    /** A subscription with its version. */
    public record Loaded(Subscription subscription, long version) {}

    /**
     * What became of a delivery, to be written.
     *
     * @param then done once it is; null for nothing
     */
    record Settled(
            Endpoint endpoint,
            @Nullable Course course,
            Delivery delivery,
            @Nullable Runnable then) {}

    /** Where it is told what was tried, as {@link ObservationLog#tellAll}. */
    public interface Record {
        Future<Void> tellAll(List<ObservationLog.Seen> all);
    }

    /**
     * What deliveries need.
     *
     * @param sources the services whose events can be subscribed to
     * @param journals of all of them
     * @param subscriptions reads one that is there
     * @param keys reads signing keys by their reference
     */
    public record Parts(
            KafkaConfig kafka,
            List<String> sources,
            Journals journals,
            Function<Address, Future<Optional<Loaded>>> subscriptions,
            Function<String, Future<String>> keys,
            Schedule schedule,
            Access access,
            AccessChanges changes,
            Record record,
            CommandLog commands,
            MessageTypes types,
            Clock clock,
            MeterRegistry metrics) {}

    /** @param mine false while another may have begun to make deliveries */
    Deliveries(Vertx vertx, Parts parts, Notes notes, BooleanSupplier mine, Carrier carrier) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.kafka = parts.kafka();
        this.sources = List.copyOf(parts.sources());
        this.journals = parts.journals();
        this.search = new JournalSearch(parts.journals());
        this.notes = notes;
        this.subscriptions = parts.subscriptions();
        this.keys = parts.keys();
        this.mine = mine;
        this.carrier = carrier;
        this.schedule = parts.schedule();
        this.access = parts.access();
        this.changes = parts.changes();
        this.record = parts.record();
        this.commands = parts.commands();
        this.types = parts.types();
        this.clock = parts.clock();
        this.metrics = parts.metrics();
        this.delivered = Counter.builder("fjord.webhooks.delivered")
                .description("Deliveries that were taken")
                .register(metrics);
        this.failedAttempts = Counter.builder("fjord.webhooks.attempts.failed")
                .description("Attempts to deliver that were not taken")
                .register(metrics);
        this.served = Gauge.builder("fjord.webhooks.endpoints", endpoints, Map::size)
                .description("Subscriptions being served")
                .register(metrics);
    }

    /** @param patience how long an answer may take to begin */
    public static Deliveries open(
            Vertx vertx, Parts parts, Database database, Lease lease, Destinations destinations, Duration patience) {
        return new Deliveries(
                vertx,
                parts,
                new DeliveryStore(database, lease::confirm),
                lease::isTrusted,
                new Sender(vertx, destinations, patience));
    }

    // Life

    /** Loads what there is and follows the journals. */
    public Future<Void> start(List<Address> all) {
        if (stopped) {
            return Future.succeededFuture();
        }
        return load(all).map(ok -> {
            if (stopped) {
                return null;
            }
            EventTail tail = new EventTail(vertx, kafka, journals, metrics);
            sources.forEach(source -> follow(tail, source));
            timer = vertx.setPeriodic(TICK_MILLIS, id -> tick());
            changes.onChange(() -> context.runOnContext(go -> {
                if (!stopped) {
                    endpoints.values().forEach(Endpoint::pump);
                }
            }));
            return null;
        });
    }

    Future<Void> load(List<Address> all) {
        return here(notes.read()).compose(read -> {
            sources.forEach(source -> readTo.put(source, read.getOrDefault(source, Position.START)));
            readWritten.putAll(read);
            Future<Void> loaded = Future.succeededFuture();
            for (Address address : all) {
                // One whose keys cannot be read keeps no other from being served.
                loaded = loaded.compose(ok -> load(address)).recover(failure -> {
                    later(address, failure);
                    return Future.succeededFuture();
                });
            }
            return loaded;
        });
    }

    private void follow(EventTail tail, String source) {
        EventTail.Subscription[] self = new EventTail.Subscription[1];
        List<Future<Void>> last = new ArrayList<>(List.of(Future.succeededFuture()));
        self[0] = tail.start("webhooks", source, readTo(source), event -> {
            Future<Void> before = last.get(0);
            Future<Void> rules = rulesOf(event);
            if (before.isComplete() && rules.isComplete()) {
                arrive(source, event);
                self[0].request(1);
                return;
            }
            last.set(0, here(before.eventually(() -> rules)).transform(known -> {
                arrive(source, event);
                self[0].request(1);
                return Future.succeededFuture();
            }));
        });
        tails.add(self[0]);
        self[0].request(MOST_WRITTEN_AT_ONCE);
    }

    /** The next event of a journal. */
    void arrive(String source, EventEnvelope<byte[]> event) {
        Happened happened = new Happened(event);
        readTo.put(source, event.position());
        List.copyOf(endpoints.values()).forEach(endpoint -> endpoint.offer(happened));
    }

    /**
     * Completes when as much is known of who may what as whoever decided on the event knew: a grant made just before must not be
     * missed here.
     */
    private Future<Void> rulesOf(EventEnvelope<byte[]> event) {
        String known = event.clearance().policyPosition();
        if (known == null) {
            return Future.succeededFuture();
        }
        List<Future<Void>> all = new ArrayList<>();
        for (String one : known.split(",")) {
            int equals = one.indexOf('=');
            if (equals > 0) {
                try {
                    all.add(access.known(
                            one.substring(0, equals).strip(),
                            Position.parse(one.substring(equals + 1).strip())));
                } catch (IllegalArgumentException e) {
                    log.atDebug().addKeyValue("subject", event.subject()).log("A position of policies cannot be read");
                }
            }
        }
        return all.isEmpty() ? Future.succeededFuture() : Future.join(all).mapEmpty();
    }

    /** What is on its way is not waited for: it is sent again, if it must be. What has arrived is written. */
    public Future<Void> stop() {
        stopped = true;
        metrics.remove(served);
        vertx.cancelTimer(timer);
        endpoints.values().forEach(Endpoint::close);
        List<Future<Void>> all = new ArrayList<>();
        tails.forEach(tail -> all.add(tail.cancel()));
        return Future.join(all)
                .<Void>mapEmpty()
                .eventually(() -> write)
                .eventually(this::writeOut)
                .eventually(carrier::close);
    }

    private Future<Void> writeOut() {
        if (settled.isEmpty()) {
            return Future.succeededFuture();
        }
        writing = settled;
        settled = new ArrayList<>();
        return tell(writing).compose(ok -> save(writing, true));
    }

    /** What is due is sent, and what became of it is written. */
    void tick() {
        endpoints.values().forEach(endpoint -> {
            endpoint.pump();
            endpoint.catchUp();
        });
        flush();
    }

    // Subscriptions

    /** Something was decided on a subscription, or wished of its deliveries. */
    void refresh(Address address) {
        if (!refreshing.add(address)) {
            refreshAgain.add(address);
            return;
        }
        load(address).onComplete(done -> {
            refreshing.remove(address);
            if (done.failed()) {
                later(address, done.cause());
            } else if (refreshAgain.remove(address)) {
                refresh(address);
            }
        });
    }

    private void later(Address address, Throwable failure) {
        if (!stopped) {
            log.atWarn()
                    .addKeyValue("subject", address)
                    .setCause(failure)
                    .log("A subscription cannot be read; trying again");
            vertx.setTimer(UNREADABLE_MILLIS, id -> refresh(address));
        }
    }

    private Future<Void> load(Address address) {
        return here(subscriptions.apply(address)).compose(found -> {
            Endpoint before = endpoints.get(address);
            if (before != null
                    && (found.isEmpty()
                            || !found.get()
                                    .subscription()
                                    .id()
                                    .equals(before.subscription().id()))) {
                before.close();
                endpoints.remove(address);
                before = null;
            }
            if (found.isEmpty() || stopped) {
                return Future.succeededFuture();
            }
            return before == null ? open(found.get()) : renew(before, found.get());
        });
    }

    private Future<Void> open(Loaded loaded) {
        Subscription subscription = loaded.subscription();
        return keys(subscription).compose(keys -> {
            Endpoint endpoint = new Endpoint(this, subscription, loaded.version(), keys);
            return course(subscription.id(), Course.LIVE, null, sources)
                    .compose(live -> {
                        endpoint.add(live);
                        return here(notes.lastDelivered(subscription.id()));
                    })
                    .compose(last -> {
                        endpoint.lastTaken(last);
                        return retryingAndReplays(endpoint);
                    })
                    .map(ok -> {
                        endpoints.put(subscription.address(), endpoint);
                        endpoint.pump();
                        endpoint.catchUp();
                        return null;
                    });
        });
    }

    private Future<Void> renew(Endpoint endpoint, Loaded loaded) {
        return keys(loaded.subscription())
                .compose(keys -> {
                    boolean resumed = endpoint.become(loaded.subscription(), loaded.version(), keys);
                    return resumed ? resumed(endpoint) : Future.<Void>succeededFuture();
                })
                .compose(ok -> retryingAndReplays(endpoint))
                .map(ok -> {
                    endpoint.pump();
                    endpoint.catchUp();
                    return null;
                });
    }

    /** What was given up just before it was resumed, and written just after, is due as well. */
    private Future<Void> resumed(Endpoint endpoint) {
        Instant now = now();
        return here(write.otherwiseEmpty())
                .compose(ok -> here(notes.resume(endpoint.subscription().id(), now)));
    }

    private Future<Void> retryingAndReplays(Endpoint endpoint) {
        String id = endpoint.subscription().id();
        return retrying(endpoint).compose(ok -> here(notes.replays(id))).compose(replays -> {
            Future<Void> all = Future.succeededFuture();
            for (Replay replay : replays) {
                if (!endpoint.courses().containsKey(replay.id())) {
                    all = all.compose(ok -> replay(endpoint, replay));
                }
            }
            return all;
        });
    }

    private Future<Void> retrying(Endpoint endpoint) {
        // What is being written now is in what is read then.
        return here(write.otherwiseEmpty()).compose(ok -> {
            long writes = endpoint.writes();
            return here(notes.retrying(endpoint.subscription().id(), MOST_RETRIES_LOADED))
                    .compose(due -> {
                        if (endpoint.writes() != writes) {
                            // More was written while it was read.
                            return retrying(endpoint);
                        }
                        endpoint.tryAgain(due, due.size() == MOST_RETRIES_LOADED);
                        return Future.succeededFuture();
                    });
        });
    }

    private Future<Void> replay(Endpoint endpoint, Replay replay) {
        String id = endpoint.subscription().id();
        Future<Replay> begun = replay.ends() != null ? Future.succeededFuture(replay) : begin(id, replay);
        return begun.compose(known -> course(
                        id,
                        known.id(),
                        known,
                        Objects.requireNonNull(known.ends()).keySet()))
                .map(course -> {
                    endpoint.add(course);
                    return null;
                });
    }

    private Future<Replay> begin(String subscriptionId, Replay replay) {
        Map<String, Position> starts = new HashMap<>();
        Map<String, Position> ends = new HashMap<>();
        Future<Void> all = Future.succeededFuture();
        for (String source : sources) {
            Position end = readTo(source);
            Position from = replay.from().get(source);
            Instant since = replay.since();
            if (from != null || since != null) {
                all = all.compose(ok -> from != null
                                ? Future.succeededFuture(from)
                                : here(search.before(source, Objects.requireNonNull(since), end)))
                        .map(start -> {
                            starts.put(source, start);
                            ends.put(source, end);
                            return null;
                        });
            }
        }
        return all.compose(ok -> {
            Replay known = replay.ending(ends);
            return here(notes.begin(subscriptionId, known, starts)).map(known);
        });
    }

    private Future<Course> course(
            String subscriptionId, String id, @Nullable Replay replay, Iterable<String> ofSources) {
        Course course = new Course(id, replay);
        return here(notes.course(subscriptionId, id)).compose(positions -> {
            Future<Void> all = Future.succeededFuture();
            for (String source : ofSources) {
                Position at = positions.getOrDefault(source, Position.START);
                // A replay sends again what has a row.
                Future<Set<Position>> known = replay != null
                        ? Future.succeededFuture(Set.of())
                        : here(notes.after(subscriptionId, source, at)).map(places -> {
                            Set<Position> set = new HashSet<>();
                            places.forEach(place -> set.add(place.position()));
                            return set;
                        });
                all = all.compose(ok -> known).map(set -> {
                    course.begin(source, new Course.Progress(at, set));
                    return null;
                });
            }
            return all.map(course);
        });
    }

    private Future<List<SigningKeys>> keys(Subscription subscription) {
        List<SigningKeys> keys = new ArrayList<>();
        Future<Void> all = key(subscription.keys(), keys);
        Subscription.Keys previous = subscription.previous();
        if (previous != null) {
            all = all.compose(ok -> key(previous, keys));
        }
        return all.map(keys);
    }

    private Future<Void> key(Subscription.Keys key, List<SigningKeys> into) {
        return here(keys.apply(key.ref())).map(text -> {
            into.add(SigningKeys.read(text));
            return null;
        });
    }

    // For endpoints

    /** Whether deliveries are made here, and nowhere else. */
    boolean mine() {
        return mine.getAsBoolean();
    }

    /** Whether endpoints hold so many events that each may have but a few. */
    boolean full() {
        return open >= MOST_OPEN;
    }

    void opened(int more) {
        open += more;
    }

    Instant now() {
        return clock.instant();
    }

    Access access() {
        return access;
    }

    boolean isActive(String actor) {
        return changes.isActive(actor);
    }

    Schedule schedule() {
        return schedule;
    }

    /** How far the journal of a service was followed. */
    Position readTo(String source) {
        return readTo.getOrDefault(source, Position.START);
    }

    Future<List<EventEnvelope<byte[]>>> after(String source, Position position, int limit) {
        return here(search.after(source, position, limit));
    }

    Future<Optional<EventEnvelope<byte[]>>> at(Place place) {
        return search.at(place);
    }

    Future<Optional<Delivery>> stored(String subscriptionId, Place place) {
        return notes.one(subscriptionId, place);
    }

    Future<String> signed(Supplier<String> signing, boolean slow) {
        return slow ? here(vertx.executeBlocking(signing::get, false)) : Future.succeededFuture(signing.get());
    }

    Future<Carrier.Answer> post(String url, Map<String, String> headers, byte[] body) {
        return here(carrier.post(url, headers, body));
    }

    /** Completes on the context of deliveries. */
    <T> Future<T> here(Future<T> elsewhere) {
        Promise<T> hopped = Promise.promise();
        elsewhere.onComplete(done -> {
            if (Vertx.currentContext() == context) {
                hopped.handle(done);
            } else {
                context.runOnContext(go -> hopped.handle(done));
            }
        });
        return hopped.future();
    }

    void unreadable(String source, Throwable failure) {
        Instant said = unreadableSaid.getOrDefault(source, Instant.EPOCH);
        if (!stopped && now().isAfter(said.plus(UNWRITTEN))) {
            unreadableSaid.put(source, now());
            log.atWarn()
                    .addKeyValue("service", source)
                    .setCause(failure)
                    .log("A journal cannot be read again; deliveries that need it wait");
        }
    }

    /** Tells what was seen of an endpoint; until the command is on the log it is tried again. */
    void wish(Subscription subscription, long version, String what, SubscriptionCommand command) {
        String id = Ids.of("endpoint-" + what, subscription.id(), Long.toString(version));
        commands.append(
                        "webhooks",
                        new CommandEnvelope<>(
                                id,
                                types.typeOf(command),
                                "webhooks",
                                now(),
                                subscription.address(),
                                ACTOR,
                                id,
                                null,
                                null,
                                null,
                                Json.bytes(command)))
                .onFailure(failure -> {
                    if (!stopped) {
                        vertx.setTimer(AGAIN_MILLIS, again -> wish(subscription, version, what, command));
                    }
                });
    }

    // What became of deliveries

    void settled(Settled one) {
        settled.add(one);
        (one.delivery().state() == State.DELIVERED ? delivered : failedAttempts).increment();
        if (settled.size() >= WRITTEN_SOON && !soon) {
            soon = true;
            context.runOnContext(go -> {
                soon = false;
                flush();
            });
        }
    }

    boolean isSettling(Endpoint endpoint, Place place) {
        return settled.stream().anyMatch(one -> is(one, endpoint, place))
                || writing.stream().anyMatch(one -> is(one, endpoint, place));
    }

    private static boolean is(Settled one, Endpoint endpoint, Place place) {
        return one.endpoint() == endpoint && one.delivery().place().equals(place);
    }

    private void flush() {
        if (!write.isComplete() || stopped) {
            return;
        }
        boolean positions = now().isAfter(lastPositions.plus(UNWRITTEN));
        if (writing.isEmpty()) {
            int count = Math.min(settled.size(), MOST_WRITTEN_AT_ONCE);
            writing = List.copyOf(settled.subList(0, count));
            settled = new ArrayList<>(settled.subList(count, settled.size()));
        }
        List<Settled> batch = writing;
        if (batch.isEmpty() && !positions && !anyFarBehind()) {
            return;
        }
        write = here(tell(batch).compose(ok -> save(batch, positions)));
        write.onComplete(done -> {
            if (done.succeeded()) {
                writing = List.of();
                batch.forEach(one -> one.endpoint().written(one));
                Set<Endpoint> moved = new LinkedHashSet<>();
                batch.forEach(one -> moved.add(one.endpoint()));
                moved.forEach(endpoint -> {
                    endpoint.pump();
                    endpoint.catchUp();
                });
                if (settled.size() >= WRITTEN_SOON) {
                    flush();
                }
            } else if (!stopped) {
                log.atWarn().setCause(done.cause()).log("What became of deliveries cannot be written; trying again");
            }
        });
    }

    private boolean anyFarBehind() {
        return endpoints.values().stream()
                .flatMap(endpoint -> endpoint.courses().values().stream())
                .anyMatch(course -> course.through()
                        || course.progress().values().stream().anyMatch(at -> at.unwritten() >= MOST_UNWRITTEN));
    }

    /** Before it is written, so that the record misses nothing of what is. */
    private Future<Void> tell(List<Settled> batch) {
        if (!batch.isEmpty()) {
            CrashPoint.BETWEEN_DELIVERY_AND_ITS_RECORD.here();
        }
        List<ObservationLog.Seen> seen = new ArrayList<>(batch.size());
        for (Settled one : batch) {
            Delivery delivery = one.delivery();
            Subscription subscription = one.endpoint().subscription();
            String webhookId = Delivery.webhookId(delivery.eventId(), subscription.id());
            Attempt last = delivery.attempts().get(delivery.attempts().size() - 1);
            seen.add(new ObservationLog.Seen(
                    Ids.of("attempt", webhookId, last.at().toString(), Integer.toString(delivery.made())),
                    ATTEMPTED,
                    subscription.address(),
                    subscription.owner(),
                    null,
                    new DeliveryAttempted(
                            webhookId,
                            delivery.eventId(),
                            delivery.type(),
                            delivery.place().source(),
                            delivery.place().position(),
                            delivery.made(),
                            last.status(),
                            last.millis(),
                            last.failure())));
        }
        return record.tellAll(seen);
    }

    private Future<Void> save(List<Settled> batch, boolean allPositions) {
        if (!batch.isEmpty()) {
            CrashPoint.BETWEEN_DELIVERY_AND_ITS_ROW.here();
        }
        List<Kept> kept = new ArrayList<>(batch.size());
        Set<Endpoint> touched = new HashSet<>();
        for (Settled one : batch) {
            kept.add(new Kept(one.endpoint().subscription().id(), one.delivery()));
            touched.add(one.endpoint());
            Course course = one.course();
            Course.Progress at =
                    course == null ? null : course.of(one.delivery().place().source());
            if (at != null) {
                at.settled(one.delivery().place().position());
            }
        }
        List<CourseAt> moved = new ArrayList<>();
        List<Runnable> wrote = new ArrayList<>();
        Set<String> through = new TreeSet<>();
        for (Endpoint endpoint : endpoints.values()) {
            for (Course course : endpoint.courses().values()) {
                if (course.through()) {
                    through.add(course.id());
                    wrote.add(() -> endpoint.courses().remove(course.id()));
                    continue;
                }
                course.progress().forEach((source, at) -> {
                    if (at.moved()
                            && (allPositions || touched.contains(endpoint) || at.unwritten() >= MOST_UNWRITTEN)) {
                        Position reached = at.reached();
                        moved.add(new CourseAt(endpoint.subscription().id(), course.id(), source, reached));
                        wrote.add(() -> at.wrote(reached));
                    }
                });
            }
        }
        Map<String, Position> read = new HashMap<>();
        if (allPositions) {
            lastPositions = now();
        }
        readTo.forEach((source, position) -> {
            if (!position.equals(readWritten.get(source))) {
                read.put(source, position);
            }
        });
        return here(notes.save(kept, moved, List.copyOf(through), read)).map(ok -> {
            wrote.forEach(Runnable::run);
            readWritten.putAll(read);
            return null;
        });
    }

    // What others ask

    /** What is wished of deliveries, to be followed from the service's own journal. */
    public Projection wishes(SqlMetastore metastore, Database database, Lease lease) {
        return new Wishes(metastore, database, lease, new DeliveryStore(database), types, this::refresh, clock);
    }

    /** How a subscription stands just now; empty if it is not served here yet. */
    Optional<Endpoint.Standing> standing(Address address) {
        return Optional.ofNullable(endpoints.get(address)).map(Endpoint::standing);
    }

    Map<String, Position> readTo() {
        return Map.copyOf(readTo);
    }

    /** What is of no use any more is forgotten. */
    public static Future<Void> housekeeping(Database database, Instant now) {
        return new DeliveryStore(database).housekeeping(now);
    }
}

package io.fjord.webhooks.delivery;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.webhooks.subscription.Signatures;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ReportEndpointDead;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ReportEndpointGone;
import io.fjord.platform.access.cel.CannotBeEvaluated;
import io.fjord.webhooks.delivery.Carrier.Answer;
import io.fjord.webhooks.delivery.Notes.Due;
import io.fjord.webhooks.subscription.SigningKeys;
import io.fjord.webhooks.subscription.Subscription;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One subscription being served: what waits for it, what is on its way, and when it is let alone. It holds a bounded number of
 * events; beyond that they stay in the journals until there is room. All of it runs on one context.
 */
final class Endpoint {

    private static final int WINDOW = 32;
    private static final int MOST_OPEN = 1_024;
    private static final int FEW_OPEN = 64;
    private static final int PAGE = 500;
    private static final int MOST_RETRYING = 1_000;

    /** After so many failures in a row it is asked with one delivery at a time. */
    private static final int FAILURES_UNTIL_CAUTION = 5;

    private static final Duration LONGEST_CAUTION = Duration.ofMinutes(1);
    private static final Duration UNREADABLE = Duration.ofSeconds(5);
    private static final String PINGED = "fjord.webhooks.subscription.SubscriptionPinged.v1";
    private static final int GONE = 410;
    private static final int MOST_SUCCESSFUL = 299;
    private static final int LEAST_SUCCESSFUL = 200;

    private final Deliveries deliveries;
    private final Map<String, Course> courses = new LinkedHashMap<>();
    private final Deque<Task> queue = new ArrayDeque<>();
    private final TreeSet<Due> retries =
            new TreeSet<>(Comparator.comparing(Due::due).thenComparing(Due::place));
    private final Map<Address, TreeSet<Place>> failed = new HashMap<>();
    private final Set<Address> busy = new HashSet<>();
    private final Set<Place> flying = new HashSet<>();

    private Subscription subscription;
    private long version;
    private Wanted wanted;
    private List<SigningKeys> keys;
    private int open;
    private int failuresInARow;
    private Instant heldUntil = Instant.EPOCH;
    private @Nullable Instant lastTaken;
    private Instant resumed = Instant.EPOCH;
    private @Nullable String held;
    private boolean moreToTry;
    private long writes;
    private boolean reported;
    private boolean closed;

    /**
     * An event on its way.
     *
     * @param course which brought it; null for one that is tried again
     * @param by the terms it is wanted by; null for one that is tried again
     * @param made attempts before
     */
    record Task(
            Happened happened,
            @Nullable Course course,
            @Nullable Wanted by,
            int made,
            Instant first,
            List<Attempt> before) {

        Place place() {
            return Place.of(happened.event());
        }
    }

    Endpoint(Deliveries deliveries, Subscription subscription, long version, List<SigningKeys> keys) {
        this.deliveries = deliveries;
        this.subscription = subscription;
        this.version = version;
        this.wanted = new Wanted(subscription.terms());
        this.keys = List.copyOf(keys);
    }

    Subscription subscription() {
        return subscription;
    }

    Map<String, Course> courses() {
        return courses;
    }

    /**
     * It was changed, disabled, resumed, or signs otherwise.
     *
     * @return whether it was resumed
     */
    boolean become(Subscription now, long nowVersion, List<SigningKeys> signing) {
        if (nowVersion <= version && signing.size() == keys.size()) {
            return false;
        }
        boolean again = subscription.disabled() != null && now.disabled() == null;
        if (again) {
            resumed = deliveries.now();
        }
        if (!now.terms().equals(subscription.terms())) {
            wanted = new Wanted(now.terms());
        }
        if (again || !now.terms().url().equals(subscription.terms().url())) {
            failuresInARow = 0;
            heldUntil = Instant.EPOCH;
        }
        subscription = now;
        version = nowVersion;
        keys = List.copyOf(signing);
        reported = false;
        return again;
    }

    void add(Course course) {
        courses.put(course.id(), course);
    }

    /** What stands to be tried again, as it stands in the database; what is on its way just now says so itself. */
    void tryAgain(List<Due> all, boolean more) {
        moreToTry = more;
        retries.clear();
        failed.values().forEach(places -> places.removeIf(place -> !deliveries.isSettling(this, place)));
        failed.values().removeIf(TreeSet::isEmpty);
        for (Due due : all) {
            if (!flying.contains(due.place()) && !deliveries.isSettling(this, due.place())) {
                retries.add(due);
                failed.computeIfAbsent(due.subject(), subject -> new TreeSet<>())
                        .add(due.place());
            }
        }
    }

    /** When something was taken for the last time, before this process began. */
    void lastTaken(@Nullable Instant last) {
        lastTaken = last;
    }

    /** How often something of it was written. */
    long writes() {
        return writes;
    }

    /** Nothing is sent any more; what is on its way may still arrive. */
    void close() {
        closed = true;
        deliveries.opened(-open);
        open = 0;
        queue.clear();
        retries.clear();
    }

    // What comes

    /** The next event of a service's journal, as it comes. */
    void offer(Happened happened) {
        EventEnvelope<byte[]> event = happened.event();
        Course live = courses.get(Course.LIVE);
        Course.Progress at = live == null ? null : live.of(event.source());
        if (live == null || at == null || !event.position().isAfter(at.looked())) {
            return;
        }
        if (at.behind || at.reading || !event.position().equals(at.looked().next()) || !sending() || room() <= 0) {
            // It is read from the journal when there is room.
            at.behind = true;
            return;
        }
        take(live, at, happened);
        pump();
    }

    private void take(Course course, Course.Progress at, Happened happened) {
        EventEnvelope<byte[]> event = happened.event();
        if (at.look(event.position()) && wants(course, happened)) {
            at.open(event.position());
            opened(1);
            queue.add(new Task(happened, course, wanted, 0, deliveries.now(), List.of()));
        }
    }

    private boolean wants(Course course, Happened happened) {
        EventEnvelope<byte[]> event = happened.event();
        if (course.live() && event.time().isBefore(subscription.createdAt())) {
            return false;
        }
        if (event.type().equals(PINGED) && event.subject().equals(subscription.address())) {
            return course.live();
        }
        return wanted.concerns(event)
                && course.includes(happened)
                && mayHave(event.subject())
                && wanted.passes(happened);
    }

    private boolean mayHave(Address subject) {
        return Wanted.visible(deliveries.access(), subscription.owner(), subject)
                // A test of one's own endpoint is for who made it.
                || subject.equals(subscription.address());
    }

    /** Reads on from the journals where events did not come by themselves, as far as there is room. */
    void catchUp() {
        if (!sending()) {
            return;
        }
        for (Course course : List.copyOf(courses.values())) {
            course.progress().forEach((source, at) -> {
                if (at.behind && !at.reading && room() >= (deliveries.full() ? FEW_OPEN : PAGE) / 2) {
                    read(course, source, at);
                }
            });
        }
    }

    private void read(Course course, String source, Course.Progress at) {
        Position end = course.live() ? deliveries.readTo(source) : course.end(source);
        if (end != null && !end.isAfter(at.looked())) {
            at.behind = false;
            return;
        }
        at.reading = true;
        deliveries.after(source, at.looked(), Math.min(PAGE, room())).onComplete(page -> {
            at.reading = false;
            if (page.failed()) {
                deliveries.unreadable(source, page.cause());
                return;
            }
            for (EventEnvelope<byte[]> event : page.result()) {
                // No further than what has come by itself: of what comes later it may not be known yet who may have it.
                if (closed
                        || (course.live()
                                ? event.position().isAfter(deliveries.readTo(source))
                                : course.endsBefore(source, event.position()))) {
                    break;
                }
                take(course, at, new Happened(event));
            }
            Position until = course.live() ? deliveries.readTo(source) : course.end(source);
            at.behind = until == null || until.isAfter(at.looked());
            pump();
            if (!page.result().isEmpty()) {
                catchUp();
            }
        });
    }

    /** How many events more it may hold. */
    private int room() {
        return (deliveries.full() ? FEW_OPEN : MOST_OPEN) - open;
    }

    private void opened(int more) {
        if (!closed) {
            open += more;
            deliveries.opened(more);
        }
    }

    // What goes

    /** Whether anything may be sent now. */
    private boolean sending() {
        held = null;
        if (closed
                || reported
                || subscription.disabled() != null
                || !deliveries.mine()
                || deliveries.now().isBefore(heldUntil)) {
            return false;
        }
        if (!deliveries.isActive(subscription.owner())) {
            held = "Its owner " + subscription.owner() + " is suspended or gone; somebody else has to change it";
            return false;
        }
        return true;
    }

    /** Sends what may be sent. */
    void pump() {
        if (moreToTry && retries.isEmpty() && sending()) {
            moreToTry = false;
            deliveries.refresh(subscription.address());
        }
        while (sending() && flying.size() < (failuresInARow >= FAILURES_UNTIL_CAUTION ? 1 : WINDOW)) {
            if (!again() && !next()) {
                return;
            }
        }
    }

    private boolean again() {
        Instant now = deliveries.now();
        for (Due due : retries) {
            if (due.due().isAfter(now)) {
                return false;
            }
            if (mayGo(due)) {
                retries.remove(due);
                depart(due.place(), due.subject());
                fetch(due);
                return true;
            }
        }
        return false;
    }

    private boolean mayGo(Due due) {
        TreeSet<Place> before = failed.get(due.subject());
        return !subscription.terms().ordered()
                || (!busy.contains(due.subject())
                        && (before == null || before.isEmpty() || before.first().equals(due.place())));
    }

    private void fetch(Due due) {
        Future<Optional<EventEnvelope<byte[]>>> event = deliveries.at(due.place());
        Future<Optional<Delivery>> before = deliveries.stored(subscription.id(), due.place());
        deliveries.here(Future.join(event, before)).onComplete(found -> {
            if (found.failed()) {
                deliveries.unreadable(due.place().source(), found.cause());
                arrive(due.place(), due.subject());
                retries.add(new Due(due.place(), due.subject(), deliveries.now().plus(UNREADABLE)));
            } else if (event.result().isEmpty()) {
                arrive(due.place(), due.subject());
            } else {
                // What was wished of an event nobody had looked at before stood under the subscription's own name.
                arrive(due.place(), due.subject());
                forgetFailure(due.subject(), due.place());
                depart(due.place(), event.result().get().subject());
                Delivery kept = before.result().orElse(null);
                post(new Task(
                        new Happened(event.result().get()),
                        null,
                        null,
                        kept == null ? 0 : kept.made(),
                        kept == null || kept.made() == 0 ? deliveries.now() : kept.first(),
                        kept == null ? List.of() : kept.attempts()));
            }
        });
    }

    private boolean next() {
        if (retries.size() + failed.size() >= MOST_RETRYING) {
            return false;
        }
        for (Iterator<Task> waiting = queue.iterator(); waiting.hasNext(); ) {
            Task task = waiting.next();
            Address subject = task.happened().event().subject();
            if (subscription.terms().ordered() && (busy.contains(subject) || failed.containsKey(subject))) {
                continue;
            }
            waiting.remove();
            Course course = java.util.Objects.requireNonNull(task.course());
            if (task.by() == wanted ? !mayHave(subject) : !wants(course, task.happened())) {
                // The terms, or the owner's rights, have changed since it came.
                opened(-1);
                settledUnsent(course, task.place());
                continue;
            }
            depart(task.place(), subject);
            if (course.live()) {
                post(task);
            } else {
                postOnceMore(task);
            }
            return true;
        }
        return false;
    }

    /** What is replayed may have attempts already, which stay. */
    private void postOnceMore(Task task) {
        deliveries.here(deliveries.stored(subscription.id(), task.place())).onComplete(before -> {
            Delivery kept = before.succeeded() ? before.result().orElse(null) : null;
            post(
                    kept == null
                            ? task
                            : new Task(
                                    task.happened(),
                                    task.course(),
                                    task.by(),
                                    kept.made(),
                                    kept.first(),
                                    kept.attempts()));
        });
    }

    private static void settledUnsent(Course course, Place place) {
        Course.Progress at = course.of(place.source());
        if (at != null) {
            at.settled(place.position());
        }
    }

    private void depart(Place place, Address subject) {
        flying.add(place);
        busy.add(subject);
    }

    private void arrive(Place place, Address subject) {
        flying.remove(place);
        busy.remove(subject);
    }

    private void post(Task task) {
        EventEnvelope<byte[]> event = task.happened().event();
        Instant began = deliveries.now();
        long started = System.nanoTime();
        byte[] body;
        try {
            if (!mayHave(event.subject())) {
                unsendable(task, began, subscription.owner() + " may not read " + event.subject() + " any more");
                return;
            }
            body = wanted.body(task.happened());
        } catch (CannotBeEvaluated e) {
            unsendable(task, began, "the transformation does not fit the event: " + e.getMessage());
            return;
        }
        String webhookId = Delivery.webhookId(event.id(), subscription.id());
        long timestamp = began.getEpochSecond();
        deliveries
                .signed(
                        () -> signatures(webhookId, timestamp, body),
                        subscription.terms().signatures() != Signatures.SYMMETRIC)
                .compose(signatures ->
                        deliveries.post(subscription.terms().url(), headers(webhookId, timestamp, signatures), body))
                .onComplete(answer -> answered(
                        task, began, (System.nanoTime() - started) / 1_000_000, answer.result(), answer.cause()));
    }

    /** All that count just now, so that receivers may change their secret when it suits them. */
    private String signatures(String webhookId, long timestamp, byte[] body) {
        List<String> all = new ArrayList<>();
        keys.forEach(key -> all.addAll(key.sign(subscription.terms().signatures(), webhookId, timestamp, body)));
        return String.join(" ", all);
    }

    private Map<String, String> headers(String webhookId, long timestamp, String signatures) {
        Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.put(
                "Content-Type",
                wanted.transforms() ? "application/json" : "application/cloudevents+json; charset=utf-8");
        all.put("User-Agent", "Fjord-Webhooks/1");
        all.putAll(subscription.terms().headers());
        all.put("webhook-id", webhookId);
        all.put("webhook-timestamp", Long.toString(timestamp));
        all.put("webhook-signature", signatures);
        return all;
    }

    private void answered(Task task, Instant began, long millis, @Nullable Answer answer, @Nullable Throwable failure) {
        Attempt attempt;
        if (answer == null) {
            attempt = Attempt.unanswered(began, millis, failure == null ? "there was no answer" : Sender.told(failure));
        } else {
            boolean taken = answer.status() >= LEAST_SUCCESSFUL && answer.status() <= MOST_SUCCESSFUL;
            attempt = new Attempt(
                    began,
                    millis,
                    answer.status(),
                    taken ? null : "it answered " + answer.status(),
                    answer.headers(),
                    answer.body());
        }
        Place place = task.place();
        Address subject = task.happened().event().subject();
        arrive(place, subject);
        if (attempt.delivered()) {
            forgetFailure(subject, place);
            taken();
            settle(task, attempt, State.DELIVERED, deliveries.now());
        } else if (answer != null && answer.status() == GONE) {
            remember(subject, place);
            settle(
                    task,
                    attempt,
                    State.RETRYING,
                    deliveries.now(),
                    report(id -> new ReportEndpointGone(subscription.id(), version, id), "gone", task));
        } else {
            failed(task, attempt, answer == null ? Optional.empty() : answer.retryAfter());
        }
        pump();
        catchUp();
    }

    /** An endpoint that answers again gets what it missed at once. */
    private void taken() {
        lastTaken = deliveries.now();
        if (failuresInARow >= FAILURES_UNTIL_CAUTION) {
            List<Due> all = List.copyOf(retries);
            retries.clear();
            all.forEach(due -> retries.add(new Due(due.place(), due.subject(), deliveries.now())));
        }
        failuresInARow = 0;
        heldUntil = Instant.EPOCH;
    }

    private void failed(Task task, Attempt attempt, Optional<Duration> retryAfter) {
        Instant now = deliveries.now();
        Place place = task.place();
        Address subject = task.happened().event().subject();
        failuresInARow++;
        // Who resumed it since wants all that was missed, this too.
        int made = attempt.at().isBefore(resumed) ? 1 : task.made() + 1;
        Optional<Duration> pause = deliveries.schedule().after(made);
        if (pause.isEmpty()) {
            Instant taken = lastTaken;
            boolean dead = subscription.terms().ordered() || taken == null || taken.isBefore(task.first());
            forgetFailure(subject, place);
            settle(
                    task,
                    attempt,
                    State.DEAD,
                    now,
                    dead ? report(id -> new ReportEndpointDead(subscription.id(), version, id), "dead", task) : null);
            return;
        }
        remember(subject, place);
        Duration wanted = pause.get();
        if (retryAfter.isPresent()) {
            heldUntil = later(heldUntil, now.plus(retryAfter.get()));
            wanted = retryAfter.get().compareTo(wanted) > 0 ? retryAfter.get() : wanted;
        }
        Instant due = now.plus(wanted);
        if (failuresInARow >= FAILURES_UNTIL_CAUTION) {
            Instant soonest = retries.isEmpty() || due.isBefore(retries.first().due())
                    ? due
                    : retries.first().due();
            Instant latest = now.plus(LONGEST_CAUTION);
            heldUntil = later(heldUntil, soonest.isBefore(latest) ? soonest : latest);
        }
        settle(task, attempt, State.RETRYING, due);
    }

    /** Trying again would help nothing; somebody has to change something and send it again. */
    private void unsendable(Task task, Instant began, String why) {
        Address subject = task.happened().event().subject();
        arrive(task.place(), subject);
        forgetFailure(subject, task.place());
        settle(task, Attempt.unanswered(began, 0, why), State.DEAD, began);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private void remember(Address subject, Place place) {
        failed.computeIfAbsent(subject, any -> new TreeSet<>()).add(place);
    }

    private void forgetFailure(Address subject, Place place) {
        TreeSet<Place> places = failed.get(subject);
        if (places != null && places.remove(place) && places.isEmpty()) {
            failed.remove(subject);
        }
    }

    private interface Report {
        SubscriptionCommand of(String webhookId);
    }

    /** Nothing more is sent from now on; told once what led to it is written, or a resumption could come in between. */
    private Runnable report(Report report, String what, Task task) {
        reported = true;
        Subscription now = subscription;
        long seen = version;
        SubscriptionCommand command =
                report.of(Delivery.webhookId(task.happened().event().id(), now.id()));
        return () -> deliveries.wish(now, seen, what, command);
    }

    private void settle(Task task, Attempt attempt, State state, Instant due) {
        settle(task, attempt, state, due, null);
    }

    private void settle(Task task, Attempt attempt, State state, Instant due, @Nullable Runnable then) {
        List<Attempt> attempts = new ArrayList<>(task.before());
        attempts.add(attempt);
        EventEnvelope<byte[]> event = task.happened().event();
        deliveries.settled(new Deliveries.Settled(
                this,
                task.course(),
                new Delivery(
                        task.place(),
                        event.id(),
                        event.type(),
                        event.subject(),
                        state,
                        task.made() + 1,
                        task.first(),
                        attempt.at(),
                        due,
                        attempts),
                then));
    }

    /** It is in the database what became of it. */
    void written(Deliveries.Settled settled) {
        writes++;
        if (settled.course() != null) {
            opened(-1);
        }
        Delivery delivery = settled.delivery();
        if (delivery.state() == State.RETRYING && !closed) {
            retries.add(new Due(delivery.place(), delivery.subject(), delivery.due()));
        }
        Runnable then = settled.then();
        if (then != null) {
            then.run();
        }
    }

    // What is seen of it

    /** How it stands just now, beside what is in the database. */
    record Standing(
            Map<String, String> positions,
            long behind,
            int waiting,
            int onTheWay,
            int failuresInARow,
            @Nullable Instant heldUntil,
            @Nullable String held,
            List<String> replays) {

        /**
         * As far as it is written down by another process, which serves it.
         *
         * @param reached how far what is live is with each journal
         * @param read how far the journals are read
         */
        static Standing written(Map<String, Position> reached, Map<String, Position> read, List<Replay> replays) {
            Map<String, String> positions = new TreeMap<>();
            long behind = 0;
            for (Map.Entry<String, Position> one : reached.entrySet()) {
                positions.put(one.getKey(), one.getValue().toString());
                behind += Math.max(
                        0,
                        read.getOrDefault(one.getKey(), one.getValue()).n()
                                - one.getValue().n());
            }
            return new Standing(
                    positions,
                    behind,
                    0,
                    0,
                    0,
                    null,
                    null,
                    replays.stream().map(Replay::id).toList());
        }
    }

    Standing standing() {
        boolean unused = sending();
        Map<String, String> positions = new TreeMap<>();
        long[] behind = {0};
        Course live = courses.get(Course.LIVE);
        if (live != null) {
            live.progress().forEach((source, at) -> {
                positions.put(source, at.reached().toString());
                behind[0] +=
                        Math.max(0, deliveries.readTo(source).n() - at.reached().n());
            });
        }
        return new Standing(
                positions,
                behind[0],
                queue.size(),
                flying.size(),
                failuresInARow,
                deliveries.now().isBefore(heldUntil) ? heldUntil : null,
                held,
                courses.keySet().stream().filter(id -> !id.equals(Course.LIVE)).toList());
    }
}

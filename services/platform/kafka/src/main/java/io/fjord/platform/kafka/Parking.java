package io.fjord.platform.kafka;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.kernel.Projection;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A projection's way with events it cannot apply: the culprit is found by halving, its subject is parked, others go on. */
final class Parking implements JournalFeed.Sink {

    private static final Logger log = LoggerFactory.getLogger(Parking.class);

    private static final Position END = new Position(Long.MAX_VALUE, Long.MAX_VALUE);

    private final Projection projection;
    private final String service;
    private final Predicate<Throwable> isTransient;
    private final ParkedEvents parked;
    private final Counter counter;
    private final Set<Address> subjects = new HashSet<>();
    private boolean unsure;

    Parking(
            Projection projection,
            String service,
            Predicate<Throwable> isTransient,
            ParkedEvents parked,
            MeterRegistry metrics) {
        this.projection = projection;
        this.service = service;
        this.isTransient = isTransient;
        this.parked = parked;
        this.counter = Counter.builder("fjord.events.parked")
                .description("Events a projection could not apply, and those of the same subjects after them")
                .tags("projection", projection.name(), "service", service)
                .register(metrics);
    }

    @Override
    public Future<Position> position() {
        return projection
                .position(service)
                .compose(position -> position.n() == 0
                        ? releaseAll().map(position)
                        : parked.subjects(projection.name(), service, position).map(before -> {
                            subjects.addAll(before);
                            return position;
                        }));
    }

    private Future<Void> releaseAll() {
        subjects.clear();
        return parked.subjects(projection.name(), service, END)
                .compose(before ->
                        before.isEmpty() ? Future.succeededFuture() : parked.release(projection.name(), service));
    }

    @Override
    public Future<Void> reset() {
        return projection.reset(service).compose(ok -> releaseAll());
    }

    /** After a failure nobody knows what was committed: the view is asked, and what it has is not applied again. */
    @Override
    public Future<Void> apply(List<EventEnvelope<byte[]>> events) {
        return unsure ? projection.position(service).compose(at -> sureApply(after(at, events))) : sureApply(events);
    }

    private List<EventEnvelope<byte[]>> after(Position at, List<EventEnvelope<byte[]>> events) {
        unsure = false;
        return events.stream().filter(event -> event.position().isAfter(at)).toList();
    }

    private Future<Void> sureApply(List<EventEnvelope<byte[]>> events) {
        Future<Void> aside = Future.succeededFuture();
        for (EventEnvelope<byte[]> event : events) {
            if (subjects.contains(event.subject())) {
                aside = aside.compose(ok -> park(event));
            }
        }
        List<EventEnvelope<byte[]>> good = events.stream()
                .filter(event -> !subjects.contains(event.subject()))
                .toList();
        return good.isEmpty() ? aside : aside.compose(ok -> applyGood(good));
    }

    private Future<Void> applyGood(List<EventEnvelope<byte[]>> events) {
        return Backoff.guarded(() -> projection.apply(service, events)).recover(failure -> {
            unsure = true;
            if (isTransient.test(failure)) {
                return Future.failedFuture(failure);
            }
            return projection
                    .position(service)
                    .compose(
                            at -> after(at, events).size() < events.size() ? apply(after(at, events)) : narrow(events));
        });
    }

    private Future<Void> narrow(List<EventEnvelope<byte[]>> events) {
        if (events.size() > 1) {
            int half = events.size() / 2;
            return apply(events.subList(0, half)).compose(ok -> apply(events.subList(half, events.size())));
        }
        return Backoff.guarded(() -> projection.apply(service, events)).recover(failure -> {
            unsure = true;
            return isTransient.test(failure)
                    ? Future.failedFuture(failure)
                    : projection
                            .position(service)
                            .compose(at -> after(at, events).isEmpty()
                                    ? Future.succeededFuture()
                                    : parkSubject(events.get(0), failure));
        });
    }

    private Future<Void> parkSubject(EventEnvelope<byte[]> event, Throwable failure) {
        log.atError()
                .addKeyValue("projection", projection.name())
                .addKeyValue("subject", event.subject())
                .addKeyValue("messageId", event.id())
                .addKeyValue("position", event.position())
                .setCause(failure)
                .log("An event cannot be applied; its subject is parked");
        return park(event).onSuccess(ok -> subjects.add(event.subject()));
    }

    private Future<Void> park(EventEnvelope<byte[]> event) {
        return parked.park(projection.name(), service, event).onSuccess(ok -> counter.increment());
    }
}

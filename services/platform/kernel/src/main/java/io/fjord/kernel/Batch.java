package io.fjord.kernel;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Clearance;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.operation.OperationEvent.CommandHadNoEffect;
import io.fjord.contract.operation.OperationEvent.CommandRejected;
import io.fjord.kernel.CommandHandler.Prepared;
import io.fjord.kernel.CommandHandler.Registry;
import io.fjord.kernel.Metastore.DeadlineRow;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The decisions of one batch as they build on each other: states, quotas and events, before anything is written. */
final class Batch {

    private final Registry registry;
    private final Instant now;
    private Names names = Names.NONE;
    private final Set<String> seen = new HashSet<>();
    private final Map<String, Quota> quotas = new TreeMap<>();
    private final Set<String> changedQuotas = new HashSet<>();
    private final Map<String, Address> released = new TreeMap<>();
    private final Map<String, Address> taken = new TreeMap<>();
    private final Map<Address, Thing<?, ?, ?>> things = new TreeMap<>();
    private final List<NewEvent> events = new ArrayList<>();
    private final Map<String, String> digests = new LinkedHashMap<>();
    private final List<DeadlineRow> deadlines = new ArrayList<>();

    /** One aggregate in the batch: how it was found and how it is now. */
    private static final class Thing<C, S, E> {
        final Aggregate<C, S, E> aggregate;
        final Stored<S> before;
        Stored<S> now;

        Thing(Aggregate<C, S, E> aggregate, Stored<S> before) {
            this.aggregate = aggregate;
            this.before = before;
            this.now = before;
        }
    }

    Batch(Registry registry, Instant now) {
        this.registry = registry;
        this.now = now;
    }

    Instant now() {
        return now;
    }

    List<NewEvent> events() {
        return events;
    }

    Map<String, String> digests() {
        return digests;
    }

    void skip(Set<String> handled) {
        seen.addAll(handled);
    }

    void quotas(Map<String, Quota> locked) {
        quotas.putAll(locked);
    }

    void names(Names locked) {
        names = locked;
    }

    <S> void loaded(Aggregate<?, S, ?> aggregate, Address subject, Stored<S> stored) {
        things.put(subject, new Thing<>(aggregate, stored));
    }

    void decide(Prepared prepared) {
        CommandEnvelope<byte[]> envelope =
                Objects.requireNonNull(prepared.record().command());
        if (!seen.add(envelope.id())) {
            return;
        }
        String digest = Ids.sha256(envelope.type().getBytes(StandardCharsets.UTF_8), envelope.data());
        digests.put(envelope.id(), digest);
        Wish wish = new Wish(envelope, digest, prepared.clearance());
        Problem refused = prepared.refused();
        if (refused != null) {
            reject(wish, refused);
            return;
        }
        decide(
                Objects.requireNonNull(things.get(envelope.subject())),
                Objects.requireNonNull(prepared.command()),
                wish,
                prepared);
    }

    /** A command, and what is written beside its outcome. */
    private record Wish(CommandEnvelope<byte[]> envelope, String digest, Clearance clearance) {}

    @SuppressWarnings("unchecked") // the registry found the aggregate by the command's class
    private <C, S, E> void decide(Thing<C, S, E> thing, Object command, Wish wish, Prepared prepared) {
        CommandEnvelope<byte[]> envelope = wish.envelope();
        Long expected = envelope.expectedVersion();
        if (expected != null && expected != thing.now.version()) {
            reject(
                    wish,
                    KernelProblems.versionMismatch(
                            expected, thing.now.version(), since(expected, envelope.subject(), prepared.history())));
            return;
        }
        Decider<C, S, E> decider = thing.aggregate.decider();
        String domain = envelope.subject().domain();
        Quota quota = quotas.getOrDefault(domain, Quota.unlimited(domain));
        try {
            Decision<E> decision = decider.decide(
                    (C) command, thing.now.state(), new Context(now, Ids::next, envelope.actor(), quota, names));
            if (decision instanceof Decision.Accepted<E> accepted) {
                accept(thing, accepted.events(), wish, quota);
            } else if (decision instanceof Decision.Rejected<E> rejected) {
                reject(wish, rejected.problem());
            } else if (decision instanceof Decision.NoEffect<E> none) {
                end(wish, Outcome.NO_EFFECT, new CommandHadNoEffect(none.reason()));
            }
        } catch (RuntimeException e) {
            throw new CommandHandler.Poison(prepared.record().offset(), e);
        }
    }

    private <C, S, E> void accept(Thing<C, S, E> thing, List<E> accepted, Wish wish, Quota quota) {
        Decider<C, S, E> decider = thing.aggregate.decider();
        S state = thing.now.state();
        long version = thing.now.version();
        for (int i = 0; i < accepted.size(); i++) {
            E event = accepted.get(i);
            boolean last = i == accepted.size() - 1;
            state = decider.evolve(state, event);
            version++;
            events.add(event(wish, event, version, last ? Outcome.ACCEPTED : null));
        }
        if (!thing.aggregate.quotas().isEmpty()) {
            Map<String, Long> used = decider.usage(thing.now.state());
            Map<String, Long> uses = decider.usage(state);
            if (!used.equals(uses)) {
                quotas.put(quota.domain(), quota.replacing(used, uses));
                changedQuotas.add(quota.domain());
            }
        }
        hold(wish.envelope().subject(), decider.holds(thing.now.state()), decider.holds(state));
        thing.now = new Stored<>(state, version);
    }

    /** What was given back and what was taken, against the rows as they are. */
    private void hold(Address subject, Set<String> before, Set<String> after) {
        if (before.equals(after)) {
            return;
        }
        for (String name : before) {
            if (!after.contains(name) && !taken.remove(name, subject)) {
                released.put(name, subject);
            }
        }
        for (String name : after) {
            if (!before.contains(name) && !released.remove(name, subject)) {
                taken.put(name, subject);
            }
        }
        names = names.replacing(subject, before, after);
    }

    private void reject(Wish wish, Problem problem) {
        end(
                wish,
                Outcome.REJECTED,
                new CommandRejected(problem.withInstance(
                        "/api/v1/operations/" + wish.envelope().id())));
    }

    private void end(Wish wish, Outcome outcome, Object event) {
        events.add(event(wish, event, null, outcome));
    }

    /** @param outcome of the command, on its last event */
    private NewEvent event(Wish wish, Object event, @Nullable Long version, @Nullable Outcome outcome) {
        CommandEnvelope<byte[]> cause = wish.envelope();
        return new NewEvent(
                Ids.next(),
                registry.types.typeOf(event),
                cause.subject(),
                version,
                cause.actor(),
                cause.correlationId(),
                cause.id(),
                cause.id(),
                outcome,
                outcome == null ? null : wish.digest(),
                cause.traceparent(),
                outcome == null ? Clearance.NONE : wish.clearance(),
                Json.text(event));
    }

    /** What changed the subject after that version: committed events, then those of this batch. */
    private List<EventEnvelope<String>> since(long version, Address subject, List<EventEnvelope<String>> committed) {
        Map<Long, EventEnvelope<String>> after = new TreeMap<>();
        for (EventEnvelope<String> event : committed) {
            if (event.version() != null && event.version() > version) {
                after.put(event.version(), event);
            }
        }
        for (NewEvent event : events) {
            if (event.version() != null
                    && event.version() > version
                    && event.subject().equals(subject)) {
                after.putIfAbsent(
                        event.version(),
                        new EventEnvelope<>(
                                event.id(),
                                event.type(),
                                "",
                                now,
                                subject,
                                Position.START,
                                event.version(),
                                event.actor(),
                                event.correlationId(),
                                event.causationId(),
                                event.commandId(),
                                event.outcome(),
                                event.commandDigest(),
                                event.traceparent(),
                                event.clearance(),
                                event.data()));
            }
        }
        return List.copyOf(after.values());
    }

    // Writing it

    Future<Void> saveQuotas(Metastore metastore, Tx tx) {
        List<Quota> changed = changedQuotas.stream()
                .sorted()
                .map(quotas::get)
                .map(Objects::requireNonNull)
                .toList();
        return changed.isEmpty() ? Future.succeededFuture() : metastore.saveQuotas(tx, changed);
    }

    Future<Void> saveNames(Metastore metastore, Tx tx) {
        return released.isEmpty() && taken.isEmpty()
                ? Future.succeededFuture()
                : metastore.saveNames(tx, released, taken);
    }

    Future<Void> saveStates(Tx tx) {
        Map<Aggregate<?, ?, ?>, List<Address>> changed = new HashMap<>();
        things.forEach((address, thing) -> {
            if (thing.now.version() != thing.before.version()) {
                changed.computeIfAbsent(thing.aggregate, a -> new ArrayList<>()).add(address);
            }
        });
        List<Aggregate<?, ?, ?>> inOrder = changed.keySet().stream()
                .sorted(java.util.Comparator.comparing(Aggregate::kind))
                .toList();
        Future<Void> saved = Future.succeededFuture();
        for (Aggregate<?, ?, ?> aggregate : inOrder) {
            List<Address> addresses = Objects.requireNonNull(changed.get(aggregate));
            saved = saved.compose(ok -> saveStates(tx, aggregate, addresses));
        }
        return saved;
    }

    @SuppressWarnings("unchecked") // things were put in under their own aggregate
    private <C, S, E> Future<Void> saveStates(Tx tx, Aggregate<C, S, E> aggregate, List<Address> addresses) {
        List<Store.Change<S>> changes = new ArrayList<>();
        for (Address address : addresses) {
            Thing<C, S, E> thing = (Thing<C, S, E>) Objects.requireNonNull(things.get(address));
            changes.add(new Store.Change<>(address, thing.before, thing.now));
            deadlines.add(deadline(aggregate, address, thing.now));
        }
        return aggregate.store().saveAll(tx, changes);
    }

    private <C, S, E> DeadlineRow deadline(Aggregate<C, S, E> aggregate, Address address, Stored<S> stored) {
        return aggregate
                .decider()
                .deadline(stored.state(), stored.version())
                .map(d -> new DeadlineRow(
                        address,
                        aggregate.kind(),
                        d.due(),
                        stored.version(),
                        registry.types.typeOf(Objects.requireNonNull((Object) d.command())),
                        Json.text(Objects.requireNonNull((Object) d.command()))))
                .orElseGet(() -> new DeadlineRow(address, aggregate.kind(), null, stored.version(), "", ""));
    }

    List<DeadlineRow> deadlines() {
        return deadlines;
    }

    List<Instant> dueTimes() {
        return deadlines.stream()
                .map(DeadlineRow::due)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }
}

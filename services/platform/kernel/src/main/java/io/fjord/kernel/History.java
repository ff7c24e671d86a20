package io.fjord.kernel;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** States as they were: the events of the journal folded up to a position. */
public final class History<S, E> {

    private static final int PAGE = 1000;

    private final Metastore metastore;
    private final MessageTypes types;
    private final Aggregate<?, S, E> aggregate;

    public History(Metastore metastore, MessageTypes types, Aggregate<?, S, E> aggregate) {
        this.metastore = metastore;
        this.types = types;
        this.aggregate = aggregate;
    }

    /** One thing at that position; version 0 if it was not there yet. */
    public Future<Stored<S>> at(Address subject, Position position) {
        return metastore.history(subject, position).compose(metastore::opened).map(events -> {
            Stored<S> state = aggregate.initial(subject);
            for (EventEnvelope<String> event : events) {
                state = step(state, event);
            }
            return state;
        });
    }

    /** Every thing of the kind at that position, by address. */
    public Future<Map<Address, Stored<S>>> allAt(Position position) {
        return fold(new Position(1, 0), position, new TreeMap<>());
    }

    private Future<Map<Address, Stored<S>>> fold(Position after, Position until, Map<Address, Stored<S>> states) {
        return metastore.journal(after, PAGE).compose(metastore::opened).compose(events -> {
            Position last = after;
            for (EventEnvelope<String> event : events) {
                if (event.position().isAfter(until)) {
                    return Future.succeededFuture(states);
                }
                last = event.position();
                if (event.version() != null && event.subject().kind().equals(aggregate.kind())) {
                    states.compute(
                            event.subject(),
                            (subject, was) -> step(was == null ? aggregate.initial(subject) : was, event));
                }
            }
            return events.size() < PAGE ? Future.succeededFuture(states) : fold(last, until, states);
        });
    }

    /** One more event on a state. */
    public Stored<S> step(Stored<S> state, EventEnvelope<String> event) {
        Long version = event.version();
        if (version == null) {
            return state;
        }
        E change = aggregate.events().cast(types.read(event.type(), event.data()));
        return new Stored<>(aggregate.decider().evolve(state.state(), change), version);
    }

    /** The events that changed a subject, oldest first. */
    public Future<List<EventEnvelope<String>>> of(Address subject) {
        return metastore.history(subject, null).compose(metastore::opened);
    }
}

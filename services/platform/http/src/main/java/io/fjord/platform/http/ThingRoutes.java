package io.fjord.platform.http;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Thing;
import io.fjord.kernel.Things;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What the routes of all kinds of things have in common: wishes become commands, reads come from rows or, as of then, from the
 * journal.
 */
public final class ThingRoutes<S extends Thing> {

    private final CommandRoutes commands;
    private final Metastore metastore;
    private final Reads reads;
    private final Things<S> things;
    private final Function<Stored<S>, Object> view;
    private final Function<Address, Problem> missing;

    /**
     * @param view a thing as the API shows it
     * @param missing what is said of one that is not there
     */
    public ThingRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            Things<S> things,
            Function<Stored<S>, Object> view,
            Function<Address, Problem> missing) {
        this.commands = commands;
        this.metastore = metastore;
        this.reads = reads;
        this.things = things;
        this.view = view;
        this.missing = missing;
    }

    // Wishes

    /** Answers 201 and where it is. */
    public Future<Reply> create(Call call, Address address, Object command, String location) {
        return commands.submit(
                call,
                address,
                command,
                event -> resource(address, event).map(reply -> reply.status(201).header("Location", location)));
    }

    /** Answers the thing as the command left it. */
    public Future<Reply> change(Call call, Address address, Object command) {
        return commands.submit(call, address, command, event -> resource(address, event));
    }

    /** Answers 204. */
    public Future<Reply> remove(Call call, Address address, Object command) {
        return commands.submit(
                call,
                address,
                command,
                event -> Future.succeededFuture(Reply.noContent().position(metastore.service(), event.position())));
    }

    /** The thing as the command left it: what others did since does not show. */
    private Future<Reply> resource(Address address, EventEnvelope<byte[]> event) {
        return things.one(address, Optional.of(event.position())).map(at -> reply(address, at));
    }

    // Reads

    public Future<Reply> get(Call call, Address address) {
        return asOf(call).compose(asOf -> things.one(address, asOf)).map(at -> reply(address, at));
    }

    /** Those the caller may read, by name. */
    public Future<Reply> list(Call call, String domain) {
        return list(call, domain, things);
    }

    /** @param some not all of them */
    public Future<Reply> list(Call call, String domain, Things<S> some) {
        return asOf(call).compose(asOf -> list(call, domain, some, stored -> true, asOf));
    }

    /**
     * @param wanted of each, what the database cannot be asked
     * @param asOf empty for now
     */
    public Future<Reply> list(Call call, String domain, Things<S> some, Predicate<S> wanted, Optional<Position> asOf) {
        String begin = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        Predicate<Address> readable = call.those();
        Things<S> possible =
                call.candidates(domain, some.kind()).map(some::among).orElse(some);
        return possible.page(
                        domain,
                        asOf,
                        pieces -> Page.<Stored<S>>sieved(
                                call,
                                stored -> readable.test(stored.state().address()) && wanted.test(stored.state()),
                                (last, size) ->
                                        pieces.after(last.map(ThingRoutes::name).orElse(begin), size),
                                stored -> List.of(name(stored))))
                .map(at -> Reply.ok(at.value().map(view)).position(metastore.service(), at.position()));
    }

    private static String name(Stored<? extends Thing> stored) {
        return stored.state().address().name();
    }

    /** The events that changed it, in order. */
    public Future<Reply> history(Call call, Address address) {
        return HistoryPage.of(call, reads, metastore, address, missing);
    }

    /** As of when is asked, once what is read has come to where the caller wants it; empty for now. */
    public Future<Optional<Position>> asOf(Call call) {
        return reads.reached(call).compose(ok -> reads.asOf(call, metastore));
    }

    private Reply reply(Address address, At<Optional<Stored<S>>> at) {
        Stored<S> stored = at.value().orElseThrow(() -> new ProblemException(missing.apply(address)));
        return Reply.ok(view.apply(stored)).version(stored.version()).position(metastore.service(), at.position());
    }
}

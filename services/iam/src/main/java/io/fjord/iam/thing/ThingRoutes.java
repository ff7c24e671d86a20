package io.fjord.iam.thing;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.iam.Parts;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.HistoryPage;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
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
    private final Listing<S> listing;
    private final Function<Stored<S>, Object> view;
    private final Function<Address, Problem> missing;

    /**
     * @param view a thing as the API shows it
     * @param missing what is said of one that is not there
     */
    public ThingRoutes(
            Parts parts, Listing<S> listing, Function<Stored<S>, Object> view, Function<Address, Problem> missing) {
        this.commands = parts.commands();
        this.metastore = parts.metastore();
        this.reads = parts.reads();
        this.listing = listing;
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
        return listing.oneAt(address, event.position()).map(at -> reply(address, at));
    }

    // Reads

    public Future<Reply> get(Call call, Address address) {
        return asOf(call)
                .compose(asOf -> asOf.isPresent() ? listing.oneAt(address, asOf.get()) : listing.one(address))
                .map(at -> reply(address, at));
    }

    /** Those the caller may read, by name. */
    public Future<Reply> list(Call call, String domain, Where<S> where) {
        return asOf(call).compose(asOf -> list(call, domain, where, stored -> true, asOf));
    }

    /**
     * @param wanted of each, what the database cannot be asked
     * @param asOf empty for now
     */
    public Future<Reply> list(Call call, String domain, Where<S> where, Predicate<S> wanted, Optional<Position> asOf) {
        String begin = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        Predicate<Address> readable = call.those();
        return pieces(domain, where, begin, asOf).compose(pieces -> {
            // Of the first piece: what is answered is not from before it.
            AtomicReference<Position> position = new AtomicReference<>();
            return Page.<Stored<S>>sieved(
                            call,
                            stored -> readable.test(stored.state().address()) && wanted.test(stored.state()),
                            (last, size) -> pieces.apply(
                                            last.map(ThingRoutes::name).orElse(begin), size)
                                    .map(at -> {
                                        position.compareAndSet(null, at.position());
                                        return at.value();
                                    }),
                            stored -> List.of(name(stored)))
                    .map(page -> Reply.ok(page.map(view))
                            .position(metastore.service(), Objects.requireNonNull(position.get())));
        });
    }

    /** Reads so many after a name; of then, from what is folded once. */
    private Future<BiFunction<String, Integer, Future<At<List<Stored<S>>>>>> pieces(
            String domain, Where<S> where, String begin, Optional<Position> asOf) {
        if (asOf.isEmpty()) {
            return Future.succeededFuture((after, size) -> listing.page(domain, where, after, size));
        }
        return listing.pageAt(domain, where, begin, Integer.MAX_VALUE, asOf.get())
                .map(all -> (after, size) -> Future.succeededFuture(new At<>(
                        all.value().stream()
                                .filter(stored -> name(stored).compareTo(after) > 0)
                                .limit(size)
                                .toList(),
                        all.position())));
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

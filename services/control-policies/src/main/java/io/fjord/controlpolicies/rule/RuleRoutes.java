package io.fjord.controlpolicies.rule;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
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
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What policies and guardrails over HTTP have in common: wishes become commands, reads come from rows or, as of then, from the
 * journal.
 */
public final class RuleRoutes<S extends Rule> {

    private final CommandRoutes commands;
    private final Metastore metastore;
    private final Reads reads;
    private final RuleQueries<S> rules;
    private final String kind;
    private final Function<Stored<S>, Object> view;
    private final Function<Address, Problem> missing;

    /**
     * @param view a rule as the API shows it
     * @param missing what is said of one that is not there
     */
    public RuleRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            RuleQueries<S> rules,
            String kind,
            Function<Stored<S>, Object> view,
            Function<Address, Problem> missing) {
        this.commands = commands;
        this.metastore = metastore;
        this.reads = reads;
        this.rules = rules;
        this.kind = kind;
        this.view = view;
        this.missing = missing;
    }

    public Address address(Call call) {
        return new Address(call.domain(), kind, call.path("name"));
    }

    // Wishes

    /** Answers 201 and where it is. */
    public Future<Reply> create(Call call, String name, Object command) {
        Address address = new Address(call.domain(), kind, name);
        call.require(address);
        return commands.submit(
                call,
                address,
                command,
                event -> resource(address, event)
                        .map(reply -> reply.status(201).header("Location", call.path() + "/" + name)));
    }

    /** Answers the rule as the command left it: what others did since does not show. */
    public Future<Reply> change(Call call, Object command) {
        Address address = address(call);
        return commands.submit(call, address, command, event -> resource(address, event));
    }

    /** Answers 204. */
    public Future<Reply> remove(Call call, Object command) {
        return commands.submit(
                call,
                address(call),
                command,
                event -> Future.succeededFuture(Reply.noContent().position(metastore.service(), event.position())));
    }

    private Future<Reply> resource(Address address, EventEnvelope<byte[]> event) {
        return rules.oneAt(address, event.position()).map(at -> reply(address, at));
    }

    // Reads

    public Future<Reply> get(Call call) {
        Address address = address(call);
        return asOf(call)
                .compose(asOf -> asOf.isPresent() ? rules.oneAt(address, asOf.get()) : rules.one(address))
                .map(at -> reply(address, at));
    }

    /** By name; those the caller may read. */
    public Future<Reply> list(Call call) {
        String first = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        Predicate<Address> readable = call.those();
        Function<BiFunction<String, Integer, Future<List<Stored<S>>>>, Future<Page<Stored<S>>>> page =
                from -> Page.sieved(
                        call,
                        stored -> readable.test(stored.state().address()),
                        (last, size) -> from.apply(
                                last.map(stored -> stored.state().address().name())
                                        .orElse(first),
                                size),
                        stored -> List.of(stored.state().address().name()));
        return asOf(call)
                .compose(asOf -> asOf.isPresent()
                        ? rules.pageAt(call.domain(), asOf.get(), page)
                        : rules.page(call.domain(), page))
                .map(at -> Reply.ok(at.value().map(view)).position(metastore.service(), at.position()));
    }

    /** The events that changed it, in order. */
    public Future<Reply> history(Call call) {
        return HistoryPage.of(call, reads, metastore, address(call), missing);
    }

    /** As of when is asked, once what is read has come to where the caller wants it; empty for now. */
    private Future<Optional<Position>> asOf(Call call) {
        return reads.reached(call).compose(ok -> reads.asOf(call, metastore));
    }

    private Reply reply(Address address, At<Optional<Stored<S>>> at) {
        Stored<S> stored = at.value().orElseThrow(() -> new ProblemException(missing.apply(address)));
        return Reply.ok(view.apply(stored)).version(stored.version()).position(metastore.service(), at.position());
    }
}

package io.fjord.audit;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/** The record over HTTP: pages of it, and its live stream. */
final class AuditRoutes {

    private final Vertx vertx;
    private final EntryQueries entries;
    private final EntryNames names;
    private final Reads reads;
    private final Set<AuditStream> streams = ConcurrentHashMap.newKeySet();

    AuditRoutes(Vertx vertx, EntryQueries entries, EntryNames names, Reads reads) {
        this.vertx = vertx;
        this.entries = entries;
        this.names = names;
        this.reads = reads;
    }

    void install(Api api) {
        api.on("listAuditEvents", this::list).on("getAuditEvent", this::get).raw("streamAuditEvents", this::stream);
    }

    /** Something was recorded. */
    void recorded(List<Entry> entries) {
        reads.moved();
        streams.forEach(stream -> stream.recorded(entries));
    }

    int consumers() {
        return streams.size();
    }

    private Future<Reply> list(Call call) {
        EntryFilter filter = EntryFilter.of(call);
        boolean oldestFirst = call.query("order").orElse("newest").equals("oldest");
        long from = PageToken.cursor(call)
                .map(cursor -> Long.parseLong(cursor.get(0)))
                .orElse(oldestFirst ? 0L : Long.MAX_VALUE);
        Predicate<Entry> visible = visible(call).and(filter::matches);
        Function<Entry, Object> format = format(call);
        return reads.reached(call)
                .compose(ok -> Page.<Entry>sieved(
                        call,
                        visible,
                        (last, size) -> {
                            long at = last.map(Entry::seq).orElse(from);
                            return (oldestFirst ? entries.after(filter, at, size) : entries.before(filter, at, size))
                                    .compose(found -> names.shown(call, found));
                        },
                        entry -> List.of(String.valueOf(entry.seq()))))
                .map(page -> Reply.ok(page.map(format)));
    }

    /** As it stands in the record, or as others read such things. */
    private static Function<Entry, Object> format(Call call) {
        return call.query("format").orElse("native").equals("ocsf") ? Ocsf::of : entry -> entry;
    }

    private Future<Reply> get(Call call) {
        long seq = Long.parseLong(call.path("seq"));
        return entries.one(seq)
                .compose(found -> {
                    Entry entry = found.orElseThrow(() -> missing(call, seq));
                    call.require(resource(entry));
                    return names.shown(call, List.of(entry));
                })
                .map(shown -> Reply.ok(shown.get(0)));
    }

    private static ProblemException missing(Call call, long seq) {
        // Nothing was found that could be asked about; that there is nothing is no secret.
        call.decidesItself();
        return new ProblemException(Problem.of(
                "audit-event-not-found",
                404,
                "No such audit event",
                "The record has no entry " + seq + ". 'GET /api/v1/audit/events' shows the newest ones."));
    }

    /** The record of a thing is for those who may read the record of that thing. */
    private static Predicate<Entry> visible(Call call) {
        Predicate<Address> those = call.those();
        return entry -> those.test(resource(entry));
    }

    /** What was sent need not be an address; it is the platform's then. */
    static Address resource(Entry entry) {
        try {
            return Address.parse(entry.subject());
        } catch (IllegalArgumentException e) {
            return new Address("platform", "audit", "unreadable");
        }
    }

    private void stream(RoutingContext context) {
        Call call = Call.of(context);
        // Asked for each entry as it comes: a grant that is taken away ends what is shown.
        call.decidesItself();
        Predicate<Entry> visible = entry -> call.may("audit:read", resource(entry));
        EntryFilter filter = EntryFilter.of(call);
        Optional<Long> after =
                call.header("Last-Event-ID").or(() -> call.query("after")).map(AuditRoutes::seq);
        // Before anything is waited for: a request that was read cannot become a socket any more.
        Future<Outlet> outlet = outlet(context);
        entries.last()
                .map(end -> {
                    if (after.orElse(0L) > end) {
                        throw HttpProblems.invalidRequest(
                                "Last-Event-ID",
                                "lies behind the record's end, which is " + end
                                        + ": the record was restored from an older copy. Start again from what you trust");
                    }
                    return after.orElse(end);
                })
                .compose(from -> outlet.map(to -> {
                    AuditStream stream = new AuditStream(vertx, entries, filter, visible, format(call), to, from);
                    // Known before it reads: what is recorded meanwhile reaches it one way or the other.
                    streams.add(stream);
                    stream.open(() -> streams.remove(stream));
                    return stream;
                }))
                .onFailure(failure -> outlet.onComplete(opened -> {
                    if (opened.succeeded() && opened.result() instanceof Outlet.Socket socket) {
                        socket.refuse(failure);
                    } else {
                        context.fail(failure);
                    }
                }));
    }

    private static Future<Outlet> outlet(RoutingContext context) {
        return "websocket".equalsIgnoreCase(context.request().getHeader("Upgrade"))
                ? context.request().toWebSocket().map(Outlet.Socket::new)
                : Future.succeededFuture(new Outlet.Events(context.response()));
    }

    private static long seq(String text) {
        try {
            long seq = Long.parseLong(text.strip());
            if (seq >= 0) {
                return seq;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw HttpProblems.invalidRequest("Last-Event-ID", "must be the id of an event of this stream, a number");
    }
}

package io.fjord.audit;

import io.fjord.audit.log.Export;
import io.fjord.audit.log.SignedNote;
import io.fjord.contract.Problem.Fault;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives the entries of a period with their proofs, as one file. */
final class ExportRoute {

    private static final Logger log = LoggerFactory.getLogger(ExportRoute.class);

    private static final int AT_ONCE = 2;
    private static final int PATIENCE_MILLIS = 5_000;
    private static final int LOOK_MILLIS = 50;

    private final Vertx vertx;
    private final EntryQueries entries;
    private final LogRoutes logs;
    private final LogHeads heads;
    private final WorkerExecutor workers;

    ExportRoute(Vertx vertx, EntryQueries entries, LogRoutes logs, LogHeads heads) {
        this.vertx = vertx;
        this.entries = entries;
        this.logs = logs;
        this.heads = heads;
        this.workers = vertx.createSharedWorkerExecutor("fjord-audit-export", AT_ONCE, 1, TimeUnit.HOURS);
    }

    void install(Api api) {
        api.raw("exportAuditLog", this::export);
    }

    Future<Void> close() {
        return workers.close();
    }

    private void export(RoutingContext routing) {
        Call call = Call.of(routing);
        List<Fault> faults = new ArrayList<>();
        Instant from = time(call, "from", faults);
        Instant to = time(call, "to", faults);
        if (!faults.isEmpty()) {
            throw HttpProblems.invalidRequest(faults);
        }
        Context context = vertx.getOrCreateContext();
        entries.between(from, to)
                .compose(found -> {
                    EntryQueries.Range range = found.orElseThrow(
                            () -> HttpProblems.invalidRequest("from", "begins a period in which nothing was recorded"));
                    return covering(range.last(), 0)
                            .compose(signed -> note(signed)
                                    .compose(note -> send(context, routing, signed, note, range, from, to)));
                })
                .onFailure(routing::fail);
    }

    private static Instant time(Call call, String name, List<Fault> faults) {
        try {
            return OffsetDateTime.parse(call.query(name).orElse("").replace(' ', '+'))
                    .toInstant();
        } catch (DateTimeParseException e) {
            faults.add(new Fault(name, "must be an RFC 3339 time (2026-11-21T09:00:00Z)"));
            return Instant.EPOCH;
        }
    }

    /** The log, when it covers that entry. */
    private Future<SealedLog> covering(long last, int waited) {
        SealedLog now = logs.sound();
        if (now.checkpoint().size() >= last) {
            return Future.succeededFuture(now);
        }
        if (waited >= PATIENCE_MILLIS) {
            return Future.failedFuture(HttpProblems.serviceUnavailable("audit"));
        }
        return vertx.timer(LOOK_MILLIS, TimeUnit.MILLISECONDS).compose(go -> covering(last, waited + LOOK_MILLIS));
    }

    private Future<SignedNote> note(SealedLog signed) {
        return heads.cosignatures(
                        signed.checkpoint().origin(), signed.checkpoint().size())
                .map(lines -> LogRoutes.with(signed.note(), lines));
    }

    private Future<Void> send(
            Context context,
            RoutingContext routing,
            SealedLog signed,
            SignedNote note,
            EntryQueries.Range range,
            Instant from,
            Instant to) {
        Export export = new Export(
                signed.checkpoint().origin(),
                range.first(),
                range.last(),
                from.toString(),
                to.toString(),
                signed.checkpoint().size());
        HttpServerResponse response = routing.response();
        response.setChunked(true)
                .putHeader("Content-Type", "application/zip")
                .putHeader("Cache-Control", "no-store")
                .putHeader(
                        "Content-Disposition",
                        "attachment; filename=\"audit-" + range.first() + "-" + range.last() + ".zip\"");
        return workers.<Void>executeBlocking(
                        () -> {
                            export.write(signed.files(), signed.signer(), note, new ResponseBytes(context, response));
                            return null;
                        },
                        false)
                .recover(failure -> {
                    log.atWarn().setCause(failure).log("An export of the log broke off");
                    // Half a zip must not look like a whole one.
                    return response.headWritten() ? response.reset() : Future.failedFuture(failure);
                });
    }
}

package io.fjord.platform.http;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.kernel.Metastore;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What happened to one thing, in order: the answer of every {@code …/history} (schema {@code HistoryPage}). */
public final class HistoryPage {

    private HistoryPage() {}

    /** @param missing what is said of a thing nothing ever happened to */
    public static Future<Reply> of(
            Call call, Reads reads, Metastore metastore, Address address, Function<Address, Problem> missing) {
        long after = PageToken.cursor(call)
                .map(cursor -> Long.parseLong(cursor.get(0)))
                .orElse(0L);
        return reads.reached(call)
                .compose(ok -> reads.asOf(call, metastore))
                .compose(asOf -> metastore.position().compose(end -> {
                    Position until = asOf.orElse(end);
                    return metastore
                            .history(address, until)
                            .compose(metastore::opened)
                            .map(events -> {
                                if (events.isEmpty()) {
                                    throw new ProblemException(missing.apply(address));
                                }
                                List<EventEnvelope<String>> found = events.stream()
                                        .filter(event -> event.version() != null && event.version() > after)
                                        .limit(call.pageSize() + 1L)
                                        .toList();
                                return Reply.ok(Page.of(call, found, event -> List.of(String.valueOf(event.version())))
                                                .map(HistoryPage::entry))
                                        .position(metastore.service(), until);
                            });
                }));
    }

    private static Map<String, Object> entry(EventEnvelope<String> event) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("id", event.id());
        entry.put("type", event.type());
        entry.put("time", event.time());
        entry.put("position", event.position());
        entry.put("version", event.version() == null ? 0 : event.version());
        entry.put("actor", event.actor());
        entry.put("correlationId", event.correlationId());
        if (event.commandId() != null) {
            entry.put("commandId", event.commandId());
        }
        entry.put("data", Json.read(event.data(), Map.class));
        return entry;
    }
}

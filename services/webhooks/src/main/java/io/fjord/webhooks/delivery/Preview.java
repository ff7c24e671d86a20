package io.fjord.webhooks.delivery;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.platform.access.cel.CannotBeEvaluated;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Holds terms against what has happened: how much would have been sent, and of what kind. */
final class Preview {

    private static final int PAGE = 1_000;
    private static final long MOST_EVENTS = 200_000;
    private static final long PATIENCE_NANOS = Duration.ofSeconds(15).toNanos();
    private static final int EXAMPLES = 5;

    private final JournalSearch search;
    private final Map<String, Position> ends;
    private final Wanted wanted;
    private final Predicate<Address> visible;
    private final Instant since;
    private final long began = System.nanoTime();
    private final Map<String, Long> byType = new HashMap<>();
    private final List<Example> examples = new ArrayList<>();
    private long sent;
    private long lookedAt;
    private boolean complete = true;

    /** One of what would have been sent. */
    record Example(
            String type,
            String subject,
            Instant time,
            @Nullable Object body) {}

    /** @param ends how far the journals are known */
    Preview(
            JournalSearch search,
            Map<String, Position> ends,
            Wanted wanted,
            Predicate<Address> visible,
            Instant since) {
        this.search = search;
        this.ends = ends;
        this.wanted = wanted;
        this.visible = visible;
        this.since = since;
    }

    Future<Void> run() {
        // Nothing is known of the journals in the first moments.
        complete = !ends.isEmpty();
        Future<Void> all = Future.succeededFuture();
        for (Map.Entry<String, Position> source : ends.entrySet()) {
            all = all.compose(ok -> search.before(source.getKey(), since, source.getValue()))
                    .compose(start -> read(source.getKey(), start, source.getValue()));
        }
        return all;
    }

    private Future<Void> read(String source, Position after, Position end) {
        if (!end.isAfter(after)) {
            return Future.succeededFuture();
        }
        if (lookedAt >= MOST_EVENTS || System.nanoTime() - began > PATIENCE_NANOS) {
            complete = false;
            return Future.succeededFuture();
        }
        return search.after(source, after, PAGE).compose(page -> {
            page.forEach(this::look);
            return page.size() < PAGE
                    ? Future.succeededFuture()
                    : read(source, page.get(page.size() - 1).position(), end);
        });
    }

    private void look(EventEnvelope<byte[]> event) {
        lookedAt++;
        if (!wanted.concerns(event) || event.time().isBefore(since) || !visible.test(event.subject())) {
            return;
        }
        Happened happened = new Happened(event);
        if (wanted.passes(happened)) {
            sent++;
            byType.merge(event.type(), 1L, Long::sum);
            if (examples.size() < EXAMPLES) {
                examples.add(new Example(event.type(), event.subject().toString(), event.time(), body(happened)));
            }
        }
    }

    private @Nullable Object body(Happened happened) {
        try {
            return Json.MAPPER.readTree(wanted.body(happened));
        } catch (CannotBeEvaluated e) {
            return "the transformation does not fit: " + e.getMessage();
        } catch (JsonProcessingException e) {
            return null;
        } catch (IOException e) {
            return null;
        }
    }

    Instant since() {
        return since;
    }

    long sent() {
        return sent;
    }

    long lookedAt() {
        return lookedAt;
    }

    /** Whether all of the time was looked at. */
    boolean complete() {
        return complete;
    }

    Map<String, Long> byType() {
        return byType;
    }

    List<Example> examples() {
        return examples;
    }
}

package io.fjord.ingest.produce;

import io.fjord.contract.Address;
import io.fjord.contract.Topics;
import io.fjord.contract.ingest.eventstream.SchemaReference;
import io.fjord.ingest.eventstream.EventStream;
import io.fjord.ingest.eventstream.EventStreamProblems;
import io.fjord.ingest.schema.Definition;
import io.fjord.ingest.schema.SchemaCapability;
import io.fjord.ingest.schema.SchemaProblems;
import io.fjord.ingest.schema.SchemaVersions;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.kafka.StreamReader;
import io.fjord.platform.kafka.StreamSender;
import io.fjord.platform.sql.Listing;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams that events are sent to, kept open; on one event loop. What a command changes about one is seen a second later,
 * for the row is looked at no more often.
 */
final class Streams {

    private static final Logger log = LoggerFactory.getLogger(Streams.class);
    private static final long LOOKED_AT_EVERY_MILLIS = 1_000;
    private static final Duration SOON = Duration.ofSeconds(1);

    private final Listing<EventStream> listing;
    private final SchemaVersions schemas;
    private final StreamSender sender;
    private final StreamReader reader;
    private final DeduplicationRoom room;
    private final Clock clock;
    private final Map<Address, Kept> open = new HashMap<>();

    private static final class Kept {
        private Future<OpenStream> stream;
        private long lookedAt;
        private boolean looking;

        Kept(Future<OpenStream> stream, long lookedAt) {
            this.stream = stream;
            this.lookedAt = lookedAt;
        }
    }

    Streams(
            Listing<EventStream> listing,
            SchemaVersions schemas,
            StreamSender sender,
            StreamReader reader,
            DeduplicationRoom room,
            Clock clock) {
        this.listing = listing;
        this.schemas = schemas;
        this.sender = sender;
        this.reader = reader;
        this.room = room;
        this.clock = clock;
    }

    /** Fails with a {@link ProblemException} where there is none, or one that takes no events yet. */
    Future<OpenStream> open(Address address) {
        Kept kept = open.get(address);
        if (kept == null || kept.stream.failed()) {
            kept = new Kept(opened(address, null), clock.millis());
            open.put(address, kept);
            return kept.stream;
        }
        if (kept.stream.succeeded()) {
            OpenStream stream = kept.stream.result();
            Deduplication deduplication = stream.deduplication();
            if (deduplication != null && deduplication.isDoubtful()) {
                log.atWarn()
                        .addKeyValue("subject", address)
                        .log("The broker left open what became of some events; the stream is read back");
                kept.stream = opened(address, stream);
            } else if (clock.millis() - kept.lookedAt >= LOOKED_AT_EVERY_MILLIS && !kept.looking) {
                look(address, kept, stream);
            }
        }
        return kept.stream;
    }

    /** For want of memory only what came later than that is known of its events; null for the whole window. */
    @Nullable
    Instant deduplicatedSince(Address address) {
        Kept kept = open.get(address);
        return kept == null || !kept.stream.succeeded()
                ? null
                : kept.stream.result().deduplicatedSince();
    }

    /**
     * What another process has taken meanwhile is not known here: nothing is let in any more into what is open, and all is opened
     * anew when it is asked for. Completes when nothing is on its way.
     */
    Future<Void> forgetAll() {
        List<Future<Void>> all = new ArrayList<>();
        open.values()
                .forEach(kept -> all.add(kept.stream
                        .compose(stream -> {
                            Deduplication known = stream.deduplication();
                            if (known == null) {
                                return Future.succeededFuture();
                            }
                            return known.drained().onSuccess(ok -> {
                                room.leave(known);
                                known.forget();
                            });
                        })
                        .otherwiseEmpty()));
        open.clear();
        return Future.join(all).mapEmpty();
    }

    /** What is known stays good while it is looked at again. */
    private void look(Address address, Kept kept, OpenStream stream) {
        kept.looking = true;
        listing.one(address).onComplete(row -> {
            kept.looking = false;
            kept.lookedAt = clock.millis();
            if (row.succeeded()
                    && row.result().value().map(Stored::version).orElse(-1L) != stream.version()
                    && open.get(address) == kept
                    && kept.stream.succeeded()
                    && kept.stream.result() == stream) {
                kept.stream = opened(address, stream);
            }
        });
    }

    private Future<OpenStream> opened(Address address, @Nullable OpenStream before) {
        Deduplication known = before == null ? null : before.deduplication();
        return made(address, before).onComplete(made -> {
            if (known != null && (made.failed() || made.result().deduplication() != known)) {
                room.leave(known);
            }
        });
    }

    private Future<OpenStream> made(Address address, @Nullable OpenStream before) {
        return listing.one(address).compose(at -> {
            Optional<Stored<EventStream>> row = at.value();
            if (row.isEmpty()) {
                return Future.failedFuture(new ProblemException(EventStreamProblems.notFound(address)));
            }
            EventStream stream = row.get().state();
            if (!stream.takesEvents()) {
                return Future.failedFuture(
                        new ProblemException(EventStreamProblems.notReady(address, stream.phase())).retryAfter(SOON));
            }
            return sender.prepare(Topics.stream(address))
                    .compose(ok -> sender.prepare(Topics.deadLetters(Topics.stream(address))))
                    .compose(ok -> definition(address, stream.settings().schema()))
                    .compose(definition -> deduplication(stream, before)
                            .map(deduplication -> new OpenStream(
                                    stream,
                                    row.get().version(),
                                    definition.orElse(null),
                                    deduplication.orElse(null),
                                    sender,
                                    clock)));
        });
    }

    private Future<Optional<Definition>> definition(Address stream, @Nullable SchemaReference reference) {
        if (reference == null) {
            return Future.succeededFuture(Optional.empty());
        }
        Address schema = new Address(stream.domain(), SchemaCapability.KIND, reference.subject());
        return schemas.find(schema, reference.version())
                .map(version -> version.map(found -> Definition.read(found.format(), found.definition()))
                        .or(() -> {
                            throw new ProblemException(SchemaProblems.noSuchVersion(schema, reference.version()));
                        }));
    }

    /** Goes on with what is known, if it is the same stream with the same window and nothing is in doubt; else reads back. */
    private Future<Optional<Deduplication>> deduplication(EventStream stream, @Nullable OpenStream before) {
        long window =
                Duration.ofMinutes(stream.settings().deduplicationMinutes()).toMillis();
        Deduplication known = before == null ? null : before.deduplication();
        if (known != null
                && window > 0
                && !known.isDoubtful()
                && before != null
                && before.settings().deduplicationMinutes() == stream.settings().deduplicationMinutes()
                && before.stream().begun() == stream.begun()) {
            return Future.succeededFuture(Optional.of(known));
        }
        // What is in doubt is read back: there need not be room for both.
        Future<Void> drained = known == null
                ? Future.succeededFuture()
                : known.drained().onSuccess(ok -> {
                    room.leave(known);
                    known.forget();
                });
        if (window == 0) {
            boolean another = before != null && before.stream().begun() != stream.begun();
            return drained.compose(ok -> another ? sender.renew() : Future.succeededFuture())
                    .map(Optional.empty());
        }
        // Whose producer gave something up, or has the topic in mind that was before this one, is not to be trusted.
        return drained.compose(ok -> before == null ? Future.succeededFuture() : sender.renew())
                .compose(ok -> sender.prepare(Topics.stream(stream.address())))
                .compose(ok -> readBack(stream, window));
    }

    private Future<Optional<Deduplication>> readBack(EventStream stream, long window) {
        Instant now = clock.instant();
        Deduplication fresh = new Deduplication(window, room, stream.address(), now.toEpochMilli());
        return reader.replay(Topics.stream(stream.address()), now.minusMillis(window), fresh::learn)
                .onFailure(failure -> room.leave(fresh))
                .map(read -> {
                    log.atInfo()
                            .addKeyValue("subject", stream.address())
                            .addKeyValue("events", fresh.size())
                            .log("Stream opened");
                    return Optional.of(fresh);
                });
    }
}

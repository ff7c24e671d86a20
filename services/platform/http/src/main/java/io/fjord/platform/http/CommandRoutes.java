package io.fjord.platform.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Clearance;
import io.fjord.contract.Clearance.Warning;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Outcome;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.operation.OperationEvent.CommandRejected;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.CommandLog.Appended;
import io.fjord.kernel.DryRun;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Outcomes;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP half of the path of a control action: the wish is on the log before anything is decided, and the answer is 202 with
 * an operation, or, for those who prefer to wait, what became of it.
 */
public final class CommandRoutes {

    private static final int REMEMBERED = 10_000;

    private final CommandLog log;
    private final Outcomes outcomes;
    private final Metastore metastore;
    private final MessageTypes types;
    private final DryRun dryRun;
    private final String service;

    /** The last commands under keys: a retry that comes while the first is on its way joins it instead of sending another. */
    private final Map<String, Sent> sent = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Sent> eldest) {
            return size() > REMEMBERED;
        }
    };

    private record Sent(String digest, Future<Appended> place) {}

    /**
     * A command about to be sent, and how its caller wants to be answered.
     *
     * @param waits seconds to wait for the outcome; 0 for not at all
     */
    private record Wish(Call call, CommandEnvelope<byte[]> command, String digest, boolean keyed, int waits) {}

    public CommandRoutes(
            CommandLog log, Outcomes outcomes, Metastore metastore, MessageTypes types, DryRun dryRun, String service) {
        this.log = log;
        this.outcomes = outcomes;
        this.metastore = metastore;
        this.types = types;
        this.dryRun = dryRun;
        this.service = service;
    }

    /**
     * Sends a command and answers as the caller prefers: {@code Idempotency-Key}, {@code If-Match}, {@code Prefer: wait},
     * {@code ?dryRun=true}.
     *
     * @param subject what the caller must be allowed to do it to
     * @param command must come out the same for a retry: derive ids and references in it from {@link Call#commandId}
     * @param onAccepted the resource as the command left it; asked with the event that carries the outcome, accepted or without
     *     effect
     */
    public Future<Reply> submit(
            Call call, Address subject, Object command, Function<EventEnvelope<byte[]>, Future<Reply>> onAccepted) {
        return submit(call, subject, command, null, onAccepted);
    }

    /** @param causationId the message that led to this command */
    public Future<Reply> submit(
            Call call,
            Address subject,
            Object command,
            @Nullable String causationId,
            Function<EventEnvelope<byte[]>, Future<Reply>> onAccepted) {
        call.require(subject);
        Wish wish = wish(call, subject, command, causationId);
        return call.dryRun() ? rehearse(wish) : send(wish, onAccepted);
    }

    private Wish wish(Call call, Address subject, Object command, @Nullable String causationId) {
        String type = types.typeOf(command);
        byte[] data = Json.bytes(command);
        CommandEnvelope<byte[]> envelope = new CommandEnvelope<>(
                call.commandId(),
                type,
                service,
                Instant.now(),
                subject,
                call.actor(),
                call.correlationId(),
                causationId,
                call.ifMatch(),
                call.traceparent(),
                call.origin(),
                data);
        // As the command handler makes it.
        String digest = Ids.sha256(type.getBytes(StandardCharsets.UTF_8), data);
        return new Wish(call, envelope, digest, call.idempotencyKey().isPresent(), call.waitSeconds());
    }

    private Future<Reply> send(Wish wish, Function<EventEnvelope<byte[]>, Future<Reply>> onAccepted) {
        String id = wish.command().id();
        // Listening begins before anything is looked up or sent, or the outcome could pass in between.
        Future<Optional<EventEnvelope<byte[]>>> live = wish.waits() == 0
                ? Future.succeededFuture(Optional.empty())
                : outcomes.await(id, Duration.ofSeconds(wish.waits()));
        Future<Optional<EventEnvelope<byte[]>>> before =
                wish.keyed() ? decided(id) : Future.succeededFuture(Optional.empty());
        return before.compose(earlier -> earlier.isPresent()
                ? answer(wish, earlier.get(), null, onAccepted)
                : wish.waits() == 0 ? unwaited(wish) : waited(wish, live, onAccepted));
    }

    private Future<Reply> waited(
            Wish wish,
            Future<Optional<EventEnvelope<byte[]>>> live,
            Function<EventEnvelope<byte[]>, Future<Reply>> onAccepted) {
        return append(wish)
                .compose(place -> live.compose(outcome -> late(wish, outcome))
                        .compose(outcome -> outcome.isPresent()
                                ? answer(wish, outcome.get(), place, onAccepted)
                                : Future.succeededFuture(accepted(wish, place))));
    }

    /** The answer is written while the broker writes the command: nothing but its place is missing then. */
    private Future<Reply> unwaited(Wish wish) {
        Future<Appended> place = append(wish);
        Reply.Written pending = Reply.Written.of(Operation.pending(wish.command()));
        return place.map(at -> accepted(wish, at, pending));
    }

    private Future<Optional<EventEnvelope<byte[]>>> decided(String id) {
        return metastore
                .outcome(id)
                .map(found -> found.map(event -> event.with(event.data().getBytes(StandardCharsets.UTF_8))));
    }

    /** When the time is up without news, the journal may know what the topic has not told yet. */
    private Future<Optional<EventEnvelope<byte[]>>> late(Wish wish, Optional<EventEnvelope<byte[]>> outcome) {
        return outcome.isPresent()
                ? Future.succeededFuture(outcome)
                : decided(wish.command().id()).otherwise(Optional.empty());
    }

    private Future<Appended> append(Wish wish) {
        String id = wish.command().id();
        if (!wish.keyed()) {
            return log.append(service, wish.command()).recover(failure -> unanswered(wish, failure));
        }
        synchronized (sent) {
            Sent first = sent.get(id);
            if (first != null) {
                return first.digest().equals(wish.digest())
                        ? first.place()
                        : Future.failedFuture(HttpProblems.idempotencyKeyReused(id));
            }
            Future<Appended> place = log.append(service, wish.command()).recover(failure -> {
                forget(id);
                return unanswered(wish, failure);
            });
            if (!place.failed()) {
                sent.put(id, new Sent(wish.digest(), place));
            }
            return place;
        }
    }

    private void forget(String id) {
        synchronized (sent) {
            sent.remove(id);
        }
    }

    private static Future<Appended> unanswered(Wish wish, Throwable failure) {
        return Future.failedFuture(
                failure instanceof CommandLog.NotAcknowledged lost
                        ? HttpProblems.notAcknowledged(
                                wish.command().id(), wish.call().retryKey(), lost.retryAfter())
                        : failure);
    }

    // Answers

    private Future<Reply> answer(
            Wish wish,
            EventEnvelope<byte[]> event,
            @Nullable Appended place,
            Function<EventEnvelope<byte[]>, Future<Reply>> onAccepted) {
        if (event.commandDigest() != null && !event.commandDigest().equals(wish.digest())) {
            return Future.failedFuture(
                    HttpProblems.idempotencyKeyReused(wish.command().id()));
        }
        if (wish.waits() == 0) {
            return Future.succeededFuture(accepted(wish, place));
        }
        if (event.outcome() == Outcome.REJECTED) {
            Problem problem = Json.read(new String(event.data(), StandardCharsets.UTF_8), CommandRejected.class)
                    .problem();
            return Future.failedFuture(new ProblemException(problem)
                    .header("Fjord-Position", service + "=" + event.position())
                    .header("Preference-Applied", applied(wish)));
        }
        return metastore
                .shows(event.position())
                .compose(ok -> onAccepted.apply(event))
                .map(reply -> event.outcome() == Outcome.NO_EFFECT && reply.status() == 201 ? reply.status(200) : reply)
                .map(reply -> reply.headers().containsKey("Fjord-Position")
                        ? reply
                        : reply.position(service, event.position()))
                .map(reply -> warned(reply, event).header("Preference-Applied", applied(wish)))
                // It was decided: that the resource cannot be read just now makes the answer a 202, not a failure.
                .recover(failure -> metastore.isTransient(failure)
                        ? Future.succeededFuture(accepted(wish, place))
                        : Future.failedFuture(failure));
    }

    /** Where the warnings of guardrails can be read, if there are any. */
    private static Reply warned(Reply reply, EventEnvelope<byte[]> event) {
        int warnings = event.clearance().warnings().size();
        return warnings == 0
                ? reply
                : reply.header("Fjord-Warnings", Integer.toString(warnings))
                        .header("Link", "</api/v1/operations/" + event.commandId() + ">; rel=\"monitor\"");
    }

    /** The same for the first time and for every retry. */
    private Reply accepted(Wish wish, @Nullable Appended place) {
        return accepted(wish, place, Reply.Written.of(Operation.pending(wish.command())));
    }

    private Reply accepted(Wish wish, @Nullable Appended place, Reply.Written pending) {
        CommandEnvelope<byte[]> command = wish.command();
        String location = "/api/v1/operations/" + command.id()
                + (place == null ? "" : "?at=" + place.partition() + ":" + place.offset() + "&service=" + service);
        Reply reply = Reply.of(202, pending).header("Location", location);
        return wish.waits() == 0 ? reply : reply.header("Preference-Applied", applied(wish));
    }

    private static String applied(Wish wish) {
        return "wait=" + wish.waits();
    }

    // Rehearsal

    /** What a command would do. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Foreseen(
            Position position,
            int unread,
            @Nullable String outcome,
            @Nullable Problem problem,
            @Nullable String policyPosition,
            List<Warning> warnings,
            List<Message> events) {}

    record Message(String type, @JsonRawValue String data) {}

    private Future<Reply> rehearse(Wish wish) {
        // Under an id of its own: that of a key may be decided already, and would then do nothing.
        CommandEnvelope<byte[]> command = wish.command();
        CommandEnvelope<byte[]> rehearsed = new CommandEnvelope<>(
                Ids.next(),
                command.type(),
                command.source(),
                command.time(),
                command.subject(),
                command.actor(),
                command.correlationId(),
                command.causationId(),
                command.expectedVersion(),
                command.traceparent(),
                command.origin(),
                command.data());
        return dryRun.decide(rehearsed).map(foreseen -> {
            List<EventEnvelope<String>> events = foreseen.events();
            Outcome outcome =
                    events.isEmpty() ? null : events.get(events.size() - 1).outcome();
            Problem problem = outcome == Outcome.REJECTED
                    ? withoutInstance(Json.read(events.get(events.size() - 1).data(), CommandRejected.class)
                            .problem())
                    : null;
            Clearance clearance = events.isEmpty()
                    ? Clearance.NONE
                    : events.get(events.size() - 1).clearance();
            return Reply.ok(new Foreseen(
                            foreseen.position(),
                            foreseen.unread(),
                            outcome == null ? null : outcome.wire(),
                            problem,
                            clearance.policyPosition(),
                            clearance.warnings(),
                            events.stream()
                                    .map(event -> new Message(event.type(), event.data()))
                                    .toList()))
                    .position(service, foreseen.position());
        });
    }

    /** There is no such operation. */
    private static Problem withoutInstance(Problem problem) {
        return new Problem(problem.type(), problem.title(), problem.status(), problem.detail(), null, problem.faults());
    }
}

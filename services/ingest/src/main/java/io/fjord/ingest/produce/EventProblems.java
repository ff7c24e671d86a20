package io.fjord.ingest.produce;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.platform.http.ProblemException;
import java.time.Duration;
import java.util.List;

/** Every no an event can meet. */
final class EventProblems {

    private EventProblems() {}

    static Problem invalid(String why) {
        return Problem.of(
                "event-invalid",
                422,
                "The event is wrong",
                why + ". Correct the event; the others are not touched by it.");
    }

    static Problem invalid(String why, List<Fault> faults) {
        return invalid(why).withFaults(faults);
    }

    static Problem tooLarge(int limit) {
        return Problem.of(
                "event-too-large",
                413,
                "The event is too large",
                "An event may have at most " + limit + " bytes. Keep what is large elsewhere, and send where it is.");
    }

    /** The same name for two events. */
    static Problem differs(String id, String source) {
        return Problem.of(
                "event-differs",
                409,
                "Another event has this id",
                "An event with id '" + id + "' of source '" + source
                        + "' is in the stream already, with other data. Give each event an id of its own.");
    }

    static Problem notAcknowledged() {
        return Problem.of(
                "event-not-acknowledged",
                503,
                "The broker did not answer",
                "It is not known whether the event is in the stream. Send it again with the same id and source, or the same"
                        + " Idempotency-Key: it will be there once.");
    }

    static Problem notSent() {
        return Problem.of(
                "stream-busy",
                503,
                "The stream takes no more at the moment",
                "The event is not in the stream. Send it again after the time in Retry-After.");
    }

    static ProblemException busy(Duration drain) {
        return new ProblemException(
                        Problem.of(
                                "stream-busy",
                                503,
                                "The stream takes no more at the moment",
                                "More events wait for the broker than it is given at once; nothing of this request was taken. Send it"
                                        + " again after the time in Retry-After, which is how long the broker needs for those."))
                .retryAfter(drain);
    }

    /** Nobody is known to take events just now. */
    static ProblemException changingHands() {
        return new ProblemException(Problem.of(
                        "stream-busy",
                        503,
                        "The stream takes no more at the moment",
                        "Another instance of the service is about to take events in the place of one that is gone; nothing of"
                                + " this request was taken. Send it again after the time in Retry-After."))
                .retryAfter(Duration.ofSeconds(1));
    }

    static ProblemException overQuota(Address stream, String what, long limit, Duration wait) {
        return new ProblemException(Problem.of(
                        "producer-quota-exceeded",
                        429,
                        "You produce faster than you may",
                        "Into event stream '" + stream.name() + "' you may produce " + limit + " " + what
                                + " a second. Nothing of this request was taken; send it again after the time in"
                                + " Retry-After."))
                .header("RateLimit-Limit", Long.toString(limit))
                .retryAfter(wait.plusMillis(999));
    }

    /** Not one of them was taken. */
    static Problem allRefused(List<Fault> faults) {
        return Problem.of(
                        "events-refused",
                        422,
                        "None of the events was taken",
                        "What is wrong with each stands under errors, by its place in the request; what is said to be kept is"
                                + " among the stream's dead letters.")
                .withFaults(faults);
    }

    static ProblemException tooMany(int limit) {
        return new ProblemException(Problem.of(
                "too-many-events",
                413,
                "Too many events",
                "A request may have at most " + limit
                        + " events. Send them in several; nothing of this one was taken."));
    }

    static ProblemException notUnpacked(String why) {
        return new ProblemException(Problem.of(
                "body-not-unpacked",
                400,
                "The body cannot be unpacked",
                why + ". Send it with gzip or as it is, and say so in Content-Encoding; nothing of it was taken."));
    }

    static ProblemException noWebSocket() {
        return new ProblemException(Problem.of(
                        "websocket-required",
                        426,
                        "This is for WebSockets",
                        "Open it as a WebSocket (RFC 6455), or produce with POST to the stream's events."))
                .header("Upgrade", "websocket");
    }

    static ProblemException unsupported(String given) {
        return new ProblemException(Problem.of(
                "unsupported-media-type",
                415,
                "The body is of a kind that is not read here",
                "Events come as application/json, application/x-ndjson, application/cloudevents+json or"
                        + " application/cloudevents-batch+json, or in CloudEvents' binary mode with JSON data; not as '"
                        + given + "'."));
    }
}

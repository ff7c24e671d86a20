package io.fjord.platform.http;

import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.Problem.Fault;
import io.fjord.kernel.AccessRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** The noes of HTTP itself, whatever the service. */
public final class HttpProblems {

    private HttpProblems() {}

    /** Names every fault. */
    public static ProblemException invalidRequest(List<Fault> faults) {
        String count = faults.size() == 1 ? "One thing is wrong with it" : faults.size() + " things are wrong with it";
        return new ProblemException(Problem.of(
                        "invalid-request",
                        400,
                        "The request is not right",
                        count
                                + ", named under errors. Correct it and send it again; /openapi.json has the whole of what"
                                + " may be sent.")
                .withFaults(faults));
    }

    public static ProblemException invalidRequest(String pointer, String detail) {
        return invalidRequest(List.of(new Fault(pointer, detail)));
    }

    public static ProblemException badPageToken(String why) {
        return new ProblemException(Problem.of(
                "bad-page-token",
                400,
                "That page token leads nowhere",
                why + " Begin again without pageToken, and pass on nextPageToken as it came."));
    }

    /** For those who show no token: nothing is said of what would be wrong with it (RFC 6750, section 3.1). */
    static ProblemException notAuthenticated(String why) {
        return notAuthenticated(why + ". Send 'Authorization: Bearer <token>'; 'fjord token' prints it.", "");
    }

    /** For those whose token is not taken. */
    static ProblemException tokenRefused(String why, String whatToDo) {
        return notAuthenticated(
                why + ". " + whatToDo,
                ", error=\"invalid_token\", error_description=\"" + why.replaceAll("[^ !#-\\[\\]-~]", "'") + "\"");
    }

    private static ProblemException notAuthenticated(String detail, String challenge) {
        return new ProblemException(Problem.of("not-authenticated", 401, "You are not known here", detail))
                .header("WWW-Authenticate", "Bearer realm=\"fjord\"" + challenge);
    }

    static ProblemException issuerUnreachable(String issuer) {
        return new ProblemException(Problem.of(
                        "issuer-unreachable",
                        503,
                        "The identity provider does not answer",
                        "Your token is signed with a key not seen before, and " + issuer
                                + " cannot be asked for it. Tokens with known keys go on working. Try again after the time"
                                + " in Retry-After; 'fjord status' tells how Keycloak is."))
                .retryAfter(Duration.ofSeconds(5));
    }

    static ProblemException accessDenied(AccessRequest refused, String decisionId) {
        return new ProblemException(Problem.of(
                        "access-denied",
                        403,
                        "You may not do this",
                        refused.actor() + " may not " + refused.action() + " on " + refused.resource() + " (decision "
                                + decisionId + "). Ask an owner of domain '"
                                + refused.resource().domain() + "' for a grant. GET /api/v1/decisions/" + decisionId
                                + " tells why; GET /api/v1/access/explain?actor=" + refused.actor() + "&action="
                                + refused.action() + "&resource=" + refused.resource() + " tells how it stands now."))
                .header("Fjord-Decision", decisionId);
    }

    public static ProblemException noSuchPath(String path) {
        return new ProblemException(Problem.of(
                "no-such-path",
                404,
                "There is nothing under this path",
                "Nothing answers to '" + path + "'. See / and /openapi.json for what does."));
    }

    static ProblemException methodNotAllowed(String method, String path) {
        return new ProblemException(Problem.of(
                "method-not-allowed",
                405,
                "This cannot be done to that path",
                "'" + path + "' does not take " + method + ". See /openapi.json for what it takes."));
    }

    static ProblemException unsupportedMediaType(Collection<String> takes) {
        return new ProblemException(Problem.of(
                "unsupported-media-type",
                415,
                "The body is of a kind that is not read here",
                "Send it as " + String.join(" or ", takes) + ", not compressed, and say so in Content-Type."));
    }

    public static ProblemException bodyTooLarge(long limit) {
        return new ProblemException(Problem.of(
                        "body-too-large",
                        413,
                        "Body too large",
                        "This takes at most " + limit + " bytes. Send less, or send it in parts."))
                .header("Connection", "close");
    }

    static ProblemException headTooLarge(int status) {
        return new ProblemException(Problem.of(
                        "request-head-too-large",
                        status,
                        "The address or the headers are too long",
                        "The first line may have 8 KiB, all headers together 16 KiB. Shorten them."))
                .header("Connection", "close");
    }

    /** The broker did not say whether it has the command. */
    static ProblemException notAcknowledged(String id, String key, Duration retryAfter) {
        return new ProblemException(Problem.of(
                                "not-acknowledged",
                                503,
                                "The command log did not answer",
                                "Command " + id + " may or may not have been taken. Send the same request again with"
                                        + " 'Idempotency-Key: " + key + "': it will be acted on once.")
                        .withInstance("/api/v1/operations/" + id))
                .header("Idempotency-Key", key)
                .retryAfter(retryAfter);
    }

    static ProblemException logUnavailable(Duration retryAfter) {
        return new ProblemException(Problem.of(
                        "not-acknowledged",
                        503,
                        "The command log did not answer",
                        "It is not known whether the command was taken. Look before you send it again."))
                .retryAfter(retryAfter);
    }

    public static ProblemException metastoreUnavailable() {
        return new ProblemException(Problem.of(
                        "metastore-unavailable",
                        503,
                        "The metastore does not answer",
                        "Nothing was changed by this request. Try again after the time in Retry-After; 'fjord status'"
                                + " tells how the database is."))
                .retryAfter(Duration.ofSeconds(2));
    }

    public static ProblemException serviceUnavailable(String service) {
        return new ProblemException(Problem.of(
                        "service-unavailable",
                        503,
                        "The service is not there",
                        "'" + service
                                + "' does not answer. Try again after the time in Retry-After; 'fjord status' tells"
                                + " what runs."))
                .retryAfter(Duration.ofSeconds(2));
    }

    /** The connection broke while a service was at work: what it did is not known. */
    public static ProblemException serviceLost(String service) {
        return new ProblemException(Problem.of(
                        "service-unavailable",
                        503,
                        "The service is not there",
                        "'" + service
                                + "' went away before it answered; whether it acted is not known. Send the request again"
                                + " after the time in Retry-After, with the same Idempotency-Key if it had one."))
                .retryAfter(Duration.ofSeconds(2));
    }

    public static ProblemException noSuchService(String service, Collection<String> here) {
        return new ProblemException(Problem.of(
                "no-such-service",
                404,
                "There is no such service",
                "There is no journal of a service '" + service + "' here; there is: " + String.join(", ", here) + "."));
    }

    public static ProblemException idempotencyKeyReused(String id) {
        return new ProblemException(Problem.of(
                        "idempotency-key-reused",
                        422,
                        "This key stands for another request",
                        "The Idempotency-Key was used for a request with another body. Use a new key for a new wish; to"
                                + " retry, send exactly what you sent before.")
                .withInstance("/api/v1/operations/" + id));
    }

    static ProblemException positionNotReached(String wanted, Position at, String service) {
        return new ProblemException(Problem.of(
                        "position-not-reached",
                        503,
                        "Not there yet",
                        "You asked for an answer not before " + wanted + "; what answers here is at " + service + "="
                                + at + ". Try again in a moment, or without Fjord-Min-Position."))
                .header("Fjord-Position", service + "=" + at)
                .retryAfter(Duration.ofSeconds(1));
    }

    static ProblemException operationNotReached(String id) {
        return new ProblemException(Problem.of(
                        "position-not-reached",
                        503,
                        "Not there yet",
                        "You asked for an answer not before operation " + id
                                + ", which is not decided yet, or not known"
                                + " here. Try again in a moment, or without Fjord-Min-Position."))
                .retryAfter(Duration.ofSeconds(1));
    }

    static ProblemException internalError(String correlationId) {
        return new ProblemException(Problem.of(
                "internal-error",
                500,
                "Something broke",
                "It is not your request's fault. The log tells what, under correlation id " + correlationId
                        + "; 'fjord logs' finds it."));
    }
}

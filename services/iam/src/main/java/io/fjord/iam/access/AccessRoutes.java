package io.fjord.iam.access;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.iam.Parts;
import io.fjord.iam.access.AccessHistory.Then;
import io.fjord.iam.access.Explanation.Step;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Asks about access over HTTP: may I, why, and who could. */
final class AccessRoutes {

    private static final AccessRequest NOTHING =
            AccessRequest.of("user:nobody", "grant:read", new Address("platform", "grant", "none"));

    private final Parts parts;
    private final Access access;
    private final Reads reads;
    private final AccessHistory history;
    private final Explanation explanation;

    AccessRoutes(Parts parts, AccessHistory history, Explanation explanation) {
        this.parts = parts;
        this.access = parts.access();
        this.reads = Reads.view(parts.vertx())
                .source(parts.metastore().service(), () -> Future.succeededFuture(known()))
                .source("control-policies", () -> Future.succeededFuture(known("control-policies")))
                .source("core", () -> Future.succeededFuture(known("core")))
                .operations(id -> parts.metastore()
                        .outcome(id)
                        .map(outcome ->
                                outcome.isPresent() && !outcome.get().position().isAfter(known())));
        this.history = history;
        this.explanation = explanation;
    }

    void install(Api api) {
        api.on("checkAccess", this::check).on("explainAccess", this::explain).on("whoHasAccess", this::who);
    }

    // May I

    private record Question(String action, String resource) {}

    /** @param decisionId of a no: what {@code GET /api/v1/decisions/{id}} tells more of */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Answer(
            String actor,
            @Nullable String displayName,
            boolean allowed,
            String reason,
            @Nullable String decisionId,
            String position) {}

    /** From memory alone: drivers ask for every session and every statement. After a change they say how far it has to be known. */
    private Future<Reply> check(Call call) {
        return reads.reached(call).map(ok -> checked(call));
    }

    private Reply checked(Call call) {
        Question question = call.body(Question.class);
        Address resource = address("/resource", question.resource());
        AccessDecision decision = access.decide(AccessRequest.of(call.actor(), question.action(), resource));
        String decisionId = null;
        // As every operation asks: the token may be for less than its owner may do, and rules may look at where it is
        // used.
        try {
            call.require(question.action(), resource);
        } catch (ProblemException denied) {
            decisionId = denied.headers().getOrDefault("Fjord-Decision", "");
        }
        boolean allowed = decisionId == null;
        String reason = allowed == decision.allowed()
                ? decision.reason()
                : allowed
                        ? "a rule about where or what for it is asked allows it"
                        : "this token is not for it, or not from here; its owner may do it otherwise";
        return Reply.ok(new Answer(
                call.actor(), call.caller().displayName(), allowed, reason, decisionId, decision.policyPosition()));
    }

    // Why

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Explained(
            String actor,
            String action,
            String resource,
            boolean allowed,
            String reason,
            List<Step> chain,
            String position) {}

    private Future<Reply> explain(Call call) {
        String actor = required(call, "actor");
        String action = required(call, "action");
        Address resource = address("resource", required(call, "resource"));
        if (actor.equals(call.actor())) {
            call.decidesItself();
        } else {
            call.require(grantsOf(resource));
        }
        AccessRequest request = AccessRequest.of(actor, action, resource);
        return asOf(call)
                .compose(asOf -> decided(call, request, asOf)
                        .compose(decision -> explanation
                                .of(actor, decision.chain(), asOf)
                                .map(steps -> Reply.ok(new Explained(
                                        actor,
                                        action,
                                        resource.toString(),
                                        decision.allowed(),
                                        decision.reason(),
                                        steps,
                                        decision.policyPosition())))));
    }

    private Future<AccessDecision> decided(Call call, AccessRequest request, Optional<Position> asOf) {
        return asOf.isEmpty()
                ? Future.succeededFuture(access.decide(request))
                : history.at(asOf.get(), time(call), others()).map(then -> {
                    AccessDecision decision = then.rules().decide(request);
                    return new AccessDecision(decision.allowed(), decision.reason(), decision.chain(), then.position());
                });
    }

    // Who

    private record Able(String actor, String reason) {}

    /** @param position how far the rules were known */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Ables(List<Able> items, @Nullable String nextPageToken, String position) {}

    private Future<Reply> who(Call call) {
        String action = required(call, "action");
        Address resource = address("resource", required(call, "resource"));
        call.require(grantsOf(resource));
        return parts.reads()
                .reached(call)
                .compose(ok -> parts.reads().asOf(call, parts.metastore()))
                .compose(asOf -> asOf.isPresent()
                        ? Future.succeededFuture(asOf.get())
                        : parts.metastore().position())
                .compose(position -> history.at(position, time(call), others()))
                .map(then -> ables(call, then, action, resource));
    }

    private static Reply ables(Call call, Then then, String action, Address resource) {
        String after = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        List<String> left = then.rules().who(action, resource).stream()
                .filter(actor -> actor.compareTo(after) > 0)
                .limit(call.pageSize() + 1L)
                .toList();
        Page<Able> page = Page.of(call, left, List::of)
                .map(actor -> new Able(
                        actor,
                        then.rules()
                                .decide(AccessRequest.of(actor, action, resource))
                                .reason()));
        return Reply.ok(new Ables(page.items(), page.nextPageToken(), then.position()));
    }

    // What was asked

    /** Who may read the grants of a domain may ask what they come to. */
    private static Address grantsOf(Address resource) {
        return new Address(resource.domain(), "grant", "*");
    }

    /** What is asked about now is answered as requests are decided now: {@code Fjord-Min-Position} is of the rules in memory. */
    private Future<Optional<Position>> asOf(Call call) {
        return reads.reached(call).compose(ok -> parts.reads().asOf(call, parts.metastore()));
    }

    /** What {@code ?asOf=} means to the journals of others: now, a time, or that of the event at a position, which is empty. */
    private static Optional<Instant> time(Call call) {
        Optional<String> asOf = call.query("asOf");
        if (asOf.isEmpty()) {
            return Optional.of(Instant.now());
        }
        // It is one of the two: Reads has seen to it.
        return asOf.filter(text -> text.indexOf('-') >= 0)
                .map(text -> OffsetDateTime.parse(text.replace(' ', '+')).toInstant());
    }

    /** How far the rules in memory are with iam's events. */
    private Position known() {
        return known(parts.metastore().service());
    }

    private Position known(String service) {
        return positions().getOrDefault(service, Position.START);
    }

    /** The services beside iam whose events are among the rules in memory. */
    private Set<String> others() {
        Set<String> others = new TreeSet<>(positions().keySet());
        others.remove(parts.metastore().service());
        return others;
    }

    private Map<String, Position> positions() {
        Map<String, Position> positions = new TreeMap<>();
        for (String part : access.decide(NOTHING).policyPosition().split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                positions.put(part.substring(0, equals), Position.parse(part.substring(equals + 1)));
            }
        }
        return positions;
    }

    private static String required(Call call, String name) {
        return call.query(name).orElseThrow(() -> HttpProblems.invalidRequest(name, "is missing"));
    }

    private static Address address(String pointer, String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw HttpProblems.invalidRequest(pointer, "must be domain/kind/name");
        }
    }
}

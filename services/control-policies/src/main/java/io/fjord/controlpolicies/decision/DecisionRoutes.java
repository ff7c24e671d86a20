package io.fjord.controlpolicies.decision;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.controlpolicies.decision.DecisionStore.Refused;
import io.fjord.platform.access.KnownRules;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why somebody was refused, and who could change that. */
public final class DecisionRoutes {

    private static final int MOST_NAMED = 50;

    private final DecisionStore decisions;
    private final KnownRules rules;

    public DecisionRoutes(DecisionStore decisions, KnownRules rules) {
        this.decisions = decisions;
        this.rules = rules;
    }

    public void install(Api api) {
        api.on("getDecision", this::get);
    }

    /**
     * A refusal as the API shows it.
     *
     * @param whoCouldGrant those who may make grants in the domain of the resource: its owners, and platform admins
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            Instant time,
            boolean allowed,
            String actor,
            String action,
            String resource,
            String reason,
            List<String> chain,
            String policyPosition,
            @Nullable String address,
            @Nullable String purpose,
            List<String> whoCouldGrant) {}

    /** Everybody reads what was decided of themselves; what was decided of others, who may read decisions of the domain. */
    private Future<Reply> get(Call call) {
        call.decidesItself();
        String id = call.path("id");
        return decisions.one(id).map(found -> {
            Refused refused = found.orElseThrow(() -> new ProblemException(notFound(id)));
            if (!refused.actor().equals(call.actor())) {
                call.require("decision:read", new Address(refused.resource().domain(), "decision", id));
            }
            return Reply.ok(view(refused));
        });
    }

    private View view(Refused refused) {
        Address resource = refused.resource();
        return new View(
                refused.id(),
                refused.time(),
                false,
                refused.actor(),
                refused.denied().action(),
                resource.toString(),
                refused.denied().reason(),
                refused.denied().chain(),
                refused.denied().policyPosition(),
                refused.denied().address(),
                refused.denied().purpose(),
                rules.who("grant:manage", new Address(resource.domain(), "grant", "*")).stream()
                        .limit(MOST_NAMED)
                        .toList());
    }

    private static Problem notFound(String id) {
        return Problem.of(
                "decision-not-found",
                404,
                "No such decision",
                "There is no refusal with the id '" + id
                        + "', or it is more than 30 days ago, or it was made a moment ago:"
                        + " try again in a second.");
    }
}

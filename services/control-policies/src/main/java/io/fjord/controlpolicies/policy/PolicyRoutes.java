package io.fjord.controlpolicies.policy;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.ChangePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.CreatePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.DeletePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyEffect;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Attribute rules over HTTP. */
public final class PolicyRoutes {

    private final ThingRoutes<Policy> routes;

    public PolicyRoutes(
            CommandRoutes commands, Metastore metastore, Reads reads, PolicyCapability capability, MessageTypes types) {
        this.routes = new ThingRoutes<>(
                commands, metastore, reads, capability.listing(metastore, types), View::of, PolicyProblems::notFound);
    }

    public void install(Api api) {
        api.on("createPolicy", this::create)
                .on("changePolicy", this::change)
                .on("deletePolicy", call -> routes.remove(call, address(call), new DeletePolicy()))
                .on("getPolicy", call -> routes.get(call, address(call)))
                .on("listPolicies", call -> routes.list(call, call.domain()))
                .on("getPolicyHistory", call -> routes.history(call, address(call)));
    }

    private record Body(
            @Nullable String name,
            PolicyEffect effect,
            List<String> subjects,
            List<String> actions,
            List<String> resources,
            @Nullable String condition,
            @Nullable String description) {}

    private Future<Reply> create(Call call) {
        Body body = read(call);
        Address address = new Address(call.domain(), PolicyCapability.KIND, String.valueOf(body.name()));
        call.require(address);
        return routes.create(
                call,
                address,
                new CreatePolicy(
                        body.effect(),
                        body.subjects(),
                        body.actions(),
                        body.resources(),
                        body.condition(),
                        body.description()),
                call.path() + "/" + address.name());
    }

    private Future<Reply> change(Call call) {
        Body body = read(call);
        return routes.change(
                call,
                address(call),
                new ChangePolicy(
                        body.effect(),
                        body.subjects(),
                        body.actions(),
                        body.resources(),
                        body.condition(),
                        body.description()));
    }

    private static Address address(Call call) {
        return new Address(call.domain(), PolicyCapability.KIND, call.path("name"));
    }

    /** What nobody could ever evaluate does not come onto the log. */
    private static Body read(Call call) {
        Body body = call.body(Body.class);
        Optional<Problem> wrong =
                PolicyProblems.of(call.domain(), body.subjects(), body.actions(), body.resources(), body.condition());
        if (wrong.isPresent()) {
            throw new ProblemException(wrong.get());
        }
        return body;
    }

    /** A policy as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String name,
            String domain,
            PolicyEffect effect,
            List<String> subjects,
            List<String> actions,
            List<String> resources,
            @Nullable String condition,
            @Nullable String description,
            long version,
            Instant createdAt) {

        static View of(Stored<Policy> stored) {
            Policy policy = stored.state();
            return new View(
                    policy.id(),
                    policy.address().name(),
                    policy.address().domain(),
                    policy.effect(),
                    policy.subjects(),
                    policy.actions(),
                    policy.resources(),
                    policy.condition(),
                    policy.description(),
                    stored.version(),
                    policy.createdAt());
        }
    }
}

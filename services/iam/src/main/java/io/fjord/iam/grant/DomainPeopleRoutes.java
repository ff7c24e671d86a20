package io.fjord.iam.grant;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import io.fjord.contract.iam.grant.GrantCommand.RevokeGrant;
import io.fjord.iam.Parts;
import io.fjord.iam.delegation.Delegation;
import io.fjord.iam.delegation.Patterns;
import io.fjord.kernel.Stored;
import io.fjord.platform.access.BuiltInRoles;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;

/** Owners and members of domains over HTTP: grants of a built-in role on all of the domain, one for each person or group. */
final class DomainPeopleRoutes {

    private final Listing<Grant> grants;
    private final Delegation delegation;
    private final ThingRoutes<Grant> routes;

    DomainPeopleRoutes(Parts parts, Listing<Grant> grants, Delegation delegation) {
        this.grants = grants;
        this.delegation = delegation;
        this.routes = parts.routes(grants, Person::of, GrantProblems::notFound);
    }

    void install(Api api) {
        api.on("putDomainOwner", call -> put(call, BuiltInRoles.OWNER))
                .on("removeDomainOwner", call -> remove(call, BuiltInRoles.OWNER))
                .on("listDomainOwners", call -> list(call, BuiltInRoles.OWNER))
                .on("putDomainMember", call -> put(call, BuiltInRoles.MEMBER))
                .on("removeDomainMember", call -> remove(call, BuiltInRoles.MEMBER))
                .on("listDomainMembers", call -> list(call, BuiltInRoles.MEMBER));
    }

    /** @param grant id of the grant that makes them so */
    private record Person(String actor, String role, String domain, String grant, Instant since) {
        static Person of(Stored<Grant> stored) {
            Grant grant = stored.state();
            return new Person(
                    grant.subject(),
                    String.valueOf(grant.role()),
                    grant.address().domain(),
                    grant.address().name(),
                    grant.madeAt());
        }
    }

    private Future<Reply> put(Call call, String role) {
        String domain = call.path("domain");
        MakeGrant wish = DomainPeople.wish(domain, role, call.path("actor"));
        if (!Patterns.ofSubject(wish.subject()).isEmpty()) {
            throw HttpProblems.invalidRequest(
                    List.of(new Fault("actor", "must be user:<id>, service-account:<name> or group:<name>")));
        }
        Address address = address(call, role);
        return delegation
                .demand(call, address, wish)
                .compose(ok ->
                        routes.create(call, address, wish, "/api/v1/grants/" + address.name() + "?domain=" + domain));
    }

    private Future<Reply> remove(Call call, String role) {
        return routes.remove(call, address(call, role), new RevokeGrant());
    }

    private Future<Reply> list(Call call, String role) {
        String domain = call.path("domain");
        // The whole of the domain and no part of it.
        String resources = Json.text(List.of(DomainPeople.everythingOf(domain)));
        return routes.list(
                call,
                domain,
                grants.where(Where.<Grant>all()
                        .and(
                                "role = ? AND resources = ?",
                                List.of(role, resources),
                                grant -> role.equals(grant.role())
                                        && grant.resources().equals(List.of(DomainPeople.everythingOf(domain))))));
    }

    private static Address address(Call call, String role) {
        return DomainPeople.grant(call.path("domain"), role, call.path("actor"));
    }
}

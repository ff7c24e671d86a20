package io.fjord.iam.grant;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import io.fjord.contract.iam.grant.GrantCommand.RevokeGrant;
import io.fjord.iam.Parts;
import io.fjord.iam.delegation.Delegation;
import io.fjord.iam.delegation.Patterns;
import io.fjord.kernel.Ids;
import io.fjord.platform.access.ResourcePattern;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Grants over HTTP. */
final class GrantRoutes {

    private final Listing<Grant> grants;
    private final Delegation delegation;
    private final BundlesHolding bundles;
    private final ThingRoutes<Grant> routes;

    GrantRoutes(Parts parts, Listing<Grant> grants, Delegation delegation, BundlesHolding bundles) {
        this.grants = grants;
        this.delegation = delegation;
        this.bundles = bundles;
        this.routes = parts.routes(grants, GrantView::of, GrantProblems::notFound);
    }

    void install(Api api) {
        api.on("makeGrant", this::make)
                .on("revokeGrant", call -> routes.remove(call, address(call), new RevokeGrant()))
                .on("getGrant", call -> routes.get(call, address(call)))
                .on("getGrantHistory", call -> routes.history(call, address(call)))
                .on("listGrants", this::list);
    }

    private record Make(
            String subject,
            @Nullable String role,
            @Nullable List<String> actions,
            @Nullable List<String> resources,
            @Nullable String bundle) {}

    private Future<Reply> make(Call call) {
        Make body = call.body(Make.class);
        MakeGrant wish = new MakeGrant(
                body.subject(), body.role(), orNone(body.actions()), orNone(body.resources()), body.bundle());
        List<Fault> faults = Patterns.ofGrant(call.domain(), wish);
        if (!faults.isEmpty()) {
            throw HttpProblems.invalidRequest(faults);
        }
        // The same for a retry.
        String id = Ids.of("grant", call.commandId());
        Address address = new Address(call.domain(), "grant", id);
        return delegation
                .demand(call, address, wish)
                .compose(ok -> routes.create(call, address, wish, "/api/v1/grants/" + id + domainOf(call)));
    }

    private static String domainOf(Call call) {
        return call.domain().equals("default") ? "" : "?domain=" + call.domain();
    }

    private static List<String> orNone(@Nullable List<String> given) {
        return given == null ? List.of() : given;
    }

    private static Address address(Call call) {
        return new Address(call.domain(), "grant", call.path("id"));
    }

    // Lists

    private Future<Reply> list(Call call) {
        Where<Grant> where = Where.all();
        Optional<String> subject = call.query("subject");
        if (subject.isPresent()) {
            where = where.and(
                    "subject = ?",
                    List.of(subject.get()),
                    grant -> grant.subject().equals(subject.get()));
        }
        Optional<String> role = call.query("role");
        if (role.isPresent()) {
            where = where.and(
                    "role = ?", List.of(role.get()), grant -> role.get().equals(grant.role()));
        }
        Optional<String> bundle = call.query("bundle");
        if (bundle.isPresent()) {
            where = where.and(
                    "bundle = ?", List.of(bundle.get()), grant -> bundle.get().equals(grant.bundle()));
        }
        Optional<String> resource = call.query("resource");
        if (resource.isEmpty()) {
            return routes.list(call, call.domain(), grants.where(where));
        }
        Where<Grant> filtered = where;
        Address thing = resource(resource.get());
        // Whether a pattern covers a thing the database cannot say; the grants are looked at in turn.
        return routes.asOf(call)
                .compose(asOf -> bundles.of(call.domain(), thing, asOf)
                        .compose(holding -> routes.list(
                                call,
                                call.domain(),
                                grants.where(filtered),
                                grant -> (grant.bundle() != null && holding.contains(grant.bundle()))
                                        || grant.resources().stream()
                                                .anyMatch(pattern -> ResourcePattern.parse(pattern)
                                                        .covers(thing)),
                                asOf)));
    }

    private static Address resource(String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw HttpProblems.invalidRequest("resource", "must be domain/kind/name");
        }
    }
}

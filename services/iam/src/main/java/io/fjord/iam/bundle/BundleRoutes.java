package io.fjord.iam.bundle;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.bundle.BundleCommand;
import io.fjord.contract.iam.bundle.BundleCommand.AddResources;
import io.fjord.contract.iam.bundle.BundleCommand.CreateBundle;
import io.fjord.contract.iam.bundle.BundleCommand.DeleteBundle;
import io.fjord.contract.iam.bundle.BundleCommand.RemoveResources;
import io.fjord.iam.Parts;
import io.fjord.iam.delegation.Delegation;
import io.fjord.iam.delegation.Patterns;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bundles over HTTP. */
final class BundleRoutes {

    private final Delegation delegation;
    private final ThingRoutes<Bundle> routes;

    BundleRoutes(Parts parts, Listing<Bundle> bundles, Delegation delegation) {
        this.delegation = delegation;
        this.routes = parts.routes(bundles, BundleView::of, BundleProblems::notFound);
    }

    void install(Api api) {
        api.on("createBundle", this::create)
                .on("addBundleResources", this::add)
                .on(
                        "removeBundleResources",
                        call -> routes.change(
                                call,
                                address(call),
                                new RemoveResources(call.body(Resources.class).resources())))
                .on("deleteBundle", call -> routes.remove(call, address(call), new DeleteBundle()))
                .on("getBundle", call -> routes.get(call, address(call)))
                .on("getBundleHistory", call -> routes.history(call, address(call)))
                .on("listBundles", call -> routes.list(call, call.domain()));
    }

    private record Create(
            String name,
            @Nullable String description,
            @Nullable List<String> resources) {}

    private record Resources(List<String> resources) {}

    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        Address address = new Address(call.domain(), "bundle", body.name());
        List<String> resources = body.resources();
        CreateBundle wish = new CreateBundle(body.description(), resources == null ? List.of() : resources);
        String where =
                "/api/v1/bundles/" + body.name() + (call.domain().equals("default") ? "" : "?domain=" + call.domain());
        return demand(call, address, wish, wish.resources()).compose(ok -> routes.create(call, address, wish, where));
    }

    private Future<Reply> add(Call call) {
        AddResources wish = new AddResources(call.body(Resources.class).resources());
        return demand(call, address(call), wish, wish.resources())
                .compose(ok -> routes.change(call, address(call), wish));
    }

    private Future<Void> demand(Call call, Address address, BundleCommand wish, List<String> resources) {
        List<Fault> faults = Patterns.ofResources(call.domain(), resources);
        return faults.isEmpty()
                ? delegation.demand(call, address, wish)
                : Future.failedFuture(HttpProblems.invalidRequest(faults));
    }

    private static Address address(Call call) {
        return new Address(call.domain(), "bundle", call.path("name"));
    }
}

package io.fjord.iam.role;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.role.RoleCommand;
import io.fjord.contract.iam.role.RoleCommand.ChangeRole;
import io.fjord.contract.iam.role.RoleCommand.CreateRole;
import io.fjord.contract.iam.role.RoleCommand.DeleteRole;
import io.fjord.iam.Parts;
import io.fjord.iam.delegation.Delegation;
import io.fjord.iam.delegation.Patterns;
import io.fjord.kernel.Stored;
import io.fjord.platform.access.ActionPattern;
import io.fjord.platform.access.BuiltInRoles;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Roles over HTTP; the built-in ones are read like the others. */
final class RoleRoutes {

    private final Parts parts;
    private final Listing<Role> roles;
    private final Delegation delegation;
    private final ThingRoutes<Role> routes;

    RoleRoutes(Parts parts, Listing<Role> roles, Delegation delegation) {
        this.parts = parts;
        this.roles = roles;
        this.delegation = delegation;
        this.routes = parts.routes(roles, RoleView::of, RoleProblems::notFound);
    }

    void install(Api api) {
        api.on("createRole", this::create)
                .on("changeRole", this::change)
                .on("deleteRole", call -> routes.remove(call, address(call), new DeleteRole()))
                .on("getRole", this::get)
                .on("getRoleHistory", call -> routes.history(call, address(call)))
                .on("listRoles", this::list);
    }

    private record Create(String name, @Nullable String description, List<String> actions) {}

    private record Change(@Nullable String description, List<String> actions) {}

    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        Address address = new Address(call.domain(), "role", body.name());
        CreateRole wish = new CreateRole(body.description(), body.actions());
        String where =
                "/api/v1/roles/" + body.name() + (call.domain().equals("default") ? "" : "?domain=" + call.domain());
        return demand(call, address, wish, body.actions()).compose(ok -> routes.create(call, address, wish, where));
    }

    private Future<Reply> change(Call call) {
        Change body = call.body(Change.class);
        ChangeRole wish = new ChangeRole(body.description(), body.actions());
        return demand(call, address(call), wish, body.actions())
                .compose(ok -> routes.change(call, address(call), wish));
    }

    private Future<Void> demand(Call call, Address address, RoleCommand wish, List<String> actions) {
        List<Fault> faults = Patterns.ofActions(actions);
        return faults.isEmpty()
                ? delegation.demand(call, address, wish)
                : Future.failedFuture(HttpProblems.invalidRequest(faults));
    }

    private Future<Reply> get(Call call) {
        String name = call.path("name");
        Optional<List<ActionPattern>> builtIn = BuiltInRoles.actions(name);
        return builtIn.isPresent()
                ? Future.succeededFuture(Reply.ok(RoleView.builtIn(name, call.domain(), builtIn.get())))
                : routes.get(call, address(call));
    }

    /** By name, the built-in ones among them. */
    private Future<Reply> list(Call call) {
        String begin = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        Predicate<Address> readable = call.those();
        return routes.asOf(call)
                .compose(asOf -> roles.page(
                        call.domain(),
                        asOf,
                        pieces -> Page.<RoleView>sieved(
                                call,
                                role -> readable.test(new Address(role.domain(), "role", role.name())),
                                (last, size) -> {
                                    String after = last.map(RoleView::name).orElse(begin);
                                    return pieces.after(after, size)
                                            .map(made -> withBuiltIn(call.domain(), made, after, size));
                                },
                                role -> List.of(role.name()))))
                .map(at -> Reply.ok(at.value()).position(parts.metastore().service(), at.position()));
    }

    private static List<RoleView> withBuiltIn(String domain, List<Stored<Role>> made, String after, int size) {
        List<RoleView> all = new ArrayList<>();
        made.forEach(stored -> all.add(RoleView.of(stored)));
        BuiltInRoles.all().forEach((name, actions) -> {
            if (name.compareTo(after) > 0) {
                all.add(RoleView.builtIn(name, domain, actions));
            }
        });
        all.sort(Comparator.comparing(RoleView::name));
        return List.copyOf(all.subList(0, Math.min(size, all.size())));
    }

    private static Address address(Call call) {
        return new Address(call.domain(), "role", call.path("name"));
    }
}

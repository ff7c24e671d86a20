package io.fjord.iam.serviceaccount;

import io.fjord.contract.Address;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.ActivateServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.ArchiveServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.CreateServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.HandOverServiceAccount;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand.SuspendServiceAccount;
import io.fjord.iam.Actors;
import io.fjord.iam.Bodies;
import io.fjord.iam.Parts;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Service accounts over HTTP. */
final class ServiceAccountRoutes {

    private final Listing<ServiceAccount> listing;
    private final ThingRoutes<ServiceAccount> accounts;

    ServiceAccountRoutes(Parts parts, Listing<ServiceAccount> listing) {
        this.listing = listing;
        this.accounts = parts.routes(
                listing, ServiceAccountView::of, address -> ServiceAccountProblems.notFound(address.name()));
    }

    void install(Api api) {
        api.on("createServiceAccount", this::create)
                .on("listServiceAccounts", this::list)
                .on("getServiceAccount", call -> accounts.get(call, address(call)))
                .on("getServiceAccountHistory", call -> accounts.history(call, address(call)))
                .on(
                        "suspendServiceAccount",
                        call -> accounts.change(
                                call,
                                address(call),
                                new SuspendServiceAccount(Bodies.optional(call, Reason.class)
                                        .map(Reason::reason)
                                        .orElse(null))))
                .on(
                        "activateServiceAccount",
                        call -> accounts.change(call, address(call), new ActivateServiceAccount()))
                .on(
                        "handOverServiceAccount",
                        call -> accounts.change(
                                call,
                                address(call),
                                new HandOverServiceAccount(
                                        call.body(Owner.class).owner())))
                .on(
                        "archiveServiceAccount",
                        call -> accounts.change(
                                call,
                                address(call),
                                new ArchiveServiceAccount(Bodies.optional(call, Archive.class)
                                        .map(Archive::handOverTo)
                                        .orElse(null))));
    }

    private record Create(
            String name,
            @Nullable String description,
            @Nullable String owner) {}

    private record Reason(@Nullable String reason) {}

    private record Owner(String owner) {}

    private record Archive(@Nullable String handOverTo) {}

    /** Without an owner it is whoever creates it. */
    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        String owner = body.owner() == null ? call.actor() : body.owner();
        return accounts.create(
                call,
                new Address(Actors.PLATFORM, Actors.SERVICE_ACCOUNT, body.name()),
                new CreateServiceAccount(body.description(), owner),
                "/api/v1/service-accounts/" + body.name());
    }

    private Future<Reply> list(Call call) {
        Where<ServiceAccount> where = Where.all();
        String state = call.query("state").orElse(null);
        if (state != null) {
            where = where.and(
                    "state = ?",
                    List.of(state),
                    account -> account.state().label().equals(state));
        }
        String owner = call.query("owner").orElse(null);
        if (owner != null) {
            where = where.and(
                    "owner = ?", List.of(owner), account -> account.owner().equals(owner));
        }
        return accounts.list(call, Actors.PLATFORM, listing.where(where));
    }

    private static Address address(Call call) {
        return new Address(Actors.PLATFORM, Actors.SERVICE_ACCOUNT, call.path("name"));
    }
}

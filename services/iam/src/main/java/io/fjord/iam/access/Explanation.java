package io.fjord.iam.access;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.iam.bundle.Bundle;
import io.fjord.iam.grant.Grant;
import io.fjord.iam.role.Role;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Thing;
import io.fjord.platform.access.ActionPattern;
import io.fjord.platform.access.BuiltInRoles;
import io.fjord.platform.sql.Listing;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says of each step of a decision what it is. */
final class Explanation {

    private static final int SHOWN = 10;

    private final Listing<Grant> grants;
    private final Listing<Role> roles;
    private final Listing<Bundle> bundles;

    Explanation(Listing<Grant> grants, Listing<Role> roles, Listing<Bundle> bundles) {
        this.grants = grants;
        this.roles = roles;
        this.bundles = bundles;
    }

    /** @param what for people */
    record Step(String kind, String address, String what) {}

    /**
     * @param chain addresses, from the actor to the rule
     * @param asOf empty for now
     */
    Future<List<Step>> of(String actor, List<String> chain, Optional<Position> asOf) {
        List<Future<Step>> steps = new ArrayList<>();
        String member = actor;
        for (String text : chain) {
            Address address = Address.parse(text);
            steps.add(step(member, address, asOf));
            member = address.kind().equals("group") ? "group:" + address.name() : member;
        }
        return Future.all(steps).map(all -> all.<Step>list());
    }

    private Future<Step> step(String member, Address address, Optional<Position> asOf) {
        Future<String> what = switch (address.kind()) {
            case "group" -> Future.succeededFuture(member + " is a member of it");
            case "grant" ->
                read(grants, address, asOf)
                        .map(found -> found.map(Explanation::said).orElse(""));
            case "role" -> role(address, asOf);
            case "bundle" ->
                read(bundles, address, asOf)
                        .map(found -> found.map(bundle -> "holds " + some(bundle.resources()))
                                .orElse(""));
            case "policy" -> Future.succeededFuture("control policy");
            default -> Future.succeededFuture(member + " owns it");
        };
        return what.map(
                said -> new Step(address.kind(), address.toString(), said.isEmpty() ? "it is no longer there" : said));
    }

    private static String said(Grant grant) {
        List<String> given = new ArrayList<>();
        if (grant.role() != null) {
            given.add("role " + grant.role());
        }
        if (!grant.actions().isEmpty()) {
            given.add(some(grant.actions()));
        }
        List<String> on = new ArrayList<>();
        if (!grant.resources().isEmpty()) {
            on.add(some(grant.resources()));
        }
        if (grant.bundle() != null) {
            on.add("bundle " + grant.bundle());
        }
        return "gives " + grant.subject() + " " + String.join(" and ", given) + " on " + String.join(" and ", on);
    }

    private Future<String> role(Address address, Optional<Position> asOf) {
        Optional<List<ActionPattern>> builtIn = BuiltInRoles.actions(address.name());
        return builtIn.isPresent()
                ? Future.succeededFuture("built in: "
                        + some(builtIn.get().stream()
                                .map(ActionPattern::toString)
                                .toList()))
                : read(roles, address, asOf)
                        .map(found -> found.map(role -> "stands for " + some(role.actions()))
                                .orElse(""));
    }

    private static <S extends Thing> Future<Optional<S>> read(
            Listing<S> listing, Address address, Optional<Position> asOf) {
        return listing.one(address, asOf).map(at -> at.value().map(Stored::state));
    }

    private static String some(List<String> all) {
        return all.size() <= SHOWN
                ? String.join(", ", all)
                : String.join(", ", all.subList(0, SHOWN)) + " and " + (all.size() - SHOWN) + " more";
    }
}

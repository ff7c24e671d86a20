package io.fjord.iam.delegation;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.codec.UnreadableMessage;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.fjord.contract.iam.bundle.BundleCommand.AddResources;
import io.fjord.contract.iam.bundle.BundleCommand.CreateBundle;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import io.fjord.contract.iam.role.RoleCommand.ChangeRole;
import io.fjord.contract.iam.role.RoleCommand.CreateRole;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Metastore;
import io.fjord.platform.access.ActionPattern;
import io.fjord.platform.access.BuiltInRoles;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Nobody gives away what they do not have: asked at the door, and again before a grant, a role or a bundle is decided.
 *
 * <p>What a role or bundle may come to contain counts too, so that two wishes on their way together come to no more than one
 * after the other: a role needs its actions on all of the domain, and so does a grant on a bundle. What is added to a bundle
 * needs what the grants on the bundle give.
 */
public final class Delegation implements Guard {

    private static final int NAMED = 5;

    private final Metastore metastore;
    private final Access access;
    private final MessageTypes types;

    public Delegation(Metastore metastore, Access access, MessageTypes types) {
        this.metastore = metastore;
        this.access = access;
        this.types = types;
    }

    @Override
    public Future<Optional<Problem>> check(CommandEnvelope<byte[]> command) {
        Object wish;
        try {
            wish = types.read(command.type(), command.data());
        } catch (UnreadableMessage e) {
            // The handler says so itself.
            return allowed();
        }
        return check(command.actor(), command.subject(), wish);
    }

    /** Fails with the problem, if there is one. */
    public Future<Void> demand(String actor, Address subject, Object wish) {
        return check(actor, subject, wish)
                .compose(problem -> problem.isPresent()
                        ? Future.failedFuture(new ProblemException(problem.get()))
                        : Future.succeededFuture());
    }

    private Future<Optional<Problem>> check(String actor, Address subject, Object wish) {
        String domain = subject.domain();
        if (wish instanceof MakeGrant grant) {
            return checkGrant(actor, domain, grant);
        }
        if (wish instanceof CreateRole role) {
            return Future.succeededFuture(checkRole(actor, domain, role.actions()));
        }
        if (wish instanceof ChangeRole role) {
            return Future.succeededFuture(checkRole(actor, domain, role.actions()));
        }
        if (wish instanceof CreateBundle bundle) {
            return checkBundle(actor, subject, bundle.resources());
        }
        if (wish instanceof AddResources bundle) {
            return checkBundle(actor, subject, bundle.resources());
        }
        return allowed();
    }

    private Future<Optional<Problem>> checkGrant(String actor, String domain, MakeGrant grant) {
        if (!Patterns.ofGrant(domain, grant).isEmpty()) {
            // The decider names them.
            return allowed();
        }
        return metastore
                .snapshot(tx -> actionsOf(SqlTx.of(tx), domain, grant.role())
                        .compose(role -> isBundle(SqlTx.of(tx), domain, grant.bundle())
                                .map(bundle -> checkGrant(actor, domain, grant, role, bundle))))
                .map(Metastore.At::value);
    }

    private Optional<Problem> checkGrant(
            String actor, String domain, MakeGrant grant, Optional<List<String>> roleActions, boolean bundleExists) {
        if (roleActions.isEmpty()) {
            return Optional.of(DelegationProblems.noSuchRole(domain, String.valueOf(grant.role())));
        }
        if (!bundleExists) {
            return Optional.of(DelegationProblems.noSuchBundle(domain, String.valueOf(grant.bundle())));
        }
        Set<String> actions = new LinkedHashSet<>(roleActions.get());
        actions.addAll(grant.actions());
        Set<String> resources = new LinkedHashSet<>(grant.resources());
        if (grant.bundle() != null) {
            resources.add(everythingOf(domain));
        }
        return missing(actor, domain, actions, resources);
    }

    private Optional<Problem> checkRole(String actor, String domain, List<String> actions) {
        return Patterns.ofActions(actions).isEmpty()
                ? missing(actor, domain, actions, Set.of(everythingOf(domain)))
                : Optional.empty();
    }

    private Future<Optional<Problem>> checkBundle(String actor, Address bundle, List<String> resources) {
        String domain = bundle.domain();
        if (!Patterns.ofResources(domain, resources).isEmpty()) {
            return allowed();
        }
        return metastore
                .snapshot(tx -> given(SqlTx.of(tx), bundle))
                .map(at -> missing(actor, domain, at.value(), resources));
    }

    private Optional<Problem> missing(
            String actor, String domain, Collection<String> actions, Collection<String> resources) {
        // Owners and administrators, without asking for each. No resource reaches further: that was looked at before.
        if (has(actor, "*:*", everythingOf(domain))) {
            return Optional.empty();
        }
        List<String> missing = new ArrayList<>();
        for (String action : actions) {
            for (String resource : resources) {
                if (missing.size() <= NAMED && !has(actor, action, resource)) {
                    missing.add(action + " on " + resource);
                }
            }
        }
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(DelegationProblems.exceedsOwnRights(actor, domain, missing));
    }

    /** Patterns are asked for as if they were names: what covers the text of a pattern covers all that the pattern does. */
    private boolean has(String actor, String action, String resource) {
        return access.decide(AccessRequest.of(actor, action, Address.parse(resource)))
                .allowed();
    }

    private static String everythingOf(String domain) {
        return (domain.equals(Patterns.PLATFORM) ? "*" : domain) + "/*/*";
    }

    // What the names stand for

    /** Empty if there is no such role; no actions for no role. */
    private static Future<Optional<List<String>>> actionsOf(SqlTx tx, String domain, @Nullable String role) {
        if (role == null) {
            return Future.succeededFuture(Optional.of(List.of()));
        }
        Optional<List<ActionPattern>> builtIn = BuiltInRoles.actions(role);
        if (builtIn.isPresent()) {
            return Future.succeededFuture(Optional.of(
                    builtIn.get().stream().map(ActionPattern::toString).toList()));
        }
        return tx.query("SELECT actions FROM iam.role WHERE domain = ? AND name = ? AND state = 'live'", domain, role)
                .map(rows -> {
                    for (Row row : rows) {
                        return Optional.of(texts(row));
                    }
                    return Optional.empty();
                });
    }

    private static Future<Boolean> isBundle(SqlTx tx, String domain, @Nullable String bundle) {
        return bundle == null
                ? Future.succeededFuture(true)
                : tx.query(
                                "SELECT name FROM iam.bundle WHERE domain = ? AND name = ? AND state = 'live'",
                                domain,
                                bundle)
                        .map(rows -> rows.size() > 0);
    }

    /** All actions that grants on the bundle give. */
    private static Future<Set<String>> given(SqlTx tx, Address bundle) {
        return tx.query(
                        "SELECT role, actions FROM iam.access_grant WHERE domain = ? AND bundle = ? AND state = 'live'",
                        bundle.domain(),
                        bundle.name())
                .compose(rows -> {
                    Set<String> actions = new LinkedHashSet<>();
                    Set<String> roles = new LinkedHashSet<>();
                    for (Row row : rows) {
                        actions.addAll(texts(row));
                        if (row.getString("role") != null) {
                            roles.add(row.getString("role"));
                        }
                    }
                    Future<Void> all = Future.succeededFuture();
                    for (String role : roles) {
                        all = all.compose(ok -> actionsOf(tx, bundle.domain(), role))
                                .map(of -> {
                                    of.ifPresent(actions::addAll);
                                    return null;
                                });
                    }
                    return all.map(actions);
                });
    }

    private static List<String> texts(Row row) {
        return List.of(Json.read(row.getString("actions"), String[].class));
    }

    private static Future<Optional<Problem>> allowed() {
        return Future.succeededFuture(Optional.empty());
    }
}

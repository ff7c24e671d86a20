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
import io.fjord.contract.iam.group.GroupCommand.AddMembers;
import io.fjord.contract.iam.role.RoleCommand.ChangeRole;
import io.fjord.contract.iam.role.RoleCommand.CreateRole;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Guard;
import io.fjord.kernel.Metastore;
import io.fjord.platform.access.ActionPattern;
import io.fjord.platform.access.BuiltInRoles;
import io.fjord.platform.http.Call;
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
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Nobody gives away what they do not have: asked at the door, and again before a grant, a role or a bundle is decided.
 *
 * <p>What a role or bundle may come to contain counts too, so that two wishes on their way together come to no more than one
 * after the other: a role needs its actions on all of the domain, and so does a grant on a bundle. What is added to a bundle
 * needs what the grants on the bundle give, and who takes somebody into a group what the group is granted.
 */
public final class Delegation implements Guard {

    private static final int NAMED = 5;
    private static final String POLICY = "policy";
    private static final String DECISION = "Fjord-Decision";

    private static final Set<Class<?>> HANDING_OUT = Set.of(
            MakeGrant.class,
            CreateRole.class,
            ChangeRole.class,
            CreateBundle.class,
            AddResources.class,
            AddMembers.class);

    private final Metastore metastore;
    private final Access access;
    private final MessageTypes types;

    public Delegation(Metastore metastore, Access access, MessageTypes types) {
        this.metastore = metastore;
        this.access = access;
        this.types = types;
    }

    /** What somebody wants to give away and does not have. */
    private record Missing(String action, String resource) {
        Address address() {
            return Address.parse(resource);
        }

        @Override
        public String toString() {
            return action + " on " + resource;
        }
    }

    /** What keeps a wish from being decided: a name that leads nowhere, or what is missing; neither: nothing does. */
    private record Verdict(Optional<Problem> noSuch, List<Missing> missing) {
        static final Verdict FINE = new Verdict(Optional.empty(), List.of());

        Optional<Problem> problem(String actor, String domain) {
            return missing.isEmpty()
                    ? noSuch
                    : Optional.of(DelegationProblems.exceedsOwnRights(
                            actor,
                            domain,
                            missing.stream().map(Missing::toString).toList()));
        }
    }

    @Override
    public Future<Optional<Problem>> check(CommandEnvelope<byte[]> command) {
        Object wish;
        try {
            wish = types.read(command.type(), command.data());
        } catch (UnreadableMessage e) {
            // The handler says so itself.
            return Future.succeededFuture(Optional.empty());
        }
        if (!HANDING_OUT.contains(wish.getClass())) {
            return Future.succeededFuture(Optional.empty());
        }
        String actor = command.actor();
        // What was taken away before this was wished counts, and what was given.
        return metastore
                .position()
                .compose(position -> access.known(metastore.service(), position))
                .compose(ok -> check(mayOf(actor), command.subject(), wish))
                .map(verdict -> verdict.problem(actor, command.subject().domain()));
    }

    /** What somebody may by a control policy alone is theirs under its conditions, and not theirs to hand on. */
    private BiPredicate<String, Address> mayOf(String actor) {
        return (action, resource) -> {
            AccessDecision decision = access.decide(AccessRequest.of(actor, action, resource));
            return decision.allowed()
                    && decision.chain().stream()
                            .noneMatch(step -> Address.parse(step).kind().equals(POLICY));
        };
    }

    /** Fails with the problem, if there is one; who may not make it at all is told that first. A token for some things gives away no others. */
    public Future<Void> demand(Call call, Address subject, Object wish) {
        call.require(subject);
        return check(call::may, subject, wish)
                .compose(verdict -> verdict.problem(call.actor(), subject.domain())
                        .<Future<Void>>map(problem -> Future.failedFuture(refused(call, problem, verdict.missing())))
                        .orElseGet(Future::succeededFuture));
    }

    /** With the id under which the decision can be read, as every other refusal has it. */
    private static ProblemException refused(Call call, Problem problem, List<Missing> missing) {
        ProblemException told = new ProblemException(problem);
        if (missing.isEmpty()) {
            return told;
        }
        try {
            call.require(missing.get(0).action(), missing.get(0).address());
            return told;
        } catch (ProblemException denied) {
            String decision = denied.headers().get(DECISION);
            return decision == null ? told : told.header(DECISION, decision);
        }
    }

    private Future<Verdict> check(BiPredicate<String, Address> may, Address subject, Object wish) {
        String domain = subject.domain();
        if (wish instanceof MakeGrant grant) {
            return checkGrant(may, domain, grant);
        }
        if (wish instanceof CreateRole role) {
            return Future.succeededFuture(checkRole(may, domain, role.actions()));
        }
        if (wish instanceof ChangeRole role) {
            return Future.succeededFuture(checkRole(may, domain, role.actions()));
        }
        if (wish instanceof CreateBundle bundle) {
            return checkBundle(may, subject, bundle.resources());
        }
        if (wish instanceof AddResources bundle) {
            return checkBundle(may, subject, bundle.resources());
        }
        if (wish instanceof AddMembers) {
            return checkGroup(may, subject.name());
        }
        return Future.succeededFuture(Verdict.FINE);
    }

    private Future<Verdict> checkGrant(BiPredicate<String, Address> may, String domain, MakeGrant grant) {
        if (!Patterns.ofGrant(domain, grant).isEmpty()) {
            // The decider names them.
            return Future.succeededFuture(Verdict.FINE);
        }
        return metastore
                .snapshot(tx -> actionsOf(SqlTx.of(tx), domain, grant.role())
                        .compose(role -> isBundle(SqlTx.of(tx), domain, grant.bundle())
                                .map(bundle -> checkGrant(may, domain, grant, role, bundle))))
                .map(Metastore.At::value);
    }

    private static Verdict checkGrant(
            BiPredicate<String, Address> may,
            String domain,
            MakeGrant grant,
            Optional<List<String>> roleActions,
            boolean bundleExists) {
        if (roleActions.isEmpty()) {
            return new Verdict(
                    Optional.of(DelegationProblems.noSuchRole(domain, String.valueOf(grant.role()))), List.of());
        }
        if (!bundleExists) {
            return new Verdict(
                    Optional.of(DelegationProblems.noSuchBundle(domain, String.valueOf(grant.bundle()))), List.of());
        }
        return compared(
                may,
                domain,
                both(roleActions.get(), grant.actions()),
                grant.bundle() == null ? grant.resources() : both(grant.resources(), List.of(everythingOf(domain))));
    }

    private static Verdict checkRole(BiPredicate<String, Address> may, String domain, List<String> actions) {
        return Patterns.ofActions(actions).isEmpty()
                ? compared(may, domain, actions, Set.of(everythingOf(domain)))
                : Verdict.FINE;
    }

    private Future<Verdict> checkBundle(BiPredicate<String, Address> may, Address bundle, List<String> resources) {
        String domain = bundle.domain();
        if (!Patterns.ofResources(domain, resources).isEmpty()) {
            return Future.succeededFuture(Verdict.FINE);
        }
        return metastore
                .snapshot(tx -> given(SqlTx.of(tx), bundle))
                .map(at -> compared(may, domain, at.value(), resources));
    }

    /** Who joins a group gets what it is granted, and what the groups are granted that it is in. */
    private Future<Verdict> checkGroup(BiPredicate<String, Address> may, String group) {
        return metastore
                .snapshot(tx -> above(SqlTx.of(tx), new LinkedHashSet<>(Set.of(group)), Set.of(group))
                        .compose(groups -> grantedTo(SqlTx.of(tx), groups)))
                .map(at -> at.value().stream()
                        .map(given -> compared(may, given.domain(), given.actions(), given.resources()))
                        .filter(verdict -> !verdict.missing().isEmpty())
                        .findFirst()
                        .orElse(Verdict.FINE));
    }

    private static Verdict compared(
            BiPredicate<String, Address> may, String domain, Collection<String> actions, Collection<String> resources) {
        // Owners and administrators, without asking for each. No resource reaches further: that was looked at before.
        if (may.test("*:*", Address.parse(everythingOf(domain)))) {
            return Verdict.FINE;
        }
        List<Missing> missing = new ArrayList<>();
        for (String action : actions) {
            for (String resource : resources) {
                Missing one = new Missing(action, resource);
                // Patterns are asked for as if they were names: what covers the text of a pattern covers all that it
                // does.
                if (missing.size() <= NAMED && !may.test(action, one.address())) {
                    missing.add(one);
                }
            }
        }
        return missing.isEmpty() ? Verdict.FINE : new Verdict(Optional.empty(), List.copyOf(missing));
    }

    private static String everythingOf(String domain) {
        return (domain.equals(Patterns.PLATFORM) ? "*" : domain) + "/*/*";
    }

    private static Set<String> both(Collection<String> some, Collection<String> more) {
        Set<String> all = new LinkedHashSet<>(some);
        all.addAll(more);
        return all;
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

    /** The groups with all they are in, over any number of steps. */
    private static Future<Set<String>> above(SqlTx tx, Set<String> found, Set<String> last) {
        return tx.queryIn(
                        "SELECT group_name FROM iam.group_member WHERE member IN (??)",
                        last.stream().map(Delegation::subject).toList())
                .compose(rows -> {
                    Set<String> next = new LinkedHashSet<>();
                    rows.forEach(row -> next.add(row.getString("group_name")));
                    next.removeAll(found);
                    found.addAll(next);
                    return next.isEmpty() ? Future.succeededFuture(found) : above(tx, found, next);
                });
    }

    private static String subject(String group) {
        return "group:" + group;
    }

    /** What one grant comes to. */
    private record Given(String domain, Set<String> actions, Set<String> resources) {}

    private static Future<List<Given>> grantedTo(SqlTx tx, Set<String> groups) {
        return tx.queryIn(
                        "SELECT domain, role, bundle, actions, resources FROM iam.access_grant"
                                + " WHERE state = 'live' AND subject IN (??)",
                        groups.stream().map(Delegation::subject).toList())
                .compose(rows -> {
                    Future<List<Given>> all = Future.succeededFuture(new ArrayList<>());
                    for (Row row : rows) {
                        String domain = row.getString("domain");
                        all = all.compose(found -> actionsOf(tx, domain, row.getString("role"))
                                .map(of -> {
                                    found.add(new Given(
                                            domain,
                                            both(of.orElse(List.of()), texts(row)),
                                            both(
                                                    List.of(Json.read(row.getString("resources"), String[].class)),
                                                    row.getString("bundle") == null
                                                            ? List.of()
                                                            : List.of(everythingOf(domain)))));
                                    return found;
                                }));
                    }
                    return all;
                });
    }
}

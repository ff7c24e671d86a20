package io.fjord.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.policy.PolicyEffect;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyCreated;
import io.fjord.contract.iam.bundle.BundleCommand.AddResources;
import io.fjord.contract.iam.bundle.BundleCommand.CreateBundle;
import io.fjord.contract.iam.bundle.BundleCommand.DeleteBundle;
import io.fjord.contract.iam.grant.GrantCommand.MakeGrant;
import io.fjord.contract.iam.grant.GrantCommand.RevokeGrant;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.contract.iam.group.GroupCommand.AddMembers;
import io.fjord.contract.iam.role.RoleCommand.ChangeRole;
import io.fjord.contract.iam.role.RoleCommand.CreateRole;
import io.fjord.contract.iam.role.RoleCommand.DeleteRole;
import io.fjord.iam.bundle.Bundle;
import io.fjord.iam.bundle.BundleCapability;
import io.fjord.iam.delegation.Delegation;
import io.fjord.iam.grant.Grant;
import io.fjord.iam.grant.GrantCapability;
import io.fjord.iam.group.GroupCapability;
import io.fjord.iam.role.Role;
import io.fjord.iam.role.RoleCapability;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Capability;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Quota;
import io.fjord.kernel.Store.Change;
import io.fjord.kernel.Stored;
import io.fjord.kernel.Thing;
import io.fjord.kernel.VersionConflict;
import io.fjord.platform.access.AccessRules;
import io.fjord.platform.sql.Database;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.SqlMetastore;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Roles, bundles and grants as rows, and who may hand out what, on each of the databases. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GrantRowsContract {

    private final Vertx vertx = Vertx.vertx();
    private final RoleCapability roles = new RoleCapability();
    private final BundleCapability bundles = new BundleCapability();
    private final GrantCapability grants = new GrantCapability(bundles);
    private final MessageTypes types = types();
    private final Clock clock = Clock.systemUTC();

    private Database database;
    private SqlMetastore metastore;
    private AccessRules rules;
    private Delegation delegation;
    /** Of each test its own, so that none sees what another left. */
    private String domain;

    private int domains;

    protected abstract String url();

    private MessageTypes types() {
        MessageTypes all = new MessageTypes();
        List.<Capability>of(roles, bundles, grants, new GroupCapability())
                .forEach(capability -> capability.register(all));
        return all;
    }

    @BeforeAll
    void migrate() {
        database = Database.open(vertx, url(), "iam", 4);
        get(database.migrate("iam", "db/iam"));
        metastore = new SqlMetastore(database, "iam");
    }

    @AfterAll
    void close() {
        get(database.close());
        get(vertx.close());
    }

    @BeforeEach
    void anOwnerAndAnEngineer() {
        domain = "d" + ++domains;
        rules = new AccessRules(
                condition -> variables -> {
                    throw new IllegalStateException("no conditions here");
                },
                clock);
        delegation = new Delegation(metastore, rules, types);
        allow("user:owner", "*:*", domain + "/*/*");
        allow("user:engineer", "cluster:*", domain + "/cluster/*");
        allow("user:engineer", "grant:manage", domain + "/grant/*");
    }

    @Test
    void what_was_decided_comes_back() {
        assertThat(decide(roles, "role", "engineer", new CreateRole("builds", List.of("cluster:*"))))
                .isInstanceOf(Decision.Accepted.class);
        decide(bundles, "bundle", "finance", new CreateBundle(null, List.of(domain + "/table/a.*")));
        decide(bundles, "bundle", "finance", new AddResources(List.of(domain + "/table/b")));
        decide(grants, "grant", "g1", grant("user:ana", "engineer", "finance"));

        Stored<Role> role = one(roles.listing(metastore, types), "role", "engineer");
        assertThat(role.version()).isEqualTo(1);
        assertThat(role.state().description()).isEqualTo("builds");
        assertThat(role.state().actions()).containsExactly("cluster:*");
        Stored<Bundle> bundle = one(bundles.listing(metastore, types), "bundle", "finance");
        assertThat(bundle.version()).isEqualTo(2);
        assertThat(bundle.state().resources()).containsExactly(domain + "/table/a.*", domain + "/table/b");
        Stored<Grant> grant = one(grants.listing(metastore, types), "grant", "g1");
        assertThat(grant.state().subject()).isEqualTo("user:ana");
        assertThat(grant.state().role()).isEqualTo("engineer");
        assertThat(grant.state().bundle()).isEqualTo("finance");
        assertThat(grant.state().resources()).containsExactly(domain + "/cluster/etl");
        assertThat(grant.state().madeAt()).isAfter(Instant.EPOCH);
    }

    @Test
    void what_is_in_use_is_not_deleted() {
        decide(roles, "role", "engineer", new CreateRole(null, List.of("cluster:*")));
        decide(bundles, "bundle", "finance", new CreateBundle(null, List.of()));
        decide(grants, "grant", "g1", grant("user:ana", "engineer", "finance"));
        decide(grants, "grant", "g2", grant("user:ben", "engineer", null));

        assertThat(problem(decide(roles, "role", "engineer", new DeleteRole()))).contains("2 grants");
        assertThat(problem(decide(bundles, "bundle", "finance", new DeleteBundle())))
                .contains("1 grant");

        decide(grants, "grant", "g1", new RevokeGrant());
        decide(grants, "grant", "g2", new RevokeGrant());

        assertThat(decide(roles, "role", "engineer", new DeleteRole())).isInstanceOf(Decision.Accepted.class);
        assertThat(decide(bundles, "bundle", "finance", new DeleteBundle())).isInstanceOf(Decision.Accepted.class);
        assertThat(get(grants.listing(metastore, types).first(domain, 10)).value())
                .isEmpty();
    }

    @Test
    void grants_are_found_by_whom_and_by_role() {
        decide(grants, "grant", "g1", grant("user:ana", "engineer", null));
        decide(grants, "grant", "g2", grant("user:ana", "viewer", null));
        decide(grants, "grant", "g3", grant("user:ben", "viewer", null));

        Where<Grant> ana = Where.<Grant>all()
                .and(
                        "subject = ?",
                        List.of("user:ana"),
                        grant -> grant.subject().equals("user:ana"));
        Where<Grant> anaViews = ana.and("role = ?", List.of("viewer"), grant -> "viewer".equals(grant.role()));

        assertThat(names(ana)).containsExactly("g1", "g2");
        assertThat(names(anaViews)).containsExactly("g2");
    }

    @Test
    void a_row_that_has_moved_is_not_overwritten() {
        decide(roles, "role", "engineer", new CreateRole(null, List.of("cluster:*")));
        Stored<Role> before = one(roles.listing(metastore, types), "role", "engineer");
        decide(roles, "role", "engineer", new ChangeRole(null, List.of("table:*")));
        @SuppressWarnings("unchecked")
        Aggregate<?, Role, ?> aggregate =
                (Aggregate<?, Role, ?>) roles.aggregates().get(0);

        assertThatThrownBy(() -> get(metastore.transaction(tx -> aggregate
                        .store()
                        .saveAll(
                                tx,
                                List.of(new Change<>(
                                        before.state().address(), before, new Stored<>(before.state(), 2)))))))
                .hasCauseInstanceOf(VersionConflict.class);
    }

    // Delegation

    @Test
    void nobody_gives_away_what_they_do_not_have() {
        decide(roles, "role", "engineer", new CreateRole(null, List.of("cluster:*")));

        assertThat(refusal("user:engineer", grant("user:ana", "engineer", null)))
                .isEmpty();
        assertThat(refusal("user:engineer", grant("user:ana", "owner", null))).isEqualTo("exceeds-own-rights");
        assertThat(refusal(
                        "user:engineer",
                        new MakeGrant("user:ana", null, List.of("cluster:read"), List.of(domain + "/*/*"), null)))
                .isEqualTo("exceeds-own-rights");
        assertThat(refusal("user:owner", grant("user:ana", "owner", null))).isEmpty();
        assertThat(refusal("user:nobody", grant("user:ana", "viewer", null))).isEqualTo("exceeds-own-rights");
        assertThat(refusal("user:operator", grant("user:ana", "platform-admin", null)))
                .isEmpty();
    }

    @Test
    void a_grant_on_a_bundle_needs_all_of_the_domain_for_a_bundle_may_grow() {
        decide(bundles, "bundle", "mine", new CreateBundle(null, List.of(domain + "/cluster/etl")));
        MakeGrant wish = new MakeGrant("user:ana", null, List.of("cluster:read"), List.of(), "mine");

        assertThat(refusal("user:engineer", wish)).isEqualTo("exceeds-own-rights");
        assertThat(refusal("user:owner", wish)).isEmpty();
    }

    @Test
    void roles_and_bundles_are_no_way_around() {
        decide(roles, "role", "engineer", new CreateRole(null, List.of("cluster:*")));
        decide(bundles, "bundle", "secrets", new CreateBundle(null, List.of()));
        decide(
                grants,
                "grant",
                "g1",
                new MakeGrant("user:engineer", null, List.of("secret:read"), List.of(), "secrets"));

        assertThat(refusal("user:engineer", "role", "engineer", new ChangeRole(null, List.of("secret:read"))))
                .isEqualTo("exceeds-own-rights");
        assertThat(refusal("user:engineer", "role", "other", new CreateRole(null, List.of("*:*"))))
                .isEqualTo("exceeds-own-rights");
        assertThat(refusal(
                        "user:engineer", "bundle", "secrets", new AddResources(List.of(domain + "/secret/password"))))
                .isEqualTo("exceeds-own-rights");
        assertThat(refusal("user:engineer", "bundle", "free", new CreateBundle(null, List.of(domain + "/secret/a"))))
                .isEmpty();
        assertThat(refusal("user:owner", "bundle", "secrets", new AddResources(List.of(domain + "/secret/password"))))
                .isEmpty();
    }

    @Test
    void who_takes_somebody_into_a_group_has_what_the_group_gets() {
        String team = domain + "-team";
        String all = domain + "-all";
        get(database.query("INSERT INTO iam.group_member (group_name, member) VALUES (?, ?)", all, "group:" + team));
        decide(
                grants,
                "grant",
                "g1",
                new MakeGrant("group:" + team, null, List.of("cluster:use"), List.of(domain + "/cluster/etl"), null));
        AddMembers wish = new AddMembers(List.of("user:engineer"));
        assertThat(refusal("user:engineer", "group", team, wish)).isEmpty();

        decide(grants, "grant", "g2", grant("group:" + all, "owner", null));

        assertThat(refusal("user:engineer", "group", team, wish)).isEqualTo("exceeds-own-rights");
        assertThat(refusal("user:owner", "group", team, wish)).isEmpty();
    }

    @Test
    void what_a_policy_allows_is_not_handed_on() {
        rules.apply(
                new Address(domain, "policy", "office-hours"),
                new PolicyCreated(
                        "id",
                        PolicyEffect.ALLOW,
                        List.of("user:guest"),
                        List.of("*:*"),
                        List.of(domain + "/*/*"),
                        null,
                        null,
                        clock.instant()));

        assertThat(refusal("user:guest", grant("user:ana", "viewer", null))).isEqualTo("exceeds-own-rights");
    }

    @Test
    void names_that_lead_nowhere_are_told_at_the_door() {
        assertThat(refusal("user:owner", grant("user:ana", "nothing", null))).isEqualTo("role-not-found");
        assertThat(refusal("user:owner", grant("user:ana", "viewer", "nothing")))
                .isEqualTo("bundle-not-found");
    }

    // Words of the tests

    private void allow(String subject, String action, String resource) {
        rules.apply(
                new Address(domain, "grant", Ids.next()),
                new GrantMade(subject, null, List.of(action), List.of(resource), null, clock.instant()));
    }

    private MakeGrant grant(String subject, String role, String bundle) {
        return new MakeGrant(subject, role, List.of(), List.of(domain + "/cluster/etl"), bundle);
    }

    private String refusal(String actor, MakeGrant wish) {
        return refusal(actor, "grant", "new", wish);
    }

    /** The problem's slug, or nothing. */
    private String refusal(String actor, String kind, String name, Object wish) {
        byte[] data = Json.bytes(wish);
        return get(delegation.check(new CommandEnvelope<>(
                        Ids.next(),
                        types.typeOf(wish),
                        "iam",
                        clock.instant(),
                        new Address(kind.equals("group") ? "platform" : domain, kind, name),
                        actor,
                        "test",
                        null,
                        null,
                        null,
                        data)))
                .map(Problem::slug)
                .orElse("");
    }

    private List<String> names(Where<Grant> where) {
        return get(grants.listing(metastore, types).where(where).first(domain, 10)).value().stream()
                .map(stored -> stored.state().address().name())
                .toList();
    }

    private <S extends Thing> Stored<S> one(Listing<S> listing, String kind, String name) {
        return get(listing.one(new Address(domain, kind, name))).value().orElseThrow();
    }

    private static String problem(Decision<?> decision) {
        assertThat(decision).isInstanceOf(Decision.Rejected.class);
        return ((Decision.Rejected<?>) decision).problem().detail();
    }

    private Decision<?> decide(Capability capability, String kind, String name, Object command) {
        return decide(capability.aggregates().get(0), new Address(domain, kind, name), command);
    }

    @SuppressWarnings("unchecked") // the test gives each capability its own commands
    private <C, S, E> Decision<E> decide(Aggregate<C, S, E> aggregate, Address subject, Object command) {
        return get(metastore.transaction(tx -> aggregate
                .store()
                .loadAll(tx, List.of(subject))
                .compose(found -> {
                    Stored<S> before = found.getOrDefault(
                            subject, new Stored<>(aggregate.decider().initial(subject), 0));
                    Decision<E> decision = aggregate
                            .decider()
                            .decide(
                                    (C) command,
                                    before.state(),
                                    new Context(clock.instant(), Ids::next, "user:owner", Quota.unlimited(domain)));
                    if (!(decision instanceof Decision.Accepted<E> accepted)) {
                        return Future.succeededFuture(decision);
                    }
                    S state = before.state();
                    for (E event : accepted.events()) {
                        state = aggregate.decider().evolve(state, event);
                    }
                    Stored<S> after = new Stored<>(
                            state, before.version() + accepted.events().size());
                    return aggregate
                            .store()
                            .saveAll(tx, List.of(new Change<>(subject, before, after)))
                            .map(decision);
                })));
    }

    private static <T> T get(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}

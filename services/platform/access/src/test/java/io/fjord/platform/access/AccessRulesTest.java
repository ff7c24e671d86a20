package io.fjord.platform.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.controlpolicies.policy.PolicyEffect;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyCreated;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyDeleted;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterCreated;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterDeleted;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterHandedOver;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.contract.iam.bundle.BundleEvent.BundleCreated;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesAdded;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesRemoved;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.contract.iam.grant.GrantEvent.GrantRevoked;
import io.fjord.contract.iam.group.GroupEvent.GroupDeleted;
import io.fjord.contract.iam.group.GroupEvent.MembersAdded;
import io.fjord.contract.iam.group.GroupEvent.MembersRemoved;
import io.fjord.contract.iam.role.RoleEvent.RoleChanged;
import io.fjord.contract.iam.role.RoleEvent.RoleCreated;
import io.fjord.contract.iam.role.RoleEvent.RoleDeleted;
import io.fjord.contract.iam.token.TokenEvent.TokenCreated;
import io.fjord.contract.iam.token.TokenEvent.TokenRevoked;
import io.fjord.contract.iam.token.TokenEvent.TokenSuspended;
import io.fjord.contract.iam.user.UserEvent.UserActivated;
import io.fjord.contract.iam.user.UserEvent.UserArchived;
import io.fjord.contract.iam.user.UserEvent.UserRegistered;
import io.fjord.contract.iam.user.UserEvent.UserSuspended;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Candidates;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccessRulesTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Address ETL = Address.parse("default/cluster/etl");

    /** Conditions of the tests: {@code true}, {@code false}, {@code purpose=x}, and anything else fails. */
    private final AccessRules rules = new AccessRules(AccessRulesTest::condition, Clock.fixed(NOW, ZoneOffset.UTC));

    private static Condition condition(String text) {
        return variables -> {
            if (text.startsWith("purpose=")) {
                Object purpose = ((Map<?, ?>) variables.get("context")).get("purpose");
                if (purpose == null) {
                    throw new IllegalStateException("no such attribute: context.purpose");
                }
                return purpose.equals(text.substring("purpose=".length()));
            }
            if (!List.of("true", "false").contains(text)) {
                throw new IllegalStateException("cannot be evaluated");
            }
            return Boolean.parseBoolean(text);
        };
    }

    @Test
    void nobody_may_do_anything_until_it_is_granted() {
        assertThat(may("user:ana", "cluster:read", ETL)).isFalse();
        grant("default/grant/1", "user:ana", "viewer", List.of(), "default/cluster/*");

        assertThat(may("user:ana", "cluster:read", ETL)).isTrue();
        assertThat(may("user:ana", "cluster:delete", ETL)).isFalse();
        assertThat(may("user:ben", "cluster:read", ETL)).isFalse();
        assertThat(may("user:ana", "table:read", Address.parse("default/table/sales.orders")))
                .isFalse();

        told("default/grant/1", new GrantRevoked());
        assertThat(may("user:ana", "cluster:read", ETL)).isFalse();
    }

    @Test
    void all_that_is_allowed_is_among_the_candidates() {
        Random random = new Random(7);
        List<String> patterns = List.of(
                "default/cluster/c1",
                "default/cluster/c2*",
                "default/*/c3",
                "*/cluster/c4",
                "sales/cluster/*",
                "d*/cl*/c5*");
        int sure = 0;
        for (int round = 0; round < 200; round++) {
            AccessRules some = new AccessRules(AccessRulesTest::condition, Clock.fixed(NOW, ZoneOffset.UTC));
            some.apply(Address.parse("platform/group/data"), new MembersAdded(List.of("user:ana")));
            for (int i = 0; i < 3; i++) {
                some.apply(
                        new Address("platform", "grant", "g" + i),
                        new GrantMade(
                                random.nextBoolean() ? "user:ana" : "group:data",
                                random.nextInt(3) == 0 ? "viewer" : null,
                                List.of(random.nextBoolean() ? "cluster:read" : "cluster:use"),
                                List.of(patterns.get(random.nextInt(patterns.size()))),
                                null,
                                NOW));
            }
            if (random.nextInt(3) == 0) {
                some.apply(
                        Address.parse("default/policy/p"),
                        new PolicyCreated(
                                "p",
                                random.nextBoolean() ? PolicyEffect.ALLOW : PolicyEffect.DENY,
                                List.of(random.nextBoolean() ? "user:ana" : "group:data"),
                                List.of("*:read"),
                                List.of(patterns.get(random.nextInt(patterns.size()))),
                                List.of("true", "false", "broken").get(random.nextInt(3)),
                                null,
                                NOW));
            }
            if (random.nextInt(10) == 0) {
                some.apply(Address.parse("platform/user/ana"), new UserSuspended(null));
            }
            var candidates = some.candidates("user:ana", "cluster:read", "default", "cluster");
            for (String name : List.of("c1", "c2", "c23", "c3", "c4", "c5x", "other")) {
                boolean allowed = may(
                        some, AccessRequest.of("user:ana", "cluster:read", new Address("default", "cluster", name)));
                boolean possible = candidates.map(few -> few.include(name)).orElse(true);
                boolean certain = candidates.filter(Candidates::certain).isPresent() && possible;
                sure += certain ? 1 : 0;
                assertThat(allowed)
                        .as(name + " of " + candidates + " in round " + round)
                        .isIn(possible, certain);
            }
        }
        assertThat(sure).isBetween(100, 1_000);
        assertThat(rules.candidates("user:nobody", "cluster:read", "default", "cluster")
                        .orElseThrow()
                        .names())
                .isEmpty();
        assertThat(rules.candidates("user:operator", "cluster:read", "default", "cluster"))
                .isEmpty();
        assertThat(rules.candidates("user:nobody", "table:read", "default", "table"))
                .as("a place may allow it")
                .isEmpty();
    }

    @Test
    void how_far_somebody_may_is_known_anew_after_every_change() {
        assertThat(clustersOfAna()).contains(Set.of());
        assertThat(rules.uniform("user:ana", "cluster:read", "default", "cluster"))
                .contains(false);
        grant("default/grant/1", "user:ana", "viewer", List.of(), "default/cluster/etl");
        assertThat(clustersOfAna()).contains(Set.of("etl"));
        assertThat(rules.uniform("user:ana", "cluster:read", "default", "cluster"))
                .isEmpty();
        told("default/grant/1", new GrantRevoked());
        assertThat(clustersOfAna()).contains(Set.of());
        told("platform/group/data", new MembersAdded(List.of("user:ana")));
        grant("default/grant/2", "group:data", "viewer", List.of(), "default/cluster/bi");
        assertThat(clustersOfAna()).contains(Set.of("bi"));
        told("platform/group/data", new MembersRemoved(List.of("user:ana")));
        assertThat(clustersOfAna()).contains(Set.of());
        told("default/cluster/hers", new ClusterCreated("1", ClusterSize.S, "ref", null, NOW, null, "user:ana"));
        assertThat(clustersOfAna()).contains(Set.of("hers"));
        rules.forgetOwners();
        assertThat(clustersOfAna()).contains(Set.of());
        for (int i = 0; i < Candidates.MOST_NAMES; i++) {
            grant("default/grant/many-" + i, "user:ana", "viewer", List.of(), "default/cluster/c" + i);
        }
        assertThat(clustersOfAna().orElseThrow()).hasSize(Candidates.MOST_NAMES);
        grant("default/grant/more", "user:ana", "viewer", List.of(), "default/cluster/more");
        assertThat(clustersOfAna()).as("more than can be named").isEmpty();
    }

    private Optional<Set<String>> clustersOfAna() {
        return rules.candidates("user:ana", "cluster:read", "default", "cluster")
                .map(Candidates::names);
    }

    @Test
    void what_is_said_of_a_table_follows_the_table() {
        Address orders = Address.parse("default/asset/table/lake.sales.orders");
        Address column = Address.parse("default/asset/table/lake.sales.orders/address.city");
        grant("default/grant/1", "user:ana", "viewer", List.of(), "default/namespace/lake.sales");
        assertThat(may("user:ana", "asset:read", orders)).isTrue();
        assertThat(may("user:ana", "asset:read", column)).isTrue();
        assertThat(may("user:ana", "asset:write", orders)).isFalse();
        assertThat(may("user:ana", "asset:read", Address.parse("default/asset/table/lake.hr.salaries")))
                .isFalse();
        assertThat(rules.who("asset:read", column)).containsExactly("user:ana");

        // What is granted on entries themselves gives nothing, or there would be two truths.
        grant("default/grant/2", "user:ben", null, List.of("asset:*"), "default/asset/*");
        assertThat(may("user:ben", "asset:read", orders)).isFalse();
        assertThat(may("user:ana", "asset:read", Address.parse("default/asset/table/a/b/c")))
                .as("of nothing there could be")
                .isFalse();

        assertThat(rules.uniform("user:ana", "asset:read", "default", "asset")).isEmpty();
        assertThat(rules.uniform("user:ben", "asset:read", "default", "asset")).contains(false);
        grant("default/grant/3", "user:eve", "viewer", List.of(), "default/*/*");
        assertThat(rules.uniform("user:eve", "asset:read", "default", "asset")).contains(true);
        assertThat(rules.candidates("user:ana", "asset:read", "default", "asset"))
                .as("any could be allowed by its place")
                .isEmpty();
        policy("default/policy/p", PolicyEffect.DENY, "user:eve", "table:read", "true");
        assertThat(rules.uniform("user:eve", "asset:read", "default", "asset")).isEmpty();
    }

    @Test
    void the_operator_and_the_services_are_the_platform() {
        assertThat(may(AccessRules.OPERATOR, "cluster:delete", ETL)).isTrue();
        assertThat(may("service:core", "cluster:delete", ETL)).isTrue();
        assertThat(may("user:operator2", "cluster:delete", ETL)).isFalse();
    }

    @Test
    void who_owns_a_thing_may_do_everything_with_it_until_it_is_somebody_elses() {
        rules.apply(ETL, new ClusterCreated("1", ClusterSize.S, "ref", null, NOW, null, "user:ana"));
        assertThat(may("user:ana", "cluster:delete", ETL)).isTrue();
        assertThat(may("user:ana", "cluster:read", Address.parse("default/cluster/other")))
                .isFalse();
        assertThat(rules.decide(AccessRequest.of("user:ana", "cluster:use", ETL))
                        .reason())
                .isEqualTo("user:ana owns default/cluster/etl");
        assertThat(rules.who("cluster:manage", ETL)).containsExactly("user:ana");

        rules.apply(ETL, new ClusterHandedOver("user:ana", "user:ben"));
        assertThat(may("user:ana", "cluster:use", ETL)).isFalse();
        assertThat(rules.who("cluster:manage", ETL)).containsExactly("user:ben");
        told(
                "default/policy/1",
                new PolicyCreated(
                        "p",
                        PolicyEffect.DENY,
                        List.of("*"),
                        List.of("cluster:delete"),
                        List.of("default/cluster/*"),
                        null,
                        null,
                        NOW));
        assertThat(may("user:ben", "cluster:delete", ETL)).isFalse();
        assertThat(may("user:ben", "cluster:use", ETL)).isTrue();

        rules.forgetPolicies();
        assertThat(may("user:ben", "cluster:delete", ETL)).isTrue();
        rules.apply(ETL, new ClusterDeleted());
        assertThat(may("user:ben", "cluster:use", ETL)).isFalse();
    }

    @Test
    void an_owner_of_a_domain_is_somebody_who_is_here() {
        told("platform/group/leads", new MembersAdded(List.of("group:old", "user:ben")));
        told("platform/group/old", new MembersAdded(List.of("user:ana")));
        assertThat(rules.ownerOf("default")).isEmpty();
        grant("default/grant/1", "group:leads", "owner", List.of(), "default/*/*");
        grant("default/grant/2", "user:zoe", "owner", List.of(), "default/*/*");
        assertThat(rules.ownerOf("default")).contains("user:ben");
        told("platform/user/ben", new UserArchived(null));
        assertThat(rules.ownerOf("default")).contains("user:ana");
        told("platform/user/ana", new UserArchived(null));
        assertThat(rules.ownerOf("default")).contains("user:zoe");
        assertThat(rules.ownerOf("sales")).isEmpty();
    }

    @Test
    void groups_hold_groups_and_the_explanation_names_each() {
        told("platform/group/people", new MembersAdded(List.of("group:data")));
        told("platform/group/data", new MembersAdded(List.of("user:ana")));
        grant("default/grant/1", "group:people", "member", List.of(), "default/*/*");

        AccessDecision yes = rules.decide(AccessRequest.of("user:ana", "cluster:use", ETL));
        assertThat(yes.allowed()).isTrue();
        assertThat(yes.chain())
                .containsExactly(
                        "platform/group/data", "platform/group/people", "default/grant/1", "default/role/member");
        assertThat(rules.groups("user:ana")).containsExactly("group:data", "group:people");

        told("platform/group/people", new MembersRemoved(List.of("group:data")));
        assertThat(may("user:ana", "cluster:use", ETL)).isFalse();
    }

    @Test
    void groups_in_a_circle_end() {
        told("platform/group/a", new MembersAdded(List.of("group:b", "user:ana")));
        told("platform/group/b", new MembersAdded(List.of("group:a")));
        grant("default/grant/1", "group:b", "viewer", List.of(), "default/*/*");
        assertThat(may("user:ana", "cluster:read", ETL)).isTrue();
        told("platform/group/b", new GroupDeleted());
        assertThat(may("user:ana", "cluster:read", ETL)).isFalse();
    }

    @Test
    void a_role_may_come_after_its_grant_and_change_under_it() {
        grant("default/grant/1", "user:ana", "starter", List.of(), "default/cluster/etl");
        assertThat(may("user:ana", "cluster:start", ETL)).isFalse();
        told("default/role/starter", new RoleCreated("r1", null, List.of("cluster:start"), NOW));
        assertThat(may("user:ana", "cluster:start", ETL)).isTrue();
        told("default/role/starter", new RoleChanged(null, List.of("cluster:stop")));
        assertThat(may("user:ana", "cluster:start", ETL)).isFalse();
        assertThat(may("user:ana", "cluster:stop", ETL)).isTrue();
        told("default/role/starter", new RoleDeleted());
        assertThat(may("user:ana", "cluster:stop", ETL)).isFalse();
    }

    @Test
    void what_enters_or_leaves_a_bundle_is_granted_or_not() {
        told("default/bundle/b", new BundleCreated("b1", null, List.of(), NOW));
        told(
                "default/grant/1",
                new GrantMade("user:ana", null, List.of("cluster:read", "table:*"), List.of(), "b", NOW));
        assertThat(may("user:ana", "cluster:read", ETL)).isFalse();
        told("default/bundle/b", new ResourcesAdded(List.of("default/cluster/etl", "other/cluster/etl")));
        assertThat(may("user:ana", "cluster:read", ETL)).isTrue();
        // A domain gives away what is its own.
        assertThat(may("user:ana", "cluster:read", Address.parse("other/cluster/etl")))
                .isFalse();
        told("default/bundle/b", new ResourcesRemoved(List.of("default/cluster/etl")));
        assertThat(may("user:ana", "cluster:read", ETL)).isFalse();
    }

    @Test
    void only_the_platform_grants_over_all_domains() {
        grant("default/grant/1", "user:ana", "owner", List.of(), "*/*/*");
        grant("platform/grant/2", "user:ben", "platform-admin", List.of(), "*/*/*");
        Address elsewhere = Address.parse("sales/cluster/etl");
        assertThat(may("user:ana", "cluster:read", elsewhere)).isFalse();
        assertThat(may("user:ben", "cluster:delete", elsewhere)).isTrue();
        assertThat(may("user:ben", "cluster:delete", ETL)).isTrue();
    }

    @Test
    void a_policy_that_denies_outweighs_every_grant() {
        grant("default/grant/1", "user:ana", "owner", List.of(), "default/*/*");
        policy("default/policy/no", PolicyEffect.DENY, "user:ana", "cluster:delete", "purpose=fun");

        assertThat(rules.decide(new AccessRequest("user:ana", "cluster:delete", ETL, Map.of("purpose", "work")))
                        .allowed())
                .isTrue();
        AccessDecision no =
                rules.decide(new AccessRequest("user:ana", "cluster:delete", ETL, Map.of("purpose", "fun")));
        assertThat(no.allowed()).isFalse();
        assertThat(no.chain()).containsExactly("default/policy/no");
        // An attribute nobody gave: what cannot be evaluated denies.
        assertThat(may("user:ana", "cluster:delete", ETL)).isFalse();
        assertThat(may("user:ana", "cluster:read", ETL)).isTrue();

        told("default/policy/no", new PolicyDeleted());
        assertThat(may("user:ana", "cluster:delete", ETL)).isTrue();
    }

    @Test
    void a_policy_that_allows_but_cannot_be_evaluated_allows_nothing() {
        policy("default/policy/yes", PolicyEffect.ALLOW, "*", "cluster:read", "broken");
        AccessDecision no = rules.decide(AccessRequest.of("user:ana", "cluster:read", ETL));
        assertThat(no.allowed()).isFalse();
        assertThat(no.reason()).contains("default/policy/yes", "cannot be evaluated");
        // Another one may all the same, whichever was first.
        policy("default/policy/also", PolicyEffect.ALLOW, "*", "cluster:read", "true");
        assertThat(may("user:ana", "cluster:read", ETL)).isTrue();
    }

    @Test
    void the_suspended_may_nothing() {
        told("platform/user/ana", new UserRegistered("ana", null, null, NOW));
        grant("default/grant/1", "user:ana", "owner", List.of(), "default/*/*");
        told("platform/user/ana", new UserSuspended(null));
        assertThat(rules.isActive("user:ana")).isFalse();
        assertThat(may("user:ana", "cluster:read", ETL)).isFalse();
        assertThat(rules.who("cluster:read", ETL)).isEmpty();
        told("platform/user/ana", new UserActivated());
        assertThat(may("user:ana", "cluster:read", ETL)).isTrue();
        assertThat(rules.who("cluster:read", ETL)).containsExactly("user:ana");
    }

    @Test
    void tokens_are_found_by_their_hash() {
        told(
                "platform/token/t",
                new TokenCreated(
                        "user:ana",
                        "ci",
                        "abc",
                        List.of("cluster:*"),
                        List.of("default/cluster/etl-*"),
                        List.of(),
                        null,
                        NOW));
        PersonalToken token = rules.token("abc").orElseThrow();
        assertThat(token.covers("cluster:start", Address.parse("default/cluster/etl-1")))
                .isTrue();
        assertThat(token.covers("cluster:start", ETL)).isFalse();
        assertThat(token.covers("table:read", Address.parse("default/cluster/etl-1")))
                .isFalse();
        assertThat(token.coversAll()).isFalse();
        assertThat(new PersonalToken(
                                token.address(),
                                "user:ana",
                                List.of(ActionPattern.parse("*:*")),
                                List.of(ResourcePattern.parse("default/*/*"), ResourcePattern.parse("*/*/*")),
                                List.of(),
                                null,
                                false)
                        .coversAll())
                .isTrue();
        told("platform/token/t", new TokenSuspended());
        assertThat(rules.token("abc").orElseThrow().suspended()).isTrue();
        told("platform/token/t", new TokenRevoked());
        assertThat(rules.token("abc")).isEmpty();
    }

    /** What {@code uniform} says of a whole list is what deciding each of it gives. */
    @Test
    void a_list_without_asking_each_is_the_same_list() {
        Random random = new Random(1);
        List<Address> all = List.of(
                ETL,
                Address.parse("default/cluster/a"),
                Address.parse("default/cluster/etl-2"),
                Address.parse("sales/cluster/a"));
        int answered = 0;
        for (int round = 0; round < 2_000; round++) {
            AccessRules some = new AccessRules(AccessRulesTest::condition, Clock.fixed(NOW, ZoneOffset.UTC));
            List<String> subjects = List.of("user:ana", "group:g", "*");
            List<String> patterns =
                    List.of("default/cluster/*", "default/*/*", "default/cluster/etl", "default/cluster/e*", "*/*/*");
            some.apply(Address.parse("platform/group/g"), new MembersAdded(List.of("user:ana")));
            for (int i = random.nextInt(4); i > 0; i--) {
                String resource = patterns.get(random.nextInt(patterns.size()));
                if (random.nextInt(3) > 0) {
                    some.apply(
                            Address.parse((random.nextBoolean() ? "platform" : "default") + "/grant/" + i),
                            new GrantMade(
                                    subjects.get(random.nextInt(2)),
                                    random.nextBoolean() ? "viewer" : null,
                                    List.of("cluster:use"),
                                    List.of(resource),
                                    null,
                                    NOW));
                } else {
                    some.apply(
                            Address.parse("default/policy/" + i),
                            new PolicyCreated(
                                    "p",
                                    random.nextBoolean() ? PolicyEffect.ALLOW : PolicyEffect.DENY,
                                    List.of(subjects.get(random.nextInt(3))),
                                    List.of("*:read"),
                                    List.of(resource),
                                    List.of("true", "false", "broken").get(random.nextInt(3)),
                                    null,
                                    NOW));
                }
            }
            for (String domain : List.of("default", "sales")) {
                var uniform = some.uniform("user:ana", "cluster:read", domain, "cluster");
                if (uniform.isPresent()) {
                    answered++;
                    assertThat(all)
                            .filteredOn(address -> address.domain().equals(domain))
                            .allMatch(address ->
                                    may(some, AccessRequest.of("user:ana", "cluster:read", address)) == uniform.get());
                }
            }
        }
        assertThat(answered).isBetween(500, 3_999);
    }

    /** The index finds what looking at every rule finds. */
    @Test
    void ten_thousand_grants_decide_as_a_scan_of_them_does() {
        Random random = new Random(2);
        List<GrantMade> made = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            String name = random.nextInt(20) == 0 ? "c" + random.nextInt(10) + "*" : "c" + random.nextInt(3_000);
            GrantMade grant = new GrantMade(
                    "user:u" + random.nextInt(50),
                    null,
                    List.of(random.nextBoolean() ? "cluster:read" : "cluster:*"),
                    List.of("default/cluster/" + name),
                    null,
                    NOW);
            made.add(grant);
            told("default/grant/g" + i, grant);
        }
        int allowed = 0;
        for (int i = 0; i < 2_000; i++) {
            String actor = "user:u" + random.nextInt(60);
            String action = random.nextBoolean() ? "cluster:read" : "cluster:stop";
            Address resource = Address.parse("default/cluster/c" + random.nextInt(3_000));
            boolean expected = made.stream()
                    .anyMatch(grant -> grant.subject().equals(actor)
                            && ActionPattern.parse(grant.actions().get(0)).covers(action)
                            && ResourcePattern.parse(grant.resources().get(0)).covers(resource));
            assertThat(may(actor, action, resource)).isEqualTo(expected);
            allowed += expected ? 1 : 0;
        }
        assertThat(allowed).isBetween(100, 1_900);
    }

    @Test
    void whoMayReadANamespaceOrCatalogMayReadWhatLiesInIt() {
        Address table = Address.parse("default/table/lake.sales.emea.orders");
        Address dotted = Address.parse("default/table/lake.sales%2Eemea.orders");
        grant("default/grant/n", "user:ana", null, List.of("table:read"), "default/namespace/lake.sales");
        grant("default/grant/c", "user:bo", null, List.of("*:read"), "default/catalog/lake");
        assertThat(may("user:ana", "table:read", table)).isTrue();
        assertThat(may("user:ana", "table:write", table)).isFalse();
        assertThat(may("user:ana", "namespace:read", Address.parse("default/namespace/lake.sales")))
                .isFalse();
        assertThat(may("user:ana", "table:read", dotted)).isFalse();
        assertThat(may("user:ana", "table:read", Address.parse("default/table/lake.salesroom.t")))
                .isFalse();
        assertThat(may("user:bo", "table:read", table)).isTrue();
        assertThat(may("user:bo", "view:read", Address.parse("default/view/lake.a.v")))
                .isTrue();
        assertThat(may("user:bo", "table:read", Address.parse("default/table/other.a.t")))
                .isFalse();
        assertThat(rules.uniform("user:ana", "table:read", "default", "table")).isEmpty();
        assertThat(rules.uniform("user:ana", "table:write", "default", "table")).contains(false);

        told(
                "default/policy/p",
                new PolicyCreated(
                        "p",
                        PolicyEffect.DENY,
                        List.of("user:bo"),
                        List.of("table:read"),
                        List.of("default/namespace/lake.sales.emea"),
                        null,
                        null,
                        NOW));
        assertThat(may("user:bo", "table:read", table)).isFalse();
        assertThat(may("user:bo", "table:read", Address.parse("default/table/lake.sales.t")))
                .isTrue();
    }

    private boolean may(String actor, String action, Address resource) {
        return may(rules, AccessRequest.of(actor, action, resource));
    }

    private static boolean may(AccessRules some, AccessRequest request) {
        boolean allowed = some.decide(request).allowed();
        assertThat(some.allows(request)).as("allows %s", request).isEqualTo(allowed);
        return allowed;
    }

    private void told(String subject, Object event) {
        rules.apply(Address.parse(subject), event);
    }

    private void grant(String id, String subject, String role, List<String> actions, String resource) {
        told(id, new GrantMade(subject, role, actions, List.of(resource), null, NOW));
    }

    private void policy(String id, PolicyEffect effect, String subject, String action, String condition) {
        told(
                id,
                new PolicyCreated(
                        "p", effect, List.of(subject), List.of(action), List.of("default/*/*"), condition, null, NOW));
    }
}

package io.fjord.platform.access;

import io.fjord.contract.Address;
import io.fjord.contract.controlpolicies.policy.PolicyEffect;
import io.fjord.contract.controlpolicies.policy.PolicyEvent;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyChanged;
import io.fjord.contract.controlpolicies.policy.PolicyEvent.PolicyCreated;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterCreated;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterDeleted;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterHandedOver;
import io.fjord.contract.iam.bundle.BundleEvent;
import io.fjord.contract.iam.bundle.BundleEvent.BundleCreated;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesAdded;
import io.fjord.contract.iam.bundle.BundleEvent.ResourcesRemoved;
import io.fjord.contract.iam.grant.GrantEvent;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.contract.iam.group.GroupEvent;
import io.fjord.contract.iam.group.GroupEvent.GroupDeleted;
import io.fjord.contract.iam.group.GroupEvent.MembersAdded;
import io.fjord.contract.iam.group.GroupEvent.MembersRemoved;
import io.fjord.contract.iam.role.RoleEvent;
import io.fjord.contract.iam.role.RoleEvent.RoleChanged;
import io.fjord.contract.iam.role.RoleEvent.RoleCreated;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountActivated;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountArchived;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent.ServiceAccountSuspended;
import io.fjord.contract.iam.token.TokenEvent;
import io.fjord.contract.iam.token.TokenEvent.TokenCreated;
import io.fjord.contract.iam.token.TokenEvent.TokenResumed;
import io.fjord.contract.iam.token.TokenEvent.TokenRevoked;
import io.fjord.contract.iam.token.TokenEvent.TokenSuspended;
import io.fjord.contract.iam.user.UserEvent;
import io.fjord.contract.iam.user.UserEvent.UserActivated;
import io.fjord.contract.iam.user.UserEvent.UserArchived;
import io.fjord.contract.iam.user.UserEvent.UserSuspended;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Candidates;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what, as the events of iam and control-policies left it. Deny by default; a policy that denies outweighs all that
 * allow. A rule whose condition cannot be evaluated allows nothing, and denies if it is one that denies; so the order of the rules
 * does not matter.
 *
 * <p>Events are applied by one thread, any number may ask.
 */
public final class AccessRules implements Access {

    /** Knows the operator token: who holds the machine may do everything on it. */
    public static final String OPERATOR = "user:operator";

    private static final String SERVICE = "service:";
    private static final String GROUP = "group:";
    private static final String PLATFORM = "platform";

    private final Function<String, Condition> conditions;
    private final Clock clock;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private final Set<String> actors = new TreeSet<>();
    private final Set<String> refused = new TreeSet<>();
    /** Group → its direct members, and the other way round. */
    private final Map<String, Set<String>> members = new HashMap<>();

    private final Map<String, Set<String>> groupsOf = new HashMap<>();
    private final Map<Address, List<ActionPattern>> roles = new HashMap<>();
    private final Map<Address, List<ResourcePattern>> bundles = new HashMap<>();
    private final Map<Address, GrantMade> grants = new LinkedHashMap<>();
    private final Map<Address, Rule> rules = new HashMap<>();
    /** Which grants must be made out again when a role or bundle changes. */
    private final Map<Address, Set<Address>> users = new HashMap<>();

    /** Whose clusters are, by address: a rule of its own for each. */
    private final Map<Address, String> owners = new LinkedHashMap<>();

    private final RuleIndex allowing = new RuleIndex();
    private final RuleIndex denying = new RuleIndex();

    /** A kind of things in a domain, and what somebody would do with them. */
    private record Scope(String actor, String action, String domain, String kind) {}

    private static final int MOST_SCOPES = 500;

    /** Which were asked for since the rules changed last. */
    private final Map<Scope, Optional<Candidates>> candidates = new ConcurrentHashMap<>();

    private final Map<String, PersonalToken> tokens = new HashMap<>();
    private final Map<Address, String> hashes = new HashMap<>();

    /** @param conditions compiles the condition of a policy; what it throws makes the policy one that always denies */
    public AccessRules(Function<String, Condition> conditions, Clock clock) {
        this.conditions = conditions;
        this.clock = clock;
    }

    // Asked

    @Override
    public AccessDecision decide(AccessRequest request) {
        return reading(() -> decided(request));
    }

    @Override
    public AccessRequest followed(AccessRequest request) {
        return AssetRights.followed(request);
    }

    @Override
    public boolean allows(AccessRequest asked) {
        AccessRequest request = followed(asked);
        String actor = request.actor();
        if (isOfPlatform(actor)) {
            return true;
        }
        return reading(() -> {
            if (refused.contains(actor)) {
                return false;
            }
            Collection<String> subjects = subjects(actor);
            @Nullable String[] failed = {null};
            return first(denying, subjects, request, failed).isEmpty()
                    && first(allowing, subjects, request, failed).isPresent();
        });
    }

    /** Those are allowed everything, whatever the rules are. */
    static boolean isOfPlatform(String actor) {
        return actor.equals(OPERATOR) || actor.startsWith(SERVICE);
    }

    private AccessDecision decided(AccessRequest asked) {
        AccessRequest request = followed(asked);
        String actor = request.actor();
        if (isOfPlatform(actor)) {
            return new AccessDecision(true, actor + " is part of the platform", List.of(), "");
        }
        if (refused.contains(actor)) {
            return new AccessDecision(false, actor + " is suspended or archived", List.of(), "");
        }
        Collection<String> subjects = subjects(actor);
        @Nullable String[] failed = {null};
        Optional<Rule> no = first(denying, subjects, request, failed);
        if (no.isPresent()) {
            String why = failed[0] == null ? "" : ", whose condition cannot be evaluated: " + failed[0];
            return new AccessDecision(
                    false, "policy " + no.get().source() + " denies it" + why, chain(subjects, actor, no.get()), "");
        }
        Optional<Rule> yes = first(allowing, subjects, request, failed);
        if (yes.isPresent()) {
            return new AccessDecision(true, reason(yes.get(), actor), chain(subjects, actor, yes.get()), "");
        }
        String why = failed[0] == null ? "" : "; a condition cannot be evaluated: " + failed[0];
        return new AccessDecision(
                false,
                "nothing allows " + actor + " " + request.action() + " on " + request.resource() + why,
                List.of(),
                "");
    }

    /** @param failed told why a rule on this could not be evaluated */
    private Optional<Rule> first(
            RuleIndex index, Collection<String> subjects, AccessRequest request, @Nullable String[] failed) {
        boolean whenFailing = index == denying;
        return index.first(
                subjects, request.action(), request.resource(), rule -> speaks(rule, request, whenFailing, failed));
    }

    /** @param whenFailing what a rule does that cannot be evaluated */
    private boolean speaks(Rule rule, AccessRequest request, boolean whenFailing, @Nullable String[] failed) {
        Condition condition = rule.condition();
        if (condition == null) {
            return true;
        }
        try {
            return condition.holds(variables(request));
        } catch (RuntimeException e) {
            failed[0] = rule.source() + ": " + e.getMessage();
            return whenFailing;
        }
    }

    private Map<String, Object> variables(AccessRequest request) {
        Address resource = request.resource();
        Map<String, Object> context = new HashMap<>(request.context());
        context.put("time", clock.instant());
        return Map.of(
                "actor", request.actor(),
                "action", request.action(),
                "resource", Map.of("domain", resource.domain(), "kind", resource.kind(), "name", resource.name()),
                "context", context);
    }

    @Override
    public Optional<Boolean> uniform(String actor, String action, String domain, String kind) {
        if (AssetRights.isOf(action, kind)) {
            return AssetRights.uniform(action, (its, of) -> uniform(actor, its, domain, of));
        }
        if (isOfPlatform(actor)) {
            return Optional.of(true);
        }
        return reading(() -> {
            if (refused.contains(actor)) {
                return Optional.of(false);
            }
            Collection<String> subjects = subjects(actor);
            if (denying.any(subjects, action, domain, kind)) {
                return Optional.empty();
            }
            for (Rule rule : allowing.wide(subjects, action, domain, kind)) {
                if (rule.condition() == null && rule.coversAll(domain, kind)) {
                    return Optional.of(true);
                }
            }
            return allowing.any(subjects, action, domain, kind) ? Optional.empty() : Optional.of(false);
        });
    }

    @Override
    public Optional<Candidates> candidates(String actor, String action, String domain, String kind) {
        // What lies in places is allowed with them; what is said of a table with the table.
        if (isOfPlatform(actor)
                || AssetRights.isOf(action, kind)
                || !Inside.kindsAround(kind).isEmpty()) {
            return Optional.empty();
        }
        Scope scope = new Scope(actor, action, domain, kind);
        return reading(() -> {
            Optional<Candidates> known = candidates.get(scope);
            if (known == null) {
                known = possible(scope);
                if (candidates.size() >= MOST_SCOPES) {
                    candidates.clear();
                }
                candidates.put(scope, known);
            }
            return known;
        });
    }

    private Optional<Candidates> possible(Scope scope) {
        Collection<String> subjects = subjects(scope.actor());
        Set<String> names = new HashSet<>();
        Set<String> beginnings = new HashSet<>();
        boolean[] certain = {
            !refused.contains(scope.actor()) && !denying.any(subjects, scope.action(), scope.domain(), scope.kind())
        };
        Predicate<Rule> collect = rule -> {
            certain[0] &= rule.condition() == null;
            for (ResourcePattern pattern : rule.resources()) {
                if (!pattern.meets(scope.domain(), scope.kind())) {
                    continue;
                }
                if (pattern.name().endsWith("*")) {
                    beginnings.add(pattern.name().substring(0, pattern.name().length() - 1));
                } else {
                    names.add(pattern.name());
                }
            }
            return !beginnings.contains("") && names.size() <= Candidates.MOST_NAMES;
        };
        boolean few = allowing.wide(subjects, scope.action(), scope.domain(), scope.kind()).stream()
                        .allMatch(collect)
                && allowing.exact(subjects, scope.action(), scope.domain(), scope.kind(), collect);
        return few ? Optional.of(new Candidates(names, beginnings, certain[0])) : Optional.empty();
    }

    /** Everybody who could do it, in order of name; people and programs, no groups. */
    public List<String> who(String action, Address resource) {
        return reading(() -> {
            Set<String> all = new TreeSet<>(actors);
            members.values().forEach(all::addAll);
            grants.values().forEach(grant -> all.add(grant.subject()));
            all.addAll(owners.values());
            return all.stream()
                    .filter(actor -> !actor.startsWith(GROUP))
                    .filter(actor ->
                            decided(AccessRequest.of(actor, action, resource)).allowed())
                    .toList();
        });
    }

    @Override
    public Optional<String> ownerOf(String domain) {
        return reading(() -> grants.entrySet().stream()
                .filter(grant -> grant.getKey().domain().equals(domain)
                        && BuiltInRoles.OWNER.equals(grant.getValue().role()))
                .flatMap(grant -> people(grant.getValue().subject()).stream())
                .filter(actor -> !refused.contains(actor))
                .findFirst());
    }

    /** The actor, or those in the group and in the groups in it. */
    private Set<String> people(String subject) {
        Set<String> seen = new LinkedHashSet<>();
        Deque<String> next = new ArrayDeque<>(List.of(subject));
        while (!next.isEmpty()) {
            String one = next.remove();
            if (seen.add(one)) {
                next.addAll(members.getOrDefault(one, Set.of()));
            }
        }
        seen.removeIf(one -> one.startsWith(GROUP));
        return seen;
    }

    /** Whether nobody has suspended or archived the actor. */
    public boolean isActive(String actor) {
        return reading(() -> !refused.contains(actor));
    }

    /** @param hash SHA-256 of the token, hex */
    public Optional<PersonalToken> token(String hash) {
        return reading(() -> Optional.ofNullable(tokens.get(hash)));
    }

    /** @param name address of the token; empty for one that is revoked or never was */
    public Optional<PersonalToken> tokenAt(Address name) {
        return reading(() -> Optional.ofNullable(hashes.get(name)).map(tokens::get));
    }

    /** The groups an actor is in, over any number of steps. */
    public Set<String> groups(String actor) {
        return reading(() -> {
            Set<String> all = new TreeSet<>(subjects(actor));
            all.remove(actor);
            all.remove(Rule.ALL);
            return all;
        });
    }

    /** All that decisions are made of, for others who decide the same. */
    public Snapshot snapshot() {
        return reading(() -> {
            Map<String, List<String>> groups = new TreeMap<>();
            groupsOf.keySet().stream()
                    .filter(member -> !member.startsWith(GROUP))
                    .forEach(member -> groups.put(
                            member,
                            subjects(member).stream()
                                    .filter(subject -> subject.startsWith(GROUP))
                                    .sorted()
                                    .toList()));
            List<Snapshot.Speaking> speaking = rules.values().stream()
                    .map(rule -> new Snapshot.Speaking(
                            rule.source(),
                            rule.allows(),
                            rule.subjects().stream().sorted().toList(),
                            rule.actions().stream().map(ActionPattern::toString).toList(),
                            rule.resources().stream()
                                    .map(ResourcePattern::toString)
                                    .toList(),
                            rule.expression()))
                    .sorted(Comparator.comparing(Snapshot.Speaking::source))
                    .toList();
            return new Snapshot(List.copyOf(refused), groups, speaking);
        });
    }

    private Collection<String> subjects(String actor) {
        Set<String> direct = groupsOf.get(actor);
        if (direct == null) {
            return List.of(actor, Rule.ALL);
        }
        Set<String> all = new LinkedHashSet<>();
        Deque<String> next = new ArrayDeque<>(List.of(actor));
        while (!next.isEmpty()) {
            String one = next.remove();
            if (all.add(one)) {
                next.addAll(groupsOf.getOrDefault(one, Set.of()));
            }
        }
        all.add(Rule.ALL);
        return all;
    }

    private String reason(Rule rule, String actor) {
        if (owners.containsKey(rule.source())) {
            return actor + " owns " + rule.source();
        }
        String whom = rule.subjects().contains(actor) || rule.subjects().contains(Rule.ALL)
                ? actor
                : "a group " + actor + " is in";
        return rule.source().kind() + " " + rule.source() + " allows it to " + whom;
    }

    /** From the actor over its groups to the rule. */
    private List<String> chain(Collection<String> subjects, String actor, Rule rule) {
        List<String> chain = new ArrayList<>();
        if (!rule.subjects().contains(actor)) {
            subjects.stream()
                    .filter(subject ->
                            subject.startsWith(GROUP) && rule.subjects().contains(subject))
                    .findFirst()
                    .ifPresent(group -> chain.addAll(path(actor, group)));
        }
        chain.add(rule.source().toString());
        rule.via().forEach(via -> chain.add(via.toString()));
        return chain;
    }

    /** Shortest first: the groups between an actor and the group named, with it. */
    private List<String> path(String actor, String group) {
        Map<String, String> cameFrom = new HashMap<>();
        Deque<String> next = new ArrayDeque<>(List.of(actor));
        while (!next.isEmpty() && !cameFrom.containsKey(group)) {
            String one = next.remove();
            for (String above : groupsOf.getOrDefault(one, Set.of())) {
                if (cameFrom.putIfAbsent(above, one) == null) {
                    next.add(above);
                }
            }
        }
        List<String> path = new ArrayList<>();
        for (String one = group; one != null && !one.equals(actor); one = cameFrom.get(one)) {
            path.add(0, new Address(PLATFORM, "group", one.substring(GROUP.length())).toString());
        }
        return path;
    }

    private <T> T reading(Supplier<T> question) {
        lock.readLock().lock();
        try {
            return question.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    private void writing(Runnable change) {
        lock.writeLock().lock();
        try {
            change.run();
        } finally {
            if (!candidates.isEmpty()) {
                candidates.clear();
            }
            lock.writeLock().unlock();
        }
    }

    // Told

    /** Events of other kinds have no effect. */
    public void apply(Address subject, Object event) {
        writing(() -> {
            if (event instanceof UserEvent user) {
                user(subject, user);
            } else if (event instanceof ServiceAccountEvent account) {
                account(subject, account);
            } else if (event instanceof GroupEvent group) {
                group(GROUP + subject.name(), group);
            } else if (event instanceof TokenEvent token) {
                token(subject, token);
            } else if (event instanceof RoleEvent role) {
                role(subject, role);
            } else if (event instanceof BundleEvent bundle) {
                bundle(subject, bundle);
            } else if (event instanceof GrantEvent grant) {
                grant(subject, grant);
            } else if (event instanceof PolicyEvent policy) {
                policy(subject, policy);
            } else if (event instanceof ClusterEvent cluster) {
                cluster(subject, cluster);
            }
        });
    }

    /** Forgets what came of iam. */
    public void forgetGrants() {
        writing(() -> {
            actors.clear();
            refused.clear();
            members.clear();
            groupsOf.clear();
            roles.clear();
            bundles.clear();
            users.clear();
            List.copyOf(grants.keySet()).forEach(this::drop);
            grants.clear();
            tokens.clear();
            hashes.clear();
        });
    }

    /** Forgets what came of core. */
    public void forgetOwners() {
        writing(() -> {
            List.copyOf(owners.keySet()).forEach(this::drop);
            owners.clear();
        });
    }

    /** Forgets what came of control-policies. */
    public void forgetPolicies() {
        writing(() -> {
            rules.keySet().stream()
                    .filter(source -> !grants.containsKey(source) && !owners.containsKey(source))
                    .toList()
                    .forEach(this::drop);
        });
    }

    private void user(Address subject, UserEvent event) {
        String actor = "user:" + subject.name();
        actors.add(actor);
        if (event instanceof UserSuspended || event instanceof UserArchived) {
            refused.add(actor);
        } else if (event instanceof UserActivated) {
            refused.remove(actor);
        }
    }

    private void account(Address subject, ServiceAccountEvent event) {
        String actor = "service-account:" + subject.name();
        actors.add(actor);
        if (event instanceof ServiceAccountSuspended || event instanceof ServiceAccountArchived) {
            refused.add(actor);
        } else if (event instanceof ServiceAccountActivated) {
            refused.remove(actor);
        }
    }

    private void group(String group, GroupEvent event) {
        if (event instanceof MembersAdded added) {
            for (String member : added.members()) {
                members.computeIfAbsent(group, none -> new TreeSet<>()).add(member);
                groupsOf.computeIfAbsent(member, none -> new TreeSet<>()).add(group);
            }
        } else if (event instanceof MembersRemoved removed) {
            removed.members().forEach(member -> leave(group, member));
        } else if (event instanceof GroupDeleted) {
            List.copyOf(members.getOrDefault(group, Set.of())).forEach(member -> leave(group, member));
        }
    }

    private void leave(String group, String member) {
        remove(members, group, member);
        remove(groupsOf, member, group);
    }

    private static void remove(Map<String, Set<String>> from, String key, String value) {
        Set<String> there = from.get(key);
        if (there != null && there.remove(value) && there.isEmpty()) {
            from.remove(key);
        }
    }

    private void token(Address subject, TokenEvent event) {
        if (event instanceof TokenCreated created) {
            hashes.put(subject, created.hash());
            tokens.put(
                    created.hash(),
                    new PersonalToken(
                            subject,
                            created.owner(),
                            created.actions().stream().map(ActionPattern::parse).toList(),
                            created.resources().stream()
                                    .map(ResourcePattern::parse)
                                    .toList(),
                            created.cidrs(),
                            created.expiresAt(),
                            false));
            return;
        }
        String hash = hashes.get(subject);
        if (hash == null) {
            return;
        }
        if (event instanceof TokenSuspended) {
            tokens.computeIfPresent(hash, (same, token) -> token.suspended(true));
        } else if (event instanceof TokenResumed) {
            tokens.computeIfPresent(hash, (same, token) -> token.suspended(false));
        } else if (event instanceof TokenRevoked) {
            tokens.remove(hash);
            hashes.remove(subject);
        }
    }

    private void role(Address subject, RoleEvent event) {
        if (event instanceof RoleCreated created) {
            roles.put(subject, actions(created.actions()));
        } else if (event instanceof RoleChanged changed) {
            roles.put(subject, actions(changed.actions()));
        } else {
            roles.remove(subject);
        }
        makeOutAgain(subject);
    }

    private void bundle(Address subject, BundleEvent event) {
        if (event instanceof BundleCreated created) {
            bundles.put(subject, resources(created.resources()));
        } else if (event instanceof ResourcesAdded added) {
            List<ResourcePattern> all = new ArrayList<>(bundles.getOrDefault(subject, List.of()));
            all.addAll(resources(added.resources()));
            bundles.put(subject, all);
        } else if (event instanceof ResourcesRemoved removed) {
            List<ResourcePattern> all = new ArrayList<>(bundles.getOrDefault(subject, List.of()));
            all.removeAll(resources(removed.resources()));
            bundles.put(subject, all);
        } else {
            bundles.remove(subject);
        }
        makeOutAgain(subject);
    }

    private void grant(Address subject, GrantEvent event) {
        drop(subject);
        if (event instanceof GrantMade made) {
            grants.put(subject, made);
            makeOut(subject, made);
        } else {
            grants.remove(subject);
        }
    }

    private void makeOutAgain(Address roleOrBundle) {
        List.copyOf(users.getOrDefault(roleOrBundle, Set.of())).forEach(grant -> {
            GrantMade made = grants.get(grant);
            if (made != null) {
                drop(grant);
                makeOut(grant, made);
            }
        });
    }

    private void makeOut(Address grant, GrantMade made) {
        List<ActionPattern> may = new ArrayList<>(actions(made.actions()));
        List<ResourcePattern> what = new ArrayList<>(resources(made.resources()));
        List<Address> via = new ArrayList<>();
        if (made.role() != null) {
            Address role = new Address(grant.domain(), "role", made.role());
            via.add(role);
            users.computeIfAbsent(role, none -> new TreeSet<>()).add(grant);
            // A role that is not there grants nothing.
            may.addAll(BuiltInRoles.actions(made.role()).orElseGet(() -> roles.getOrDefault(role, List.of())));
        }
        if (made.bundle() != null) {
            Address bundle = new Address(grant.domain(), "bundle", made.bundle());
            via.add(bundle);
            users.computeIfAbsent(bundle, none -> new TreeSet<>()).add(grant);
            what.addAll(bundles.getOrDefault(bundle, List.of()));
        }
        if (!grant.domain().equals(PLATFORM)) {
            // A domain gives away what is its own.
            what.removeIf(pattern -> !pattern.domain().equals(grant.domain()));
        }
        add(new Rule(grant, via, true, Set.of(made.subject()), may, what, null, null));
    }

    private void cluster(Address subject, ClusterEvent event) {
        if (event instanceof ClusterCreated created && created.owner() != null) {
            owned(subject, created.owner());
        } else if (event instanceof ClusterHandedOver handedOver) {
            owned(subject, handedOver.to());
        } else if (event instanceof ClusterDeleted) {
            drop(subject);
            owners.remove(subject);
        }
    }

    /** Who owns a thing may do everything with it, and nothing with others of its kind. */
    private void owned(Address thing, String owner) {
        drop(thing);
        owners.put(thing, owner);
        add(new Rule(
                thing,
                List.of(),
                true,
                Set.of(owner),
                actions(List.of(thing.kind() + ":*")),
                resources(List.of(thing.toString())),
                null,
                null));
    }

    private void policy(Address subject, PolicyEvent event) {
        drop(subject);
        if (event instanceof PolicyCreated made) {
            makeOut(subject, made.effect(), made.subjects(), made.actions(), made.resources(), made.condition());
        } else if (event instanceof PolicyChanged made) {
            makeOut(subject, made.effect(), made.subjects(), made.actions(), made.resources(), made.condition());
        }
    }

    private void makeOut(
            Address policy,
            PolicyEffect effect,
            List<String> subjects,
            List<String> actions,
            List<String> resources,
            @Nullable String condition) {
        List<ResourcePattern> what = new ArrayList<>(resources(resources));
        if (!policy.domain().equals(PLATFORM)) {
            what.removeIf(pattern -> !pattern.domain().equals(policy.domain()));
        }
        add(new Rule(
                policy,
                List.of(),
                effect == PolicyEffect.ALLOW,
                Set.copyOf(subjects),
                actions(actions),
                what,
                condition == null ? null : compile(condition),
                condition));
    }

    private Condition compile(String condition) {
        try {
            return conditions.apply(condition);
        } catch (RuntimeException e) {
            return variables -> {
                throw e;
            };
        }
    }

    private void add(Rule rule) {
        rules.put(rule.source(), rule);
        (rule.allows() ? allowing : denying).add(rule);
    }

    private void drop(Address source) {
        Rule rule = rules.remove(source);
        if (rule != null) {
            (rule.allows() ? allowing : denying).remove(rule);
            rule.via().forEach(via -> {
                Set<Address> there = users.get(via);
                if (there != null) {
                    there.remove(source);
                }
            });
        }
    }

    private static List<ActionPattern> actions(List<String> actions) {
        return actions.stream().map(ActionPattern::parse).toList();
    }

    private static List<ResourcePattern> resources(List<String> resources) {
        return resources.stream().map(ResourcePattern::parse).toList();
    }
}

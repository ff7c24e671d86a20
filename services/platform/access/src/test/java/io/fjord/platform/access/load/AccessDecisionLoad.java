package io.fjord.platform.access.load;

import io.fjord.contract.Address;
import io.fjord.contract.iam.grant.GrantEvent.GrantMade;
import io.fjord.contract.iam.group.GroupEvent.MembersAdded;
import io.fjord.kernel.AccessRequest;
import io.fjord.platform.access.AccessRules;
import io.fjord.platform.access.ActionPattern;
import io.fjord.platform.access.ResourcePattern;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Times decisions with ten thousand grants, and holds a part of them against a scan; run by load-tests. */
public final class AccessDecisionLoad {

    private static final int GRANTS = 10_000;
    private static final int ACTORS = 200;
    private static final int CLUSTERS = 10_000;
    private static final int TIMED = 200_000;
    private static final int CHECKED = 2_000;

    private final Random random = new Random(42);
    private final AccessRules rules = new AccessRules(
            condition -> {
                throw new IllegalArgumentException("There are no conditions here");
            },
            Clock.systemUTC());
    private final List<GrantMade> grants = new ArrayList<>();

    private AccessDecisionLoad() {
        for (int actor = 0; actor < ACTORS; actor++) {
            rules.apply(Address.parse("platform/group/g" + actor % 20), new MembersAdded(List.of("user:u" + actor)));
        }
        for (int i = 0; i < GRANTS; i++) {
            String subject = i % 2 == 0 ? "user:u" + random.nextInt(ACTORS) : "group:g" + random.nextInt(20);
            GrantMade grant = new GrantMade(
                    subject,
                    null,
                    List.of(random.nextBoolean() ? "cluster:read" : "cluster:*"),
                    List.of("default/cluster/c" + random.nextInt(CLUSTERS)),
                    null,
                    Instant.EPOCH);
            grants.add(grant);
            rules.apply(Address.parse("default/grant/" + i), grant);
        }
    }

    /** @param arguments how many rounds */
    public static void main(String[] arguments) {
        AccessDecisionLoad load = new AccessDecisionLoad();
        load.round();
        for (int round = 0; round < Integer.parseInt(arguments[0]); round++) {
            long[] nanos = load.round();
            System.out.println("p50 " + nanos[nanos.length / 2] / 1e3);
            System.out.println("p99 " + nanos[nanos.length * 99 / 100] / 1e3);
        }
        System.out.println("verified " + load.check());
    }

    private AccessRequest any() {
        return AccessRequest.of(
                "user:u" + random.nextInt(ACTORS),
                random.nextBoolean() ? "cluster:read" : "cluster:stop",
                new Address("default", "cluster", "c" + random.nextInt(CLUSTERS)));
    }

    private long[] round() {
        long[] nanos = new long[TIMED];
        for (int i = 0; i < TIMED; i++) {
            AccessRequest request = any();
            long began = System.nanoTime();
            rules.decide(request);
            nanos[i] = System.nanoTime() - began;
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private int check() {
        int allowed = 0;
        for (int i = 0; i < CHECKED; i++) {
            AccessRequest request = any();
            String group = "group:g" + Integer.parseInt(request.actor().substring("user:u".length())) % 20;
            boolean expected = grants.stream()
                    .filter(grant -> grant.subject().equals(request.actor())
                            || grant.subject().equals(group))
                    .anyMatch(grant -> ActionPattern.parse(grant.actions().get(0))
                                    .covers(request.action())
                            && ResourcePattern.parse(grant.resources().get(0)).covers(request.resource()));
            if (rules.decide(request).allowed() != expected) {
                throw new IllegalStateException("A scan says " + expected + " to " + request);
            }
            allowed += expected ? 1 : 0;
        }
        if (allowed == 0) {
            throw new IllegalStateException("Nothing was allowed: nothing was checked");
        }
        return CHECKED;
    }
}

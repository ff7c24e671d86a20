package io.fjord.webhooks.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Networks;
import io.fjord.contract.Position;
import io.fjord.contract.webhooks.subscription.DisabledBecause;
import io.fjord.contract.webhooks.subscription.Signatures;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ChangeSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.CreateSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.DeleteSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.DisableSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ExpireOldKeys;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.PingSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ReplayEvents;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ReportEndpointDead;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ReportEndpointGone;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ResumeSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.RotateSigningKeys;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent;
import io.fjord.contract.webhooks.subscription.SubscriptionEvent.SubscriptionChanged;
import io.fjord.contract.webhooks.subscription.SubscriptionTerms;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import io.fjord.webhooks.egress.Destinations;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class SubscriptionDeciderTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Address ADDRESS = new Address("default", "subscription", "team");
    private static final Instant NOW = Instant.parse("2026-11-22T02:00:00Z");
    private static final SubscriptionTerms TERMS = new SubscriptionTerms(
            "https://hooks.example.org/x", List.of("fjord.core.*"), null, null, Map.of(), false, Signatures.BOTH, null);

    private final SubscriptionDecider decider = new SubscriptionDecider(new SubscriptionProblems(
            new Destinations(VERTX, Networks.ofTheInternet(List.of()), false, Destinations.Resolver.system())));
    private final AtomicInteger ids = new AtomicInteger();

    @AfterAll
    static void stop() throws Exception {
        VERTX.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private Decision<SubscriptionEvent> decide(Subscription state, SubscriptionCommand command, String actor) {
        return decider.decide(
                command,
                state,
                new Context(NOW, () -> "id-" + ids.incrementAndGet(), actor, Quota.unlimited("default")));
    }

    private Subscription after(Subscription state, SubscriptionCommand command) {
        Decision<SubscriptionEvent> decision = decide(state, command, "user:ana");
        assertThat(decision).isInstanceOf(Decision.Accepted.class);
        Subscription now = state;
        for (SubscriptionEvent event : ((Decision.Accepted<SubscriptionEvent>) decision).events()) {
            now = decider.evolve(now, event);
        }
        return now;
    }

    private static String problem(Decision<SubscriptionEvent> decision) {
        return ((Decision.Rejected<SubscriptionEvent>) decision).problem().slug();
    }

    private Subscription made() {
        return after(decider.initial(ADDRESS), new CreateSubscription(TERMS, "ref-1", "whpk_1"));
    }

    @Test
    void it_lives_and_one_of_the_same_name_begins_anew() {
        Subscription one = made();
        assertThat(one.there()).isTrue();
        assertThat(one.owner()).isEqualTo("user:ana");
        assertThat(problem(decide(one, new CreateSubscription(TERMS, "ref-2", "whpk_2"), "user:ana")))
                .isEqualTo("subscription-already-exists");
        Subscription gone = after(one, new DeleteSubscription());
        assertThat(problem(decide(gone, new PingSubscription(), "user:ana"))).isEqualTo("subscription-not-found");
        Subscription another = after(gone, new CreateSubscription(TERMS, "ref-2", "whpk_2"));
        assertThat(another.id()).isNotEqualTo(one.id());
    }

    @Test
    void who_changes_it_answers_for_what_it_sends() {
        Subscription one = made();
        assertThat(decide(one, new ChangeSubscription(TERMS), "user:ana")).isInstanceOf(Decision.NoEffect.class);
        assertThat(decide(one, new ChangeSubscription(TERMS), "user:ben"))
                .isEqualTo(Decision.accept(new SubscriptionChanged(TERMS, "user:ben")));
    }

    @Test
    void what_cannot_be_right_is_refused_with_every_fault() {
        SubscriptionTerms wrong = new SubscriptionTerms(
                "http://hooks.example.org/x",
                List.of(),
                "resource.nme",
                "{",
                Map.of("webhook-id", "x", "Authorization", "Bearer x", "X-A", "a\nb"),
                false,
                Signatures.BOTH,
                null);
        Decision<SubscriptionEvent> decision =
                decide(decider.initial(ADDRESS), new CreateSubscription(wrong, "r", "p"), "user:ana");
        assertThat(problem(decision)).isEqualTo("subscription-not-right");
        assertThat(((Decision.Rejected<SubscriptionEvent>) decision).problem().faults())
                .extracting(fault -> fault.pointer())
                .containsExactlyInAnyOrder(
                        "/url",
                        "/eventTypes",
                        "/filter",
                        "/transformation",
                        "/headers/webhook-id",
                        "/headers/Authorization",
                        "/headers/X-A");
    }

    @Test
    void disabled_it_sends_nothing_until_it_is_resumed() {
        Subscription off = after(made(), new DisableSubscription(null));
        assertThat(problem(decide(off, new PingSubscription(), "user:ana"))).isEqualTo("subscription-disabled");
        assertThat(decide(off, new DisableSubscription("again"), "user:ana")).isInstanceOf(Decision.NoEffect.class);
        Subscription on = after(off, new ResumeSubscription());
        assertThat(on.disabled()).isNull();
        assertThat(decide(on, new ResumeSubscription(), "user:ana")).isInstanceOf(Decision.NoEffect.class);
    }

    @Test
    void what_deliveries_report_counts_once_and_for_the_one_it_was_seen_at() {
        Subscription one = made();
        Subscription gone = after(one, new ReportEndpointGone(one.id(), 1, "w"));
        assertThat(gone.disabled().because()).isEqualTo(DisabledBecause.GONE);
        assertThat(decide(gone, new ReportEndpointDead(one.id(), 1, "w"), "service:webhooks"))
                .isInstanceOf(Decision.NoEffect.class);
        assertThat(decide(one, new ReportEndpointDead("another", 1, "w"), "service:webhooks"))
                .isInstanceOf(Decision.NoEffect.class);
        assertThat(after(one, new ReportEndpointDead(one.id(), 1, "w"))
                        .disabled()
                        .because())
                .isEqualTo(DisabledBecause.EXHAUSTED);
    }

    @Test
    void keys_overlap_for_as_long_as_is_wished() {
        Subscription rotated = after(made(), new RotateSigningKeys("ref-2", "whpk_2", 60));
        assertThat(rotated.previous().ref()).isEqualTo("ref-1");
        assertThat(decider.deadline(rotated, 2).orElseThrow().due()).isEqualTo(NOW.plusSeconds(60));
        assertThat(decide(rotated, new ExpireOldKeys(), "platform")).isInstanceOf(Decision.NoEffect.class);
        Subscription at_once = after(rotated, new RotateSigningKeys("ref-3", "whpk_3", 0));
        assertThat(at_once.previous()).isNull();
        assertThat(at_once.keys().ref()).isEqualTo("ref-3");
        assertThat(decider.deadline(at_once, 3)).isEmpty();
    }

    @Test
    void a_replay_begins_somewhere() {
        assertThat(problem(decide(made(), new ReplayEvents(Map.of(), null, null, null), "user:ana")))
                .isEqualTo("subscription-not-right");
        assertThat(decide(made(), new ReplayEvents(Map.of("core", new Position(1, 4)), null, null, null), "user:ana"))
                .isInstanceOf(Decision.Accepted.class);
    }
}

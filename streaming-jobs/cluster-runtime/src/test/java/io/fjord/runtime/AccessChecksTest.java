package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fjord.runtime.AccessChecks.Standing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccessChecksTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private TestControlPlane plane;
    private AccessChecks checks;

    @BeforeEach
    void start() throws Exception {
        plane = new TestControlPlane();
        checks = new AccessChecks(plane.url() + "/", "default/cluster/etl", threads, Duration.ofSeconds(60), now::get);
    }

    @AfterEach
    void stop() {
        plane.close();
        threads.shutdownNow();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private static void assertRefused(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, CallerRefused.Reason why) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        CallerRefused.class, e -> assertThat(e.reason()).isEqualTo(why));
    }

    @Test
    void the_control_plane_says_whose_a_token_is() {
        assertThat(checks.actor(TestControlPlane.ALICE)).isEqualTo("user:alice");
        assertThat(plane.questions())
                .allSatisfy(question -> assertThat(question)
                        .contains("\"cluster:use\"", "\"default/cluster/etl\"")
                        .doesNotContain(TestControlPlane.ALICE));
        assertRefused(() -> checks.actor("unknown"), CallerRefused.Reason.UNKNOWN);
        assertThatThrownBy(() -> checks.actor(TestControlPlane.CAROL))
                .isInstanceOfSatisfying(CallerRefused.class, e -> {
                    assertThat(e.reason()).isEqualTo(CallerRefused.Reason.DENIED);
                    assertThat(e.decisionId()).isEqualTo(TestControlPlane.DECISION);
                })
                .hasMessageContaining("user:carol may not use default/cluster/etl")
                .hasMessageContaining(TestControlPlane.DECISION);
    }

    @Test
    void what_is_no_token_is_not_sent_on() {
        for (var text : new String[] {"", "two words", "line\nbreak", "tökén", "x".repeat(20_000)}) {
            assertRefused(() -> checks.actor(text), CallerRefused.Reason.UNKNOWN);
        }
        assertThat(plane.questions()).isEmpty();
    }

    @Test
    void an_answer_holds_half_a_second() {
        checks.actor(TestControlPlane.ALICE);
        pass(Duration.ofMillis(500));
        checks.actor(TestControlPlane.ALICE);
        assertThat(plane.questions()).hasSize(1);

        plane.forgets(TestControlPlane.ALICE);
        pass(Duration.ofNanos(1));

        assertRefused(() -> checks.actor(TestControlPlane.ALICE), CallerRefused.Reason.UNKNOWN);
        assertThat(plane.questions()).hasSize(2);
    }

    @Test
    void who_comes_while_it_is_asked_waits_for_the_same_answer() throws Exception {
        var latch = new CountDownLatch(1);
        plane.holdAnswers(latch);
        var actors = new ArrayList<CompletableFuture<String>>();
        for (var i = 0; i < 20; i++) {
            actors.add(CompletableFuture.supplyAsync(() -> checks.actor(TestControlPlane.ALICE), threads));
        }
        await().until(() -> !plane.questions().isEmpty());
        latch.countDown();

        for (var actor : actors) {
            assertThat(actor.get(30, TimeUnit.SECONDS)).isEqualTo("user:alice");
        }
        assertThat(plane.questions()).hasSize(1);
    }

    @Test
    void without_the_control_plane_the_last_answer_holds_for_the_lease() {
        checks.actor(TestControlPlane.ALICE);
        plane.away(true);

        pass(Duration.ofSeconds(30));
        assertThat(checks.actor(TestControlPlane.ALICE)).isEqualTo("user:alice");
        assertRefused(() -> checks.actor(TestControlPlane.BOB), CallerRefused.Reason.UNDECIDED);
        // So soon after a failure it is not asked again: nobody waits.
        var asked = plane.questions().size();
        assertThat(checks.actor(TestControlPlane.ALICE)).isEqualTo("user:alice");
        assertThat(plane.questions()).hasSize(asked);

        pass(Duration.ofSeconds(30));
        assertThat(checks.actor(TestControlPlane.ALICE)).isEqualTo("user:alice");
        pass(Duration.ofNanos(1));
        assertRefused(() -> checks.actor(TestControlPlane.ALICE), CallerRefused.Reason.UNDECIDED);

        plane.away(false);
        pass(Duration.ofSeconds(1));
        assertThat(checks.actor(TestControlPlane.ALICE)).isEqualTo("user:alice");
    }

    @Test
    void a_no_outlives_the_control_plane_too() {
        assertRefused(() -> checks.actor(TestControlPlane.CAROL), CallerRefused.Reason.DENIED);
        plane.away(true);
        pass(Duration.ofSeconds(10));
        assertRefused(() -> checks.actor(TestControlPlane.CAROL), CallerRefused.Reason.DENIED);
    }

    @Test
    void what_was_taken_away_is_told_from_what_ran_out() {
        var old = "e30." + encoded("{\"exp\":1}") + ".s";
        var young = "e30." + encoded("{\"exp\":99999999999}") + ".s";

        assertThat(checks.now(TestControlPlane.ALICE)).isEqualTo(Standing.MAY);
        assertThat(checks.now(TestControlPlane.CAROL)).isEqualTo(Standing.TAKEN_AWAY);
        assertThat(checks.now("unknown")).isEqualTo(Standing.TAKEN_AWAY);
        assertThat(checks.now(young)).isEqualTo(Standing.TAKEN_AWAY);
        assertThat(checks.now(old)).isEqualTo(Standing.RAN_OUT);
        plane.away(true);
        assertThat(checks.now("not.asked.yet")).isEqualTo(Standing.UNDECIDED);
    }

    @Test
    void after_a_change_what_was_answered_before_says_nothing_of_now() {
        plane.knows("short", "user:erin");
        assertThat(checks.actor("short")).isEqualTo("user:erin");
        plane.forgets("short");
        // So soon after it was asked, the answer would still do.
        assertThat(checks.now("short")).isEqualTo(Standing.MAY);

        pass(Duration.ofMillis(1));
        checks.changed("iam=1:7");
        assertThat(checks.now("short")).isEqualTo(Standing.TAKEN_AWAY);

        pass(Duration.ofMillis(1));
        assertThat(checks.now(TestControlPlane.ALICE)).isEqualTo(Standing.MAY);
        plane.away(true);
        pass(Duration.ofMillis(1));
        checks.changed("iam=1:8");
        assertThat(checks.now(TestControlPlane.ALICE)).isEqualTo(Standing.UNDECIDED);
        // At the door it does for a while: others go on working while the control plane is away.
        assertThat(checks.actor(TestControlPlane.ALICE)).isEqualTo("user:alice");
    }

    private static String encoded(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void what_answers_in_another_way_has_not_answered() {
        var elsewhere = new AccessChecks(
                plane.url() + "/elsewhere", "default/cluster/etl", threads, Duration.ofSeconds(60), now::get);

        assertRefused(() -> elsewhere.actor(TestControlPlane.ALICE), CallerRefused.Reason.UNDECIDED);
    }
}

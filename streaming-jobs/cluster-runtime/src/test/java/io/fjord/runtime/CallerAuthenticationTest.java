package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CallerAuthenticationTest {

    private static final String SECRET = "hush:hush";
    private static final ExecutorService THREADS = Executors.newCachedThreadPool();
    private static TestControlPlane plane;
    private static CallerAuthentication authentication;

    @BeforeAll
    static void start() throws Exception {
        plane = new TestControlPlane();
        plane.knows("with:colon", "user:dave");
        authentication =
                new CallerAuthentication(SECRET, new AccessChecks(plane.url(), "default/cluster/etl", THREADS));
    }

    @AfterAll
    static void stop() {
        plane.close();
        THREADS.shutdownNow();
    }

    private static String basic(String credential) {
        return "Basic " + Base64.getEncoder().encodeToString(credential.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_client_is_whose_its_token_is_whatever_name_it_gives() {
        assertThat(authentication.client("Bearer " + TestControlPlane.ALICE).actor())
                .isEqualTo("user:alice");
        assertThat(authentication.client("bearer  " + TestControlPlane.ALICE).actor())
                .isEqualTo("user:alice");
        assertThat(authentication.client(basic("bob:" + TestControlPlane.ALICE)).actor())
                .isEqualTo("user:alice");
        assertThat(authentication.client(basic(":with:colon")).actor()).isEqualTo("user:dave");
    }

    @Test
    void everything_else_is_nobody() {
        for (var authorization : new String[] {
            null,
            "",
            "Bearer",
            "Bearer other",
            TestControlPlane.ALICE,
            "Digest " + TestControlPlane.ALICE,
            "Basic *",
            basic(TestControlPlane.ALICE),
            basic("alice"),
            basic("alice:")
        }) {
            assertThatThrownBy(() -> authentication.client(authorization))
                    .as(authorization)
                    .isInstanceOfSatisfying(
                            CallerRefused.class, e -> assertThat(e.reason()).isEqualTo(CallerRefused.Reason.UNKNOWN));
        }
    }

    @Test
    void the_secret_makes_nobody_a_user_and_is_not_told_to_the_control_plane() {
        var before = plane.questions().size();

        for (var authorization : new String[] {"Bearer " + SECRET, basic("alice:" + SECRET)}) {
            assertThatThrownBy(() -> authentication.client(authorization)).hasMessageContaining("names nobody");
        }
        assertThat(plane.questions()).hasSize(before);
        assertThat(authentication.service("Bearer " + SECRET).isService()).isTrue();
        assertThatThrownBy(() -> authentication.service("Bearer " + TestControlPlane.ALICE))
                .isInstanceOf(CallerRefused.class);
    }

    @Test
    void only_who_shows_the_secret_names_another_one() {
        var secret = "Bearer " + SECRET;

        assertThat(authentication.clientOrService(secret, "user:alice", null).actor())
                .isEqualTo("user:alice");
        assertThat(authentication
                        .clientOrService(secret, "user:alice", TestControlPlane.ALICE)
                        .token())
                .isEqualTo(TestControlPlane.ALICE);
        assertThat(authentication.clientOrService(secret, null, null).isService())
                .isTrue();
        assertThat(authentication
                        .clientOrService("Bearer " + TestControlPlane.BOB, "user:alice", TestControlPlane.ALICE)
                        .actor())
                .isEqualTo("user:bob");
        assertThatThrownBy(() -> authentication.clientOrService(secret, "user:alice", TestControlPlane.BOB))
                .hasMessageContaining("not that of user:alice");
        assertThatThrownBy(() -> authentication.clientOrService(secret, "user:alice", "ended"))
                .isInstanceOfSatisfying(
                        CallerRefused.class, e -> assertThat(e.reason()).isEqualTo(CallerRefused.Reason.DENIED))
                .hasMessageContaining("not valid any more");
        assertThatThrownBy(() -> authentication.clientOrService(secret, "user:carol", TestControlPlane.CAROL))
                .hasMessageContaining(TestControlPlane.DECISION);
    }

    @Test
    void while_nobody_can_be_asked_the_word_of_a_service_is_enough() {
        plane.away(true);
        try {
            assertThat(authentication
                            .clientOrService("Bearer " + SECRET, "user:erin", "not-asked-before")
                            .actor())
                    .isEqualTo("user:erin");
            assertThatThrownBy(() -> authentication.clientOrService("Bearer not-asked-before", "user:erin", null))
                    .isInstanceOfSatisfying(
                            CallerRefused.class, e -> assertThat(e.reason()).isEqualTo(CallerRefused.Reason.UNDECIDED));
        } finally {
            plane.away(false);
        }
    }
}

package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableRightsTest {

    private static final SessionOwner ALICE = new SessionOwner(Caller.of("user:alice", TestControlPlane.ALICE));

    @Test
    void who_may_not_is_told_what_is_missing() throws Exception {
        try (var plane = new TestControlPlane()) {
            var rights = new TableRights(plane.url());

            assertThatThrownBy(() -> rights.require(ALICE, "table", "read", "shop", "a.b"))
                    .isInstanceOf(SecurityException.class)
                    .hasMessageStartingWith("user:alice may not table:read default/table/hive.shop.a%2Eb.")
                    .hasMessageContaining(TestControlPlane.DECISION);
            assertThatThrownBy(() -> rights.require(null, "table", "read", "shop", "a"))
                    .isInstanceOf(SecurityException.class);
        }
    }

    @Test
    void no_answer_is_a_no() throws Exception {
        try (var plane = new TestControlPlane()) {
            plane.away(true);

            assertThatThrownBy(() -> new TableRights(plane.url()).require(ALICE, "table", "write", "shop", "a"))
                    .isInstanceOf(SecurityException.class)
                    .hasMessageContaining("does not answer");
        }
    }
}

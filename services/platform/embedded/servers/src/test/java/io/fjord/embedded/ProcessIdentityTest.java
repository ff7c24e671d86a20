package io.fjord.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessIdentityTest {

    @Test
    void a_living_process_is_recognised() {
        var self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();

        assertThat(self.isAlive()).isTrue();
    }

    @Test
    void another_process_with_the_same_number_is_not_taken_for_it() {
        var self = ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow();

        assertThat(new ProcessIdentity(self.pid(), self.startTicks() - 1, self.boot()).isAlive())
                .isFalse();
        assertThat(new ProcessIdentity(self.pid(), self.startTicks(), "another boot").isAlive())
                .isFalse();
    }

    @Test
    void a_process_that_has_ended_is_not_alive_even_while_nobody_has_noticed() throws Exception {
        var child = new ProcessBuilder("true").start();
        var pid = child.pid();
        child.waitFor();

        assertThat(ProcessIdentity.of(pid)).isEmpty();
    }
}

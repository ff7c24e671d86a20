package io.fjord.platform.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class ProcessMarkTest {

    @Test
    void who_lives_is_not_dead() {
        assertThat(ProcessMark.own()).isNotEmpty();
        assertThat(ProcessMark.isDead(ProcessMark.own())).isFalse();
    }

    @Test
    void who_was_killed_is_dead_with_or_without_a_parent_that_asks() throws Exception {
        Process child = new ProcessBuilder("sleep", "1000").start();
        String mark = ProcessMark.of(child.pid());
        try {
            assertThat(mark).isNotEqualTo(ProcessMark.own());
            assertThat(ProcessMark.isDead(mark)).isFalse();
        } finally {
            child.destroyForcibly();
        }
        child.waitFor();
        assertThat(ProcessMark.isDead(mark)).isTrue();
    }

    @Test
    void another_with_the_same_id_is_not_the_one() {
        String own = ProcessMark.own();
        assertThat(ProcessMark.isDead(own.substring(0, own.lastIndexOf(' ')) + " 1"))
                .isTrue();
    }

    @Test
    void of_who_is_elsewhere_nothing_is_known() throws IOException {
        String own = ProcessMark.own();
        String machine = own.substring(0, own.indexOf(' '));
        assertThat(ProcessMark.isDead(own.replace(machine, "another"))).isFalse();
        assertThat(ProcessMark.isDead("")).isFalse();
        assertThat(ProcessMark.isDead("nonsense")).isFalse();
    }
}

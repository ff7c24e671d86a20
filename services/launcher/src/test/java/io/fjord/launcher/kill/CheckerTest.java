package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Position;
import io.fjord.launcher.kill.Evidence.Fact;
import io.fjord.launcher.kill.Evidence.Line;
import io.fjord.launcher.kill.Evidence.Sent;
import io.fjord.launcher.kill.History.Call;
import io.fjord.launcher.kill.History.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A checker that never turns red proves nothing: each promise broken once, each seen. */
class CheckerTest {

    /** Evidence that can be tampered with. */
    private static final class Scene {
        final List<Call> calls = new ArrayList<>();
        final List<Sent> commands = new ArrayList<>();
        final List<Fact> journal = new ArrayList<>();
        final List<Fact> topic = new ArrayList<>();
        final List<Line> audit = new ArrayList<>();
        final Map<String, String> operations = new HashMap<>();
        String fold = "[a]";

        /** Three commands as they should be: accepted with two events, refused, and accepted after a retry on the log. */
        Scene() {
            call("c1", Result.OK, false);
            call("c2", Result.REFUSED, true);
            call("c3", Result.UNKNOWN, false);
            call("c3", Result.OK, true);
            commands.add(new Sent(0, 0, "c1", "default/cluster/a"));
            commands.add(new Sent(0, 1, "c2", "default/cluster/a"));
            commands.add(new Sent(1, 0, "c3", "default/cluster/b"));
            commands.add(new Sent(1, 1, "c3", "default/cluster/b"));
            happens(1, "a", 1L, "c1", null);
            happens(2, "a", 2L, "c1", "accepted");
            happens(3, "a", null, "c2", "rejected");
            happens(4, "b", 1L, "c3", "accepted");
            commands.forEach(sent -> audit.add(new Line(audit.size() + 1, "core", "attempt", sent.id(), null, null)));
            audit.add(new Line(audit.size() + 1, "catalog", "event", null, new Position(1, 1), null));
            journal.forEach(fact -> audit.add(new Line(
                    audit.size() + 1,
                    "core",
                    fact.outcome() == null ? "event" : "outcome",
                    fact.commandId(),
                    fact.position(),
                    fact.outcome())));
            operations.putAll(Map.of("c1", "accepted", "c2", "rejected", "c3", "accepted"));
        }

        void call(String command, Result result, boolean waited) {
            calls.add(new Call("op", "core", "default/cluster/a", "key-" + command, command, 0, 1, result, waited));
        }

        void happens(long n, String cluster, Long version, String command, String outcome) {
            Fact fact = fact(n, "e" + n, cluster, version, command, outcome);
            journal.add(fact);
            topic.add(fact);
        }

        List<String> check() {
            return Checker.check(new Evidence("core", calls, commands, journal, topic, audit, operations, "[a]", fold));
        }
    }

    private static Fact fact(long n, String id, String cluster, Long version, String command, String outcome) {
        return new Fact(new Position(1, n), id, "fjord.t.v1", "default/cluster/" + cluster, version, command, outcome);
    }

    @Test
    void what_is_as_promised_passes() {
        assertThat(new Scene().check()).isEmpty();
    }

    @Test
    void a_relay_that_repeats_itself_passes() {
        Scene scene = new Scene();
        scene.topic.add(2, scene.topic.get(0));
        assertThat(scene.check()).isEmpty();
    }

    /** A promise broken, and the word the checker says then. */
    enum Bug {
        AN_ACKNOWLEDGED_COMMAND_IS_LOST("lost", scene -> scene.call("c9", Result.OK, false)),
        A_REFUSAL_IS_LOST("lost", scene -> scene.call("c9", Result.REFUSED, true)),
        A_CLIENT_WAS_TOLD_A_LIE("untrue", scene -> scene.call("c2", Result.OK, true)),
        A_COMMAND_IS_APPLIED_TWICE("applied twice", scene -> scene.happens(5, "a", 3L, "c1", "accepted")),
        A_COMMAND_HAS_TWO_OUTCOMES("applied twice", scene -> scene.happens(5, "a", null, "c2", "rejected")),
        A_COMMAND_HAS_NO_OUTCOME("no outcome", scene -> scene.commands.add(new Sent(0, 2, "c4", "default/cluster/a"))),
        A_COMMAND_IS_TORN("torn", scene -> scene.happens(5, "a", 3L, "c1", null)),
        AN_EVENT_COMES_FROM_NOWHERE("phantom", scene -> scene.happens(5, "a", 3L, "c8", "accepted")),
        A_POSITION_IS_MISSING("hole", scene -> scene.happens(6, "a", 3L, "c8", "accepted")),
        AN_EVENT_STANDS_TWICE("repeated", scene -> {
            scene.journal.add(fact(5, "e4", "b", 2L, null, null));
            scene.topic.add(fact(5, "e4", "b", 2L, null, null));
        }),
        A_VERSION_IS_SKIPPED("versions", scene -> scene.happens(5, "a", 7L, "c8", "accepted")),
        A_LATER_COMMAND_IS_DECIDED_FIRST("order", scene -> {
            scene.commands.set(0, new Sent(0, 0, "c2", "default/cluster/a"));
            scene.commands.set(1, new Sent(0, 1, "c1", "default/cluster/a"));
        }),
        AN_EVENT_IS_NOT_ON_THE_TOPIC("topic", scene -> scene.topic.remove(1)),
        THE_END_OF_THE_TOPIC_IS_MISSING("topic", scene -> scene.topic.remove(3)),
        THE_TOPIC_IS_OUT_OF_ORDER("topic", scene -> scene.topic.add(scene.topic.remove(1))),
        THE_TOPIC_TELLS_ANOTHER_STORY("topic", scene -> scene.topic.add(1, fact(1, "x", "a", 1L, "c1", null))),
        THE_TOPIC_TELLS_MORE_THAN_THE_JOURNAL("topic", scene -> scene.topic.add(fact(5, "e5", "a", 3L, null, null))),
        AN_ATTEMPT_IS_NOT_RECORDED("audit", scene -> scene.audit.remove(0)),
        AN_OUTCOME_IS_NOT_RECORDED("audit", scene -> scene.audit.remove(scene.audit.size() - 1)),
        AN_OUTCOME_IS_RECORDED_TWICE("audit", scene -> {
            Line last = scene.audit.get(scene.audit.size() - 1);
            scene.audit.add(
                    new Line(last.seq() + 1, "core", "outcome", last.commandId(), last.position(), last.outcome()));
        }),
        AN_ATTEMPT_IS_RECORDED_TWICE(
                "audit",
                scene -> scene.audit.add(new Line(scene.audit.size() + 1, "core", "attempt", "c1", null, null))),
        THE_RECORD_TELLS_ANOTHER_OUTCOME("audit", scene -> {
            Line last = scene.audit.remove(scene.audit.size() - 1);
            scene.audit.add(new Line(last.seq(), "core", "outcome", "c3", last.position(), "rejected"));
        }),
        AN_OPERATION_STAYS_PENDING("operation", scene -> scene.operations.put("c1", "pending")),
        AN_OPERATION_IS_FORGOTTEN("operation", scene -> scene.operations.remove("c2")),
        THE_ROWS_ARE_NOT_THE_FOLD("fold", scene -> scene.fold = "[b]");

        private final String word;
        private final Consumer<Scene> put;

        Bug(String word, Consumer<Scene> put) {
            this.word = word;
            this.put = put;
        }
    }

    @ParameterizedTest
    @EnumSource(Bug.class)
    void a_bug_shows(Bug bug) {
        Scene scene = new Scene();
        bug.put.accept(scene);
        assertThat(scene.check()).anyMatch(told -> told.startsWith(bug.word));
    }
}

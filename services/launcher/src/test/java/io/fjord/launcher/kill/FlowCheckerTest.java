package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Position;
import io.fjord.launcher.kill.FlowEvidence.Arrival;
import io.fjord.launcher.kill.FlowEvidence.Lying;
import io.fjord.launcher.kill.FlowEvidence.Place;
import io.fjord.launcher.kill.FlowEvidence.Produced;
import io.fjord.launcher.kill.FlowEvidence.Told;
import io.fjord.launcher.kill.FlowEvidence.Wanted;
import io.fjord.launcher.kill.History.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each promise about events in and out broken once, each seen. */
class FlowCheckerTest {

    /** Evidence that can be tampered with. */
    private static final class Scene {
        final List<Produced> produced = new ArrayList<>();
        final List<Lying> stream = new ArrayList<>();
        final List<String> rows = new ArrayList<>();
        final List<Wanted> wanted = new ArrayList<>();
        final List<Arrival> arrivals = new ArrayList<>();
        final List<Told> told = new ArrayList<>();

        /** Two events acknowledged, one in doubt that is there and one that is not; three of a, two of b delivered, one refused once. */
        Scene() {
            produced("p1", Result.OK, 0);
            produced("p2", Result.OK, 1);
            produced("p3", Result.UNKNOWN, 2);
            produced.add(new Produced("p4", Result.UNKNOWN, null));
            wanted("e1", "a");
            wanted("e2", "a");
            wanted("e3", "b");
            wanted("e4", "a");
            wanted("e5", "b");
            arrives("e1", "a", true);
            arrives("e3", "b", true);
            arrives("e2", "a", false);
            arrives("e5", "b", true);
            arrives("e2", "a", true);
            arrives("e4", "a", true);
        }

        private void produced(String id, Result result, long offset) {
            Place place = new Place(0, offset);
            produced.add(new Produced(id, result, result == Result.OK ? place : null));
            stream.add(new Lying(place, id));
            rows.add(id);
        }

        private void wanted(String id, String subject) {
            wanted.add(new Wanted("iam", new Position(1, wanted.size() + 1), id, subject));
        }

        void arrives(String id, String subject, boolean taken) {
            arrivals.add(new Arrival(id + "_s", id, subject, true, taken));
            told.add(new Told(id + "_s", id, taken ? 204 : 503));
        }

        List<String> check() {
            return FlowChecker.check(new FlowEvidence(produced, stream, rows, wanted, arrivals, told));
        }
    }

    @Test
    void what_is_as_promised_passes() {
        assertThat(new Scene().check()).isEmpty();
    }

    /** As after a kill between a delivery and its row. */
    @Test
    void what_comes_again_from_somewhere_on_in_order_passes() {
        Scene scene = new Scene();
        scene.arrives("e2", "a", true);
        scene.arrives("e4", "a", true);
        assertThat(scene.check()).isEmpty();
    }

    /** As when nobody was there: the attempt is told, and never came. */
    @Test
    void an_attempt_without_an_answer_need_not_have_come() {
        Scene scene = new Scene();
        scene.told.add(new Told("e9_s", "e9", null));
        assertThat(scene.check()).isEmpty();
    }

    /** A promise broken, and the word the checker says then. */
    enum Bug {
        AN_ACKNOWLEDGED_EVENT_IS_LOST("lost", scene -> {
            scene.stream.remove(0);
            scene.rows.remove("p1");
        }),
        AN_EVENT_IS_IN_THE_STREAM_TWICE("twice", scene -> scene.stream.add(new Lying(new Place(1, 0), "p1"))),
        AN_EVENT_COMES_FROM_NOWHERE("phantom", scene -> {
            scene.stream.add(new Lying(new Place(0, 3), "p9"));
            scene.rows.add("p9");
        }),
        A_PRODUCER_IS_TOLD_ANOTHER_PLACE(
                "untrue", scene -> scene.produced.set(0, new Produced("p1", Result.OK, new Place(0, 7)))),
        A_ROW_IS_MISSING("no row", scene -> scene.rows.remove("p2")),
        THE_ROW_OF_AN_EVENT_IN_DOUBT_IS_MISSING("no row", scene -> scene.rows.remove("p3")),
        A_ROW_IS_THERE_TWICE("row twice", scene -> scene.rows.add("p2")),
        A_ROW_COMES_FROM_NOWHERE("phantom row", scene -> scene.rows.add("p9")),
        A_DELIVERY_IS_LOST("undelivered", scene -> scene.wanted("e6", "c")),
        A_REFUSED_DELIVERY_IS_NOT_TRIED_AGAIN("undelivered", scene -> scene.arrivals.remove(4)),
        A_WEBHOOK_ID_CHANGES("another id", scene -> {
            scene.arrivals.set(4, new Arrival("x_s", "e2", "a", true, true));
        }),
        TWO_EVENTS_SHARE_A_WEBHOOK_ID(
                "shared id", scene -> scene.arrivals.set(5, new Arrival("e1_s", "e4", "a", true, true))),
        A_SIGNATURE_IS_WRONG("unsigned", scene -> scene.arrivals.set(0, new Arrival("e1_s", "e1", "a", false, true))),
        SOMETHING_COMES_THAT_NOBODY_WANTED("unwanted", scene -> scene.arrives("e9", "a", true)),
        TWO_OF_A_SUBJECT_ARE_SWAPPED("order", scene -> scene.arrivals.add(0, scene.arrivals.remove(5))),
        A_REFUSED_ONE_IS_OVERTAKEN("order", scene -> scene.arrivals.add(3, scene.arrivals.remove(5))),
        WHAT_COMES_AGAIN_LEAVES_ONE_OUT("order", scene -> {
            scene.arrives("e1", "a", true);
            scene.arrives("e4", "a", true);
        }),
        A_DELIVERY_IS_NOT_RECORDED("untold", scene -> scene.told.remove(0)),
        A_DELIVERY_IS_RECORDED_AS_REFUSED("untold", scene -> scene.told.set(0, new Told("e1_s", "e1", 500))),
        A_DELIVERY_IS_RECORDED_THAT_NEVER_WAS("invented", scene -> scene.told.add(new Told("e9_s", "e9", 204)));

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

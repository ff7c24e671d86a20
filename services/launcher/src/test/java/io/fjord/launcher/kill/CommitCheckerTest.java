package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Position;
import io.fjord.launcher.kill.CommitEvidence.Attempt;
import io.fjord.launcher.kill.CommitEvidence.Made;
import io.fjord.launcher.kill.CommitEvidence.Seen;
import io.fjord.launcher.kill.CommitEvidence.Told;
import io.fjord.launcher.kill.History.Result;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each promise about commits broken once, each seen. */
class CommitCheckerTest {

    /** A table that can be tampered with. */
    private static final class Lake {
        final String name;
        final List<Made> history = new ArrayList<>();
        final Set<String> refersTo = new TreeSet<>();
        final Set<String> there = new TreeSet<>();
        final List<String> data = new ArrayList<>();
        final List<Told> feed = new ArrayList<>();
        String metadata;
        int strays;
        int miscounted;

        Lake(String name) {
            this.name = name;
        }

        void file(String file) {
            refersTo.add(file);
            there.add(file);
        }

        Seen seen() {
            return new Seen(
                    name,
                    history,
                    history.size() + strays,
                    metadata,
                    refersTo,
                    there,
                    data,
                    data.size() + miscounted,
                    feed);
        }
    }

    private static final class Scene {
        final List<Attempt> attempts = new ArrayList<>();
        final List<Position> topic = new ArrayList<>();
        final Map<String, Lake> lakes = new LinkedHashMap<>();

        /** Two tables with commits to each, one to both, one that was refused and two nobody knows of. */
        Scene() {
            create("a");
            create("b");
            made("w1", Result.OK, "a");
            made("w2", Result.OK, "a", "b");
            attempt("w3", Result.REFUSED, "a");
            made("w4", Result.UNKNOWN, "b");
            attempt("w5", Result.UNKNOWN, "a", "b");
            made("w6", Result.OK, "a");
        }

        Lake a() {
            return lakes.get("a");
        }

        private void create(String table) {
            Lake lake = new Lake(table);
            lakes.put(table, lake);
            tell(lake, List.of());
        }

        void attempt(String id, Result result, String... tables) {
            Map<String, String> files = new TreeMap<>();
            for (String table : tables) {
                files.put(table, table + "/" + id + ".parquet");
            }
            attempts.add(new Attempt(id, files, result));
        }

        void made(String id, Result result, String... tables) {
            attempt(id, result, tables);
            for (String table : tables) {
                commit(table, id);
            }
        }

        void commit(String table, String id) {
            Lake lake = lakes.get(table);
            Long top = lake.history.isEmpty()
                    ? null
                    : lake.history.get(lake.history.size() - 1).snapshot();
            Made made = new Made(100L + topic.size(), top, lake.history.size() + 1, id);
            lake.history.add(made);
            lake.data.add(table + "/" + id + ".parquet");
            lake.file(table + "/" + id + ".parquet");
            lake.file(table + "/snap-" + made.snapshot() + ".avro");
            tell(lake, List.of(made));
        }

        private void tell(Lake lake, List<Made> added) {
            Position position = new Position(1, topic.size() + 1);
            String after = lake.name + "/" + position.n() + ".metadata.json";
            topic.add(position);
            lake.feed.add(new Told(position, lake.feed.size() + 1L, lake.metadata, after, added));
            lake.file(after);
            lake.metadata = after;
        }

        List<String> check() {
            return CommitChecker.check(new CommitEvidence(
                    attempts, topic, lakes.values().stream().map(Lake::seen).toList()));
        }
    }

    @Test
    void what_is_as_promised_passes() {
        assertThat(new Scene().check()).isEmpty();
    }

    @Test
    void a_relay_that_repeats_itself_passes() {
        Scene scene = new Scene();
        scene.topic.add(scene.topic.get(1));
        scene.a().feed.add(scene.a().feed.get(1));
        assertThat(scene.check()).isEmpty();
    }

    /** A promise broken, and the word the checker says then. */
    enum Bug {
        AN_ACKNOWLEDGED_COMMIT_IS_LOST("lost", scene -> scene.attempt("w9", Result.OK, "a")),
        A_COMMIT_IS_APPLIED_AGAIN_WHEN_IT_IS_REPLAYED("applied twice", scene -> scene.commit("a", "w1")),
        A_COMMIT_IN_DOUBT_IS_APPLIED_TWICE("applied twice", scene -> scene.commit("b", "w4")),
        A_REFUSED_COMMIT_WAS_MADE("untrue", scene -> scene.commit("a", "w3")),
        A_COMMIT_TO_SEVERAL_TABLES_REACHED_ONE("torn", scene -> scene.commit("b", "w5")),
        A_COMMIT_COMES_FROM_NOWHERE("phantom", scene -> scene.commit("a", "w8")),
        METADATA_OF_A_COMMIT_IN_DOUBT_WAS_DELETED(
                "missing", scene -> scene.a().there.remove(scene.a().metadata)),
        A_LIST_OF_MANIFESTS_WAS_DELETED("missing", scene -> scene.a().there.removeIf(file -> file.contains("/snap-"))),
        A_DATA_FILE_WAS_DELETED("missing", scene -> scene.a().there.remove("a/w1.parquet")),
        AN_APPEND_WAS_MOVED_OVER_ANOTHER("dropped", scene -> {
            scene.a().data.remove("a/w2.parquet");
        }),
        AN_APPEND_WAS_MOVED_WITH_WHAT_IT_STOOD_ON(
                "added twice", scene -> scene.a().data.add("a/w2.parquet")),
        A_MOVED_APPEND_KEPT_ITS_NUMBER("order", scene -> {
            Made last = scene.a().history.remove(2);
            scene.a().history.add(new Made(last.snapshot(), last.parent(), 2, last.attempt()));
        }),
        A_MOVED_APPEND_COUNTS_WRONG("summary", scene -> scene.a().miscounted = 1),
        A_SNAPSHOT_IS_BESIDE_THE_BRANCH("stray", scene -> scene.a().strays = 1),
        AN_EVENT_IS_DROPPED("chain", scene -> scene.a().feed.remove(2)),
        THE_LAST_EVENT_IS_DROPPED("chain", scene -> scene.a().feed.remove(3)),
        A_POSITION_IS_LEFT_OUT("hole", scene -> scene.topic.remove(2)),
        THE_FEED_IS_OUT_OF_ORDER("hole", scene -> scene.topic.add(scene.topic.remove(1))),
        A_VERSION_IS_SKIPPED("versions", scene -> {
            Told last = scene.a().feed.remove(3);
            scene.a().feed.add(new Told(last.position(), 7L, last.before(), last.after(), last.added()));
        }),
        THE_FEED_TELLS_OF_NO_SNAPSHOT("feed", scene -> {
            Told last = scene.a().feed.remove(3);
            scene.a().feed.add(new Told(last.position(), 4L, last.before(), last.after(), List.of()));
        }),
        THE_FEED_TELLS_OF_ANOTHER_WRITER("feed", scene -> {
            Told last = scene.a().feed.remove(3);
            Made made = last.added().get(0);
            scene.a()
                    .feed
                    .add(new Told(
                            last.position(),
                            4L,
                            last.before(),
                            last.after(),
                            List.of(new Made(made.snapshot(), made.parent(), made.sequence(), "w3"))));
        });

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

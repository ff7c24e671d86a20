package io.fjord.launcher.kill;

import io.fjord.contract.Position;
import io.fjord.launcher.kill.CommitEvidence.Attempt;
import io.fjord.launcher.kill.CommitEvidence.Made;
import io.fjord.launcher.kill.CommitEvidence.Seen;
import io.fjord.launcher.kill.CommitEvidence.Told;
import io.fjord.launcher.kill.History.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Holds tables against what their writers were told and what the feed tells: every acknowledged commit is there once, no file is
 * missing, the feed is the history.
 */
final class CommitChecker {

    private static final int ENOUGH = 20;

    private final CommitEvidence evidence;
    private final List<String> broken = new ArrayList<>();
    private final Map<String, Attempt> attempts = new HashMap<>();

    private CommitChecker(CommitEvidence evidence) {
        this.evidence = evidence;
        evidence.attempts().forEach(attempt -> attempts.put(attempt.id(), attempt));
    }

    /** @return what was promised and is not so; empty if all is well */
    static List<String> check(CommitEvidence evidence) {
        CommitChecker checker = new CommitChecker(evidence);
        checker.writersWereToldTheTruth();
        checker.nothingIsRepeatedOrLeftOutInTheFeed();
        for (Seen table : evidence.tables()) {
            checker.history(table);
            checker.files(table);
            checker.feed(table);
        }
        List<String> broken = checker.broken;
        return broken.size() <= ENOUGH
                ? broken
                : Stream.concat(broken.stream().limit(ENOUGH), Stream.of("… " + broken.size() + " in all"))
                        .toList();
    }

    private void writersWereToldTheTruth() {
        Map<String, Map<String, Integer>> times = new HashMap<>();
        for (Seen table : evidence.tables()) {
            Map<String, Integer> here = new HashMap<>();
            for (Made made : table.history()) {
                String id = String.valueOf(made.attempt());
                here.merge(id, 1, Integer::sum);
                Attempt attempt = attempts.get(id);
                if (attempt == null || !attempt.files().containsKey(table.name())) {
                    broken.add("phantom: snapshot " + made.snapshot() + " of " + table.name() + " is of " + id
                            + ", which nobody tried");
                }
            }
            times.put(table.name(), here);
        }
        for (Attempt attempt : evidence.attempts()) {
            List<Integer> made = attempt.files().keySet().stream()
                    .map(table -> times.getOrDefault(table, Map.of()).getOrDefault(attempt.id(), 0))
                    .toList();
            if (made.stream().anyMatch(count -> count > 1)) {
                broken.add("applied twice: " + attempt);
            } else if (made.stream().distinct().count() > 1) {
                broken.add("torn: " + attempt + " was made in some of its tables");
            } else if (attempt.result() == Result.OK && !made.contains(1)) {
                broken.add("lost: " + attempt + " was acknowledged");
            } else if (attempt.result() == Result.REFUSED && made.contains(1)) {
                broken.add("untrue: " + attempt + " was refused, and was made");
            }
        }
    }

    /** What is repeated as it was told before is skipped by every consumer. */
    private void nothingIsRepeatedOrLeftOutInTheFeed() {
        Set<Position> seen = new HashSet<>();
        Position last = Position.START;
        for (Position position : evidence.topic()) {
            if (seen.add(position)) {
                if (position.n() != last.n() + 1 || position.epoch() < last.epoch()) {
                    broken.add("hole: the feed goes from " + last + " to " + position);
                }
                last = position;
            }
        }
    }

    private void history(Seen table) {
        long sequence = 0;
        for (Made made : table.history()) {
            if (made.sequence() <= sequence) {
                broken.add("order: snapshot " + made.snapshot() + " of " + table.name() + " has number "
                        + made.sequence() + ", one before it " + sequence);
            }
            sequence = made.sequence();
        }
        if (table.snapshots() != table.history().size()) {
            broken.add("stray: " + table.name() + " has " + table.snapshots() + " snapshots, "
                    + table.history().size() + " of them in its branch");
        }
    }

    private void files(Seen table) {
        for (String file : table.refersTo()) {
            if (!table.there().contains(file)) {
                broken.add("missing: " + table.name() + " refers to " + file);
            }
        }
        Map<String, Integer> left = new HashMap<>();
        table.data().forEach(file -> left.merge(file, 1, Integer::sum));
        for (Made made : table.history()) {
            Attempt attempt = attempts.get(String.valueOf(made.attempt()));
            String file = attempt == null ? null : attempt.files().get(table.name());
            if (file != null && left.merge(file, -1, Integer::sum) < 0) {
                broken.add("dropped: what " + made.attempt() + " added to " + table.name() + " is not in it any more");
            }
        }
        left.forEach((file, times) -> {
            if (times > 0) {
                broken.add("added twice: " + file + " is in " + table.name() + " " + times + " times too often");
            }
        });
        if (table.total() != table.data().size()) {
            broken.add("summary: " + table.name() + " says it has " + table.total() + " files, it has "
                    + table.data().size());
        }
    }

    private void feed(Seen table) {
        List<Made> told = new ArrayList<>();
        Set<Position> seen = new HashSet<>();
        String metadata = null;
        long version = 0;
        for (Told event : table.feed()) {
            if (!seen.add(event.position())) {
                continue;
            }
            if (!Objects.equals(event.before(), metadata)) {
                broken.add("chain: event " + event.position() + " of " + table.name() + " goes out from "
                        + event.before() + ", the one before it came to " + metadata);
            }
            if (!Objects.equals(event.version(), version + 1)) {
                broken.add("versions: " + table.name() + " goes from " + version + " to " + event.version());
            }
            version = Objects.requireNonNullElse(event.version(), version + 1);
            metadata = event.after();
            told.addAll(event.added());
        }
        if (!table.metadata().equals(metadata)) {
            broken.add("chain: the feed of " + table.name() + " ends at " + metadata + ", the table is "
                    + table.metadata());
        }
        for (int i = 0; i < Math.max(told.size(), table.history().size()); i++) {
            Made inFeed = i < told.size() ? told.get(i) : null;
            Made inTable = i < table.history().size() ? table.history().get(i) : null;
            if (!Objects.equals(inFeed, inTable)) {
                broken.add("feed: tells of " + inFeed + " where the history of " + table.name() + " has " + inTable);
                return;
            }
        }
    }
}

package io.fjord.launcher.kill;

import io.fjord.contract.Position;
import io.fjord.launcher.kill.Evidence.Fact;
import io.fjord.launcher.kill.Evidence.Line;
import io.fjord.launcher.kill.Evidence.Sent;
import io.fjord.launcher.kill.History.Call;
import io.fjord.launcher.kill.History.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Holds the evidence against what Fjord promises, in one pass over each part of it. */
final class Checker {

    private static final int ENOUGH = 20;

    private final Evidence evidence;
    private final List<String> broken = new ArrayList<>();
    private final Map<String, Integer> records = new LinkedHashMap<>();
    private final Map<String, Fact> outcomes = new HashMap<>();

    private Checker(Evidence evidence) {
        this.evidence = evidence;
    }

    /** @return what was promised and is not so; empty if all is well */
    static List<String> check(Evidence evidence) {
        Checker checker = new Checker(evidence);
        checker.commands();
        checker.journal();
        checker.everyCommandHasOneOutcome();
        checker.decidedInTheOrderOfTheLog();
        checker.clientsWereToldTheTruth();
        checker.topic();
        checker.audit();
        checker.operations();
        checker.rows();
        List<String> broken = checker.broken;
        return broken.size() <= ENOUGH
                ? broken
                : java.util.stream.Stream.concat(
                                broken.stream().limit(ENOUGH),
                                java.util.stream.Stream.of("… " + broken.size() + " in all"))
                        .toList();
    }

    private void commands() {
        for (Sent sent : evidence.commands()) {
            records.merge(sent.id(), 1, Integer::sum);
        }
    }

    // The journal

    private void journal() {
        Position last = Position.START;
        Set<String> ids = new HashSet<>();
        Map<String, Long> versions = new HashMap<>();
        String open = null;
        for (Fact fact : evidence.journal()) {
            boolean raised = fact.position().epoch() > last.epoch();
            if (fact.position().n() != last.n() + 1 || fact.position().epoch() < last.epoch()) {
                broken.add("hole: the journal goes from " + last + " to " + fact.position());
            }
            if (open != null && (raised || !open.equals(fact.commandId()))) {
                broken.add("torn: the events of command " + open + " end without an outcome before " + fact.position());
            }
            last = fact.position();
            if (!ids.add(fact.id())) {
                broken.add("repeated: event " + fact.id() + " stands again at " + fact.position());
            }
            if (fact.version() != null) {
                long before = versions.getOrDefault(fact.subject(), 0L);
                if (fact.version() != before + 1) {
                    broken.add("versions: " + fact.subject() + " goes from " + before + " to " + fact.version());
                }
                versions.put(fact.subject(), fact.version());
            }
            String command = fact.commandId();
            if (command != null && !records.containsKey(command)) {
                broken.add("phantom: " + fact.position() + " is of command " + command + ", which nobody sent");
            }
            if (command != null && outcomes.containsKey(command)) {
                broken.add("applied twice: command " + command + " again at " + fact.position() + ", after "
                        + outcomes.get(command).position());
            }
            open = command;
            if (command != null && fact.outcome() != null) {
                outcomes.put(command, fact);
                open = null;
            }
        }
        if (open != null) {
            broken.add("torn: the events of command " + open + " end without an outcome");
        }
    }

    private void everyCommandHasOneOutcome() {
        records.keySet().stream()
                .filter(id -> !outcomes.containsKey(id))
                .forEach(id -> broken.add("no outcome: command " + id + " stands on the log"));
    }

    /** The first record of each command counts; later ones are retries. */
    private void decidedInTheOrderOfTheLog() {
        Map<Integer, Position> last = new HashMap<>();
        Set<String> seen = new HashSet<>();
        for (Sent sent : evidence.commands()) {
            Fact outcome = outcomes.get(sent.id());
            if (outcome == null || !seen.add(sent.id())) {
                continue;
            }
            Position before = last.put(sent.partition(), outcome.position());
            if (before != null && before.isAfter(outcome.position())) {
                broken.add("order: the command at " + sent.partition() + ":" + sent.offset() + " was decided at "
                        + outcome.position() + ", one before it at " + before);
            }
        }
    }

    private void clientsWereToldTheTruth() {
        for (Call call : evidence.calls()) {
            if (call.result() == Result.UNKNOWN) {
                continue;
            }
            Fact outcome = outcomes.get(call.commandId());
            if (outcome == null) {
                broken.add("lost: " + call.op() + " " + call.key() + " was answered " + call.result()
                        + " and has no outcome: " + call.commandId());
            } else if (call.waited() && (call.result() == Result.REFUSED) != "rejected".equals(outcome.outcome())) {
                broken.add("untrue: " + call.op() + " " + call.key() + " was answered " + call.result()
                        + ", its outcome is " + outcome.outcome());
            }
        }
    }

    // What others see

    /** As a consumer reads it: what it has seen it skips, a gap it would have to refill. */
    private void topic() {
        List<Fact> journal = evidence.journal();
        int at = 0;
        Map<Position, String> seen = new HashMap<>();
        for (Fact fact : evidence.topic()) {
            String again = seen.putIfAbsent(fact.position(), fact.id());
            if (again != null) {
                if (!again.equals(fact.id())) {
                    broken.add("topic: two events at " + fact.position() + ": " + again + " and " + fact.id());
                }
                continue;
            }
            if (at >= journal.size()) {
                broken.add("topic: " + fact.position() + " is not in the journal");
                continue;
            }
            if (!journal.get(at).equals(fact)) {
                broken.add("topic: tells of " + fact + ", the journal of " + journal.get(at));
                // One missing record is one fault, not one for each that follows.
                while (at < journal.size()
                        && fact.position().isAfter(journal.get(at).position())) {
                    at++;
                }
            }
            at++;
        }
        if (at < journal.size()) {
            broken.add("topic: ends before " + journal.get(at).position());
        }
    }

    private void audit() {
        Map<String, Integer> attempts = new HashMap<>();
        Map<Position, Line> told = new HashMap<>();
        long last = 0;
        for (Line line : evidence.audit()) {
            if (line.seq() != ++last) {
                broken.add("audit: goes to " + line.seq() + " where " + last + " was due");
                last = line.seq();
            }
            if (!line.service().equals(evidence.service()) || line.kind().equals("observation")) {
                continue;
            }
            if (line.kind().equals("attempt")) {
                attempts.merge(Objects.requireNonNullElse(line.commandId(), "none"), 1, Integer::sum);
            } else if (line.position() == null || told.put(line.position(), line) != null) {
                broken.add("audit: " + line + " is recorded twice");
            }
        }
        // Every record of the log is an attempt of its own: a retry that reached it was one.
        differ("audit: attempts of command ", records, attempts);
        for (Fact fact : evidence.journal()) {
            Line line = told.remove(fact.position());
            String kind = fact.commandId() != null && fact.outcome() != null ? "outcome" : "event";
            if (line == null) {
                broken.add("audit: nothing of " + fact);
            } else if (!line.kind().equals(kind)
                    || !Objects.equals(line.commandId(), fact.commandId())
                    || !Objects.equals(line.outcome(), fact.outcome())) {
                broken.add("audit: " + line + " is not what happened: " + fact);
            }
        }
        told.values().forEach(line -> broken.add("audit: " + line + " never happened"));
    }

    private void operations() {
        Map<String, String> decided = new HashMap<>();
        records.keySet().forEach(id -> {
            Fact outcome = outcomes.get(id);
            decided.put(id, outcome == null ? "pending" : String.valueOf(outcome.outcome()));
        });
        differ("operation: ", decided, evidence.operations());
    }

    private <V> void differ(String what, Map<String, V> expected, Map<String, V> found) {
        expected.forEach((key, value) -> compare(what + key, value, found.get(key)));
        found.forEach((key, value) -> {
            if (!expected.containsKey(key)) {
                compare(what + key, null, value);
            }
        });
    }

    private void compare(String what, @Nullable Object expected, @Nullable Object found) {
        if (!Objects.equals(expected, found)) {
            broken.add(what + ": should be " + expected + ", is " + found);
        }
    }

    private void rows() {
        if (!evidence.rows().equals(evidence.fold())) {
            broken.add("fold: the rows are " + evidence.rows() + ", the journal folds to " + evidence.fold());
        }
    }
}

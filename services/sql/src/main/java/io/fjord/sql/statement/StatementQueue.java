package io.fjord.sql.statement;

import io.fjord.contract.Address;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who may run now: first come, first served within a cluster; clusters take turns for the places there are in all.
 *
 * <p>A place is taken with {@link #admit} before the statement is committed, so that none is accepted that could not wait.
 */
final class StatementQueue {

    private final int runningPerCluster;
    private final int waitingPerCluster;
    private final int runningInAll;
    private final Map<Address, Line> lines = new LinkedHashMap<>();
    private final Map<String, Address> running = new HashMap<>();

    private static final class Line {
        final Deque<String> waiting = new ArrayDeque<>();
        int admitted;
        int running;
    }

    StatementQueue(int runningPerCluster, int waitingPerCluster, int runningInAll) {
        this.runningPerCluster = runningPerCluster;
        this.waitingPerCluster = waitingPerCluster;
        this.runningInAll = runningInAll;
    }

    /** Takes a place in the cluster's line; false if it is full. */
    synchronized boolean admit(Address cluster) {
        Line line = lines.computeIfAbsent(cluster, c -> new Line());
        if (line.admitted >= runningPerCluster + waitingPerCluster) {
            return false;
        }
        line.admitted++;
        return true;
    }

    /** Gives back a place that came to nothing. */
    synchronized void dismiss(Address cluster) {
        Line line = lines.get(cluster);
        if (line != null && --line.admitted == 0) {
            lines.remove(cluster);
        }
    }

    /** Uses the place that was taken. */
    synchronized void add(Address cluster, String id) {
        lines.computeIfAbsent(cluster, c -> new Line()).waiting.add(id);
    }

    /** The next to run, if there is room for one more; it runs from now on. */
    synchronized Optional<String> next() {
        if (running.size() >= runningInAll) {
            return Optional.empty();
        }
        for (Iterator<Map.Entry<Address, Line>> all = lines.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Address, Line> entry = all.next();
            Line line = entry.getValue();
            if (line.running < runningPerCluster && !line.waiting.isEmpty()) {
                String id = line.waiting.remove();
                line.running++;
                running.put(id, entry.getKey());
                // To the end: the other clusters first.
                all.remove();
                lines.put(entry.getKey(), line);
                return Optional.of(id);
            }
        }
        return Optional.empty();
    }

    /** It runs or waits no more. */
    synchronized void leave(Address cluster, String id) {
        Line line = lines.get(cluster);
        if (line == null) {
            return;
        }
        if (running.remove(id) != null) {
            line.running--;
            dismiss(cluster);
        } else if (line.waiting.remove(id)) {
            dismiss(cluster);
        }
    }
}

package io.fjord.launcher.kill;

import io.fjord.launcher.kill.FlowEvidence.Arrival;
import io.fjord.launcher.kill.FlowEvidence.Lying;
import io.fjord.launcher.kill.FlowEvidence.Place;
import io.fjord.launcher.kill.FlowEvidence.Produced;
import io.fjord.launcher.kill.FlowEvidence.Told;
import io.fjord.launcher.kill.FlowEvidence.Wanted;
import io.fjord.launcher.kill.History.Result;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Holds events in and out against what is promised of them: what was acknowledged is in the stream and in the table once, each event
 * is delivered under one id and in the order of its subject, and the record tells of every delivery.
 */
final class FlowChecker {

    private static final int ENOUGH = 20;
    private static final int LEAST_TAKEN = 200;
    private static final int MOST_TAKEN = 299;

    private final FlowEvidence evidence;
    private final List<String> broken = new ArrayList<>();

    private FlowChecker(FlowEvidence evidence) {
        this.evidence = evidence;
    }

    /** @return what was promised and is not so; empty if all is well */
    static List<String> check(FlowEvidence evidence) {
        FlowChecker checker = new FlowChecker(evidence);
        checker.stream();
        checker.table();
        checker.deliveries();
        checker.order();
        checker.record();
        List<String> broken = checker.broken;
        return broken.size() <= ENOUGH
                ? broken
                : Stream.concat(broken.stream().limit(ENOUGH), Stream.of("… " + broken.size() + " in all"))
                        .toList();
    }

    // In

    private void stream() {
        Map<String, Place> lying = new HashMap<>();
        for (Lying record : evidence.stream()) {
            Place before = lying.putIfAbsent(record.id(), record.place());
            if (before != null) {
                broken.add("twice: event " + record.id() + " lies at " + before + " and at " + record.place());
            }
        }
        Set<String> sent = new HashSet<>();
        for (Produced produced : evidence.produced()) {
            sent.add(produced.id());
            Place place = lying.get(produced.id());
            if (produced.result() == Result.OK && place == null) {
                broken.add("lost: event " + produced.id() + " was acknowledged and is not in the stream");
            } else if (place != null && produced.place() != null && !place.equals(produced.place())) {
                broken.add("untrue: event " + produced.id() + " lies at " + place + ", its producer was told "
                        + produced.place());
            }
        }
        lying.keySet().stream()
                .filter(id -> !sent.contains(id))
                .forEach(id -> broken.add("phantom: event " + id + " is in the stream, and nobody sent it"));
    }

    private void table() {
        Set<String> lying = new HashSet<>();
        evidence.stream().forEach(record -> lying.add(record.id()));
        Set<String> rows = new HashSet<>();
        for (String row : evidence.rows()) {
            if (!rows.add(row)) {
                broken.add("row twice: event " + row + " has more than one row");
            } else if (!lying.contains(row)) {
                broken.add("phantom row: event " + row + " has a row and is not in the stream");
            }
        }
        lying.stream()
                .filter(id -> !rows.contains(id))
                .forEach(id -> broken.add("no row: event " + id + " is in the stream and not in the table"));
    }

    // Out

    private void deliveries() {
        Map<String, String> webhookIds = new HashMap<>();
        Map<String, String> events = new HashMap<>();
        Set<String> taken = new HashSet<>();
        Set<String> wanted = new HashSet<>();
        evidence.wanted().forEach(event -> wanted.add(event.eventId()));
        for (Arrival arrival : evidence.arrivals()) {
            if (!arrival.signed()) {
                broken.add("unsigned: " + arrival);
            }
            if (!wanted.contains(arrival.eventId())) {
                broken.add("unwanted: " + arrival);
            }
            String before = webhookIds.putIfAbsent(arrival.eventId(), arrival.webhookId());
            if (before != null && !before.equals(arrival.webhookId())) {
                broken.add("another id: event " + arrival.eventId() + " came as " + before + " and as "
                        + arrival.webhookId());
            }
            String other = events.putIfAbsent(arrival.webhookId(), arrival.eventId());
            if (other != null && !other.equals(arrival.eventId())) {
                broken.add(
                        "shared id: events " + other + " and " + arrival.eventId() + " came as " + arrival.webhookId());
            }
            if (arrival.taken()) {
                taken.add(arrival.eventId());
            }
        }
        for (Wanted event : evidence.wanted()) {
            if (!taken.contains(event.eventId())) {
                broken.add("undelivered: " + event);
            }
        }
    }

    /**
     * Whatever is about one thing comes after all that was before it; what was sent and not noted comes again, but then again from
     * there on in order.
     */
    private void order() {
        Map<String, Map<String, Integer>> places = new HashMap<>();
        for (Wanted event : evidence.wanted()) {
            Map<String, Integer> ofSubject = places.computeIfAbsent(event.subject(), none -> new LinkedHashMap<>());
            ofSubject.putIfAbsent(event.eventId(), ofSubject.size());
        }
        Map<String, Integer> reached = new HashMap<>();
        Map<String, Integer> last = new HashMap<>();
        for (Arrival arrival : evidence.arrivals()) {
            Integer place = places.getOrDefault(arrival.subject(), Map.of()).get(arrival.eventId());
            if (place == null) {
                continue;
            }
            int next = reached.getOrDefault(arrival.subject(), 0);
            Integer before = last.put(arrival.subject(), place);
            if (place > next) {
                broken.add("order: " + arrival + " came before one that was to be taken before it");
            } else if (before != null && place > before + 1) {
                broken.add("order: " + arrival + " came again, without those between it and the one before");
            }
            if (place == next && arrival.taken()) {
                reached.put(arrival.subject(), next + 1);
            }
        }
    }

    private void record() {
        Set<String> delivered = new HashSet<>();
        Map<String, String> events = new HashMap<>();
        evidence.arrivals().forEach(arrival -> events.put(arrival.webhookId(), arrival.eventId()));
        for (Told told : evidence.told()) {
            Integer status = told.status();
            if (status != null && !told.eventId().equals(events.get(told.webhookId()))) {
                broken.add("invented: " + told + " tells of what never came");
            }
            if (status != null && status >= LEAST_TAKEN && status <= MOST_TAKEN) {
                delivered.add(told.eventId());
            }
        }
        for (Wanted event : evidence.wanted()) {
            if (!delivered.contains(event.eventId())) {
                broken.add("untold: the record has no delivery of " + event);
            }
        }
    }
}

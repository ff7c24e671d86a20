package io.fjord.audit;

import io.fjord.contract.Problem.Fault;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a consumer of the record wants to see, as a condition on its rows. */
record EntryFilter(String condition, List<Object> values) {

    private static final Map<String, String> EQUAL = Map.of(
            "actor", "e.actor",
            "domain", "e.domain",
            "type", "e.type",
            "service", "e.service",
            "kind", "e.kind",
            "commandId", "e.command_id",
            "correlationId", "e.correlation_id",
            "outcome", "e.outcome");

    static EntryFilter of(Call call) {
        StringBuilder condition = new StringBuilder("1 = 1");
        List<Object> values = new ArrayList<>();
        List<Fault> faults = new ArrayList<>();
        EQUAL.forEach((parameter, column) -> call.query(parameter).ifPresent(value -> {
            condition.append(" AND ").append(column).append(" = ?");
            values.add(value);
        }));
        call.query("subject").ifPresent(subject -> {
            if (subject.endsWith("*")) {
                condition.append(" AND e.subject LIKE ? ESCAPE '!'");
                values.add(subject.substring(0, subject.length() - 1)
                                .replace("!", "!!")
                                .replace("%", "!%")
                                .replace("_", "!_")
                        + "%");
            } else {
                condition.append(" AND e.subject = ?");
                values.add(subject);
            }
        });
        time(call, "from", "e.time_micros >= ?", condition, values, faults);
        time(call, "to", "e.time_micros < ?", condition, values, faults);
        if (!faults.isEmpty()) {
            throw HttpProblems.invalidRequest(faults);
        }
        return new EntryFilter(condition.toString(), values);
    }

    private static void time(
            Call call, String name, String test, StringBuilder condition, List<Object> values, List<Fault> faults) {
        call.query(name).ifPresent(text -> {
            try {
                Instant time = OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
                condition.append(" AND ").append(test);
                values.add(AuditLog.micros(time));
            } catch (DateTimeParseException e) {
                faults.add(new Fault(name, "must be an RFC 3339 time (2026-11-21T09:00:00Z)"));
            }
        });
    }
}

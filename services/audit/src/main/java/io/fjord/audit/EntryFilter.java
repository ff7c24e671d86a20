package io.fjord.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.fjord.codec.Json;
import io.fjord.contract.Problem.Fault;
import io.fjord.platform.access.Condition;
import io.fjord.platform.access.cel.BadCondition;
import io.fjord.platform.access.cel.CannotBeEvaluated;
import io.fjord.platform.access.cel.Conditions;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a consumer of the record wants to see: the same question as a condition on rows, and of an entry at hand. */
final class EntryFilter {

    private record Field(String column, Function<Entry, @Nullable String> of) {}

    private static final Conditions CONDITIONS = Conditions.ofEntries();
    private static final TypeReference<Map<String, Object>> FIELDS = new TypeReference<>() {};
    private static final Map<String, Field> EQUAL = new LinkedHashMap<>();

    static {
        EQUAL.put("actor", new Field("e.actor", Entry::actor));
        EQUAL.put("domain", new Field("e.domain", Entry::domain));
        EQUAL.put("type", new Field("e.type", Entry::type));
        EQUAL.put("service", new Field("e.service", Entry::service));
        EQUAL.put("kind", new Field("e.kind", Entry::kind));
        EQUAL.put("commandId", new Field("e.command_id", Entry::commandId));
        EQUAL.put("correlationId", new Field("e.correlation_id", Entry::correlationId));
        EQUAL.put("outcome", new Field("e.outcome", Entry::outcome));
    }

    private final StringBuilder condition = new StringBuilder("1 = 1");
    private final List<Object> values = new ArrayList<>();
    private Predicate<Entry> test = entry -> true;

    private EntryFilter() {}

    /** @throws io.fjord.platform.http.ProblemException naming each filter that cannot be understood */
    static EntryFilter of(Call call) {
        EntryFilter filter = new EntryFilter();
        EQUAL.forEach((parameter, field) -> call.query(parameter)
                .ifPresent(value -> filter.and(
                        field.column() + " = ?",
                        value,
                        entry -> value.equals(
                                Objects.requireNonNullElse(field.of().apply(entry), "")))));
        call.query("subject").ifPresent(filter::subject);
        call.query("where").ifPresent(filter::where);
        List<Fault> faults = new ArrayList<>();
        call.query("from").ifPresent(text -> filter.time("from", text, true, faults));
        call.query("to").ifPresent(text -> filter.time("to", text, false, faults));
        if (!faults.isEmpty()) {
            throw HttpProblems.invalidRequest(faults);
        }
        return filter;
    }

    String condition() {
        return condition.toString();
    }

    List<Object> values() {
        return List.copyOf(values);
    }

    boolean matches(Entry entry) {
        return test.test(entry);
    }

    private void and(String part, Object value, Predicate<Entry> and) {
        condition.append(" AND ").append(part);
        values.add(value);
        test = test.and(and);
    }

    /** A condition in CEL, which no database evaluates. What cannot be said of an entry does not choose it. */
    private void where(String expression) {
        try {
            Condition condition = CONDITIONS.compile(expression);
            test = test.and(entry -> holds(condition, entry));
        } catch (BadCondition e) {
            throw HttpProblems.invalidRequest("where", e.told());
        }
    }

    private static boolean holds(Condition condition, Entry entry) {
        try {
            return condition.holds(Map.of("entry", Json.MAPPER.readValue(Json.text(entry), FIELDS)));
        } catch (CannotBeEvaluated e) {
            return false;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An entry is JSON", e);
        }
    }

    private void subject(String wanted) {
        if (!wanted.endsWith("*")) {
            and("e.subject = ?", wanted, entry -> entry.subject().equals(wanted));
            return;
        }
        String prefix = wanted.substring(0, wanted.length() - 1);
        String pattern = prefix.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%";
        and("e.subject LIKE ? ESCAPE '!'", pattern, entry -> entry.subject().startsWith(prefix));
    }

    private void time(String name, String text, boolean from, List<Fault> faults) {
        try {
            // A plus sign that nobody encoded arrives as a space.
            Instant time = OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
            and(
                    from ? "e.time_micros >= ?" : "e.time_micros < ?",
                    AuditLog.micros(time),
                    entry -> from == !entry.time().isBefore(time));
        } catch (DateTimeParseException e) {
            faults.add(new Fault(name, "must be an RFC 3339 time (2026-11-21T09:00:00Z)"));
        }
    }
}

package io.fjord.platform.access.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConditionsTest {

    private static final Conditions POLICIES = Conditions.ofPolicies();

    private static final Map<String, Object> REQUEST = Map.of(
            "actor",
            "user:ana",
            "action",
            "cluster:create",
            "resource",
            Map.of("domain", "default", "kind", "cluster", "name", "etl-1"),
            "context",
            Map.of(
                    "time",
                    Instant.parse("2026-11-21T09:30:00Z"),
                    "address",
                    "10.1.2.3",
                    "tags",
                    Map.of("team", "data"),
                    "cores",
                    16,
                    "ratio",
                    0.5f,
                    "groups",
                    List.of("group:data")));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "actor == 'user:ana'",
                "action == 'cluster:create' && resource.domain == 'default'",
                "resource.name.startsWith('etl-')",
                "context.time.getHours('Europe/Berlin') == 10",
                "context.time < timestamp('2027-01-01T00:00:00Z')",
                "context.address.inNetwork('10.0.0.0/8')",
                "!context.address.inNetwork('192.168.0.0/16')",
                "!context.address.inNetwork('::1/128')",
                "context.cores > 8 && context.cores <= 16.5",
                "context.ratio < 1",
                "'group:data' in context.groups",
                "context.groups.exists(g, g.startsWith('group:'))",
                "has(context.tags.team) && !has(context.purpose)",
                "has(context.purpose) ? context.purpose == 'x' : true",
                "context.purpose == 'x' || actor == 'user:ana'",
                "resource.name.matches('^etl-[0-9]+$')",
            })
    void whatIsTrueHolds(String expression) {
        assertThat(POLICIES.compile(expression).holds(REQUEST)).isTrue();
    }

    @Test
    void whatIsFalseDoesNot() {
        assertThat(POLICIES.compile("context.cores > 16").holds(REQUEST)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "context.purpose == 'x'",
                "context.tags.missing == 'x'",
                "context.address > 5",
                "context.cores.startsWith('1')",
                "context.cores",
                "resource.attributes.owner == 'x'",
                "context.address.inNetwork('nowhere')",
                "1 / (context.cores - 16) > 0",
                "context.groups[7] == 'x'",
            })
    void whatCannotBeEvaluatedFails(String expression) {
        assertThatThrownBy(() -> POLICIES.compile(expression).holds(REQUEST)).isInstanceOf(CannotBeEvaluated.class);
    }

    @Test
    void anAbsentVariableFails() {
        assertThatThrownBy(() -> POLICIES.compile("context.x").holds(Map.of())).isInstanceOf(CannotBeEvaluated.class);
    }

    @Test
    void nullIsAValue() {
        Map<String, Object> given = Map.of("context", Collections.singletonMap("purpose", null));

        assertThat(POLICIES.compile("context.purpose == null").holds(given)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "actor = 'x'                       | 1:7",
                "actor == 5                        | 1:7",
                "who == 'x'                        | 1:1",
                "actor == 'x' && resource.colour   | 1:25",
                "actor                             | 1:1",
                "'a' + 'b'                         | 1:5",
                "actor.doesNot('x')                | 1:14",
            })
    void aBadOneIsRefusedWithItsPosition(String expression, String position) {
        BadCondition bad = catchThrowableOfType(BadCondition.class, () -> POLICIES.compile(expression));

        assertThat(bad).as(expression).isNotNull();
        assertThat(bad.position()).as(bad.getMessage()).isEqualTo(position);
    }

    @Test
    void oneThatIsUnknownSaysWhatIsKnown() {
        assertThatThrownBy(() -> POLICIES.compile("who == 'x'"))
                .hasMessageContaining("action, actor, context, resource");
        assertThatThrownBy(() -> Conditions.ofGuardrails().compile("action == 'x'"))
                .hasMessageContaining("actor, command, context, resource, type");
    }

    @Test
    void costIsBounded() {
        assertThatThrownBy(() -> POLICIES.compile(" ")).isInstanceOf(BadCondition.class);
        assertThatThrownBy(() -> POLICIES.compile("true || ".repeat(600) + "true"))
                .isInstanceOf(BadCondition.class);
        assertThatThrownBy(() -> POLICIES.compile("(".repeat(300) + "true" + ")".repeat(300)))
                .isInstanceOf(BadCondition.class);
        String ten = "[1,2,3,4,5,6,7,8,9,10]";
        String nested = ten + ".all(a, " + ten + ".all(b, " + ten + ".all(c, " + ten + ".all(d, true))))";
        assertThatThrownBy(() -> POLICIES.compile(nested).holds(REQUEST)).isInstanceOf(CannotBeEvaluated.class);
    }
}

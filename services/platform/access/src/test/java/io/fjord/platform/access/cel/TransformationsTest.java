package io.fjord.platform.access.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TransformationsTest {

    private static final Map<String, Object> EVENT = Map.of(
            "type",
            "fjord.core.cluster.ClusterCreated.v1",
            "actor",
            "user:ana",
            "resource",
            Map.of("domain", "default", "kind", "cluster", "name", "etl"),
            "event",
            Map.of("time", Instant.parse("2026-11-22T02:00:00Z")),
            "data",
            Map.of("size", "L", "tags", List.of(1, 2)));

    private final Transformations transformations = Transformations.ofEvents();

    private Object made(String expression) {
        return transformations.compile(expression).of(EVENT);
    }

    @Test
    void it_makes_any_json() {
        assertThat(made("{'text': actor + ' made ' + resource.name, 'tags': data.tags.map(t, t * 2), 'none': null}"))
                .hasToString("{text=user:ana made etl, tags=[2, 4], none=null}");
        assertThat(made("event.time")).isEqualTo("2026-11-22T02:00:00Z");
        assertThat(made("data.size == 'L'")).isEqualTo(true);
        assertThat(made("1.5")).isEqualTo(1.5);
    }

    @Test
    void it_says_what_it_cannot_make() {
        assertThatThrownBy(() -> made("data.colour")).isInstanceOf(CannotBeEvaluated.class);
        assertThatThrownBy(() -> made("{1: 'a'}")).isInstanceOf(CannotBeEvaluated.class);
        assertThatThrownBy(() -> transformations.compile("{'a': ")).isInstanceOf(BadCondition.class);
        assertThatThrownBy(() -> transformations.compile("nobody + 'x'")).isInstanceOf(BadCondition.class);
        assertThatThrownBy(() -> transformations.compile(" ")).isInstanceOf(BadCondition.class);
    }
}

package io.fjord.iam.keycloak;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeenTest {

    @ParameterizedTest
    @ValueSource(strings = {"Ada", "Ada Admin", "Nora van  Noord", " Olaf Old ", "李 小龙", ""})
    void a_name_that_went_to_keycloak_and_came_back_is_the_same(String displayName) {
        ObjectNode row = Json.MAPPER.createObjectNode().put("username", "ada").put("enabled", true);
        KeycloakUser.name(row, displayName);

        Seen seen = KeycloakUser.of(row, Json.MAPPER.createArrayNode()).seen();

        assertThat(seen.isCalled("Ada", displayName)).isTrue();
        assertThat(seen.isCalled("Ada", displayName + " X")).isFalse();
        assertThat(seen.isCalled("eve", displayName)).isFalse();
    }

    @Test
    void who_was_never_looked_at_is_not_known() {
        assertThat(Seen.NOTHING.isKnown()).isFalse();
        assertThat(Json.read(Json.text(Seen.NOTHING), Seen.class)).isEqualTo(Seen.NOTHING);
        Seen seen = new Seen("ada", "Ada", false, Set.of("crew"));
        assertThat(Json.read(Json.text(seen), Seen.class)).isEqualTo(seen);
        assertThat(seen.alone().groups()).isEmpty();
    }
}

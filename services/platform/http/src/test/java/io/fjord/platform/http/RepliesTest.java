package io.fjord.platform.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RepliesTest {

    private final ReplySchemas schemas = new ReplySchemas(Document.of("core"));

    private void check(int status, String json) {
        schemas.check("restore", status, json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_reply_as_the_document_says_passes_and_may_have_more() {
        assertThatCode(() -> check(200, "{\"service\":\"core\",\"position\":\"1:7\",\"more\":1}"))
                .doesNotThrowAnyException();
    }

    @Test
    void any_other_reply_is_named() {
        assertThatThrownBy(() -> check(200, "{\"service\":7}"))
                .hasMessageContaining("restore answers 200 not as its document says")
                .hasMessageContaining("/service")
                .hasMessageContaining("position");
        assertThatThrownBy(() -> check(299, "{}")).hasMessageContaining("of which its document says nothing");
    }
}

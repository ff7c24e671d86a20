package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class CallerAuthenticationTest {

    private final CallerAuthentication authentication = new CallerAuthentication("hush:hush");

    private static String basic(String credential) {
        return "Basic " + Base64.getEncoder().encodeToString(credential.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void the_secret_is_taken_as_a_bearer_token_or_as_a_password() {
        assertThat(authentication.authenticate("Bearer hush:hush")).contains(new Caller("cluster"));
        assertThat(authentication.authenticate("bearer hush:hush")).contains(new Caller("cluster"));
        assertThat(authentication.authenticate(basic("alice:hush:hush"))).contains(new Caller("alice"));
        assertThat(authentication.authenticate(basic(":hush:hush"))).contains(new Caller("cluster"));
    }

    @Test
    void everything_else_is_nobody() {
        assertThat(authentication.authenticate(null)).isEmpty();
        assertThat(authentication.authenticate("")).isEmpty();
        assertThat(authentication.authenticate("Bearer")).isEmpty();
        assertThat(authentication.authenticate("Bearer hush")).isEmpty();
        assertThat(authentication.authenticate("hush:hush")).isEmpty();
        assertThat(authentication.authenticate("Digest hush:hush")).isEmpty();
        assertThat(authentication.authenticate("Basic *")).isEmpty();
        assertThat(authentication.authenticate(basic("hush:hush"))).isEmpty();
        assertThat(authentication.authenticate(basic("alice"))).isEmpty();
    }
}

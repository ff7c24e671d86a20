package io.fjord.core.secret;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.core.secret.SecretCommand;
import io.fjord.contract.core.secret.SecretCommand.CreateSecret;
import io.fjord.contract.core.secret.SecretCommand.DeleteSecret;
import io.fjord.contract.core.secret.SecretCommand.RotateSecret;
import io.fjord.contract.core.secret.SecretEvent;
import io.fjord.contract.core.secret.SecretEvent.SecretCreated;
import io.fjord.contract.core.secret.SecretEvent.SecretDeleted;
import io.fjord.contract.core.secret.SecretEvent.SecretRotated;
import io.fjord.contract.core.secret.SecretReference;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Quota;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecretDeciderTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");

    private final SecretDecider decider = new SecretDecider();
    private Secret state = decider.initial(Address.parse("default/secret/orders"));

    @Test
    void a_secret_is_created_rotated_deleted_and_may_come_again_under_its_id() {
        assertThat(when(new CreateSecret("a", "d", null)))
                .containsExactly(new SecretCreated("id-1", "a", "d", NOW, null));
        assertThat(when(new RotateSecret("b", null))).containsExactly(new SecretRotated("b", NOW, null));
        assertThat(state.secretRef()).isEqualTo("b");
        assertThat(when(new DeleteSecret())).containsExactly(new SecretDeleted());
        assertThat(state.exists()).isFalse();
        assertThat(when(new CreateSecret("c", null, null)))
                .containsExactly(new SecretCreated("id-1", "c", null, NOW, null));
    }

    @Test
    void a_value_may_be_kept_elsewhere_and_come_here_later() {
        SecretReference there =
                new SecretReference(null, new SecretReference.Kubernetes("lakehouse", "orders", "password"));
        assertThat(when(new CreateSecret("", null, there)))
                .containsExactly(new SecretCreated("id-1", "", null, NOW, there));
        assertThat(state.exists()).isTrue();
        when(new RotateSecret("a", null));
        assertThat(state.reference()).isNull();
        assertThat(state.secretRef()).isEqualTo("a");
        when(new RotateSecret("", there));
        when(new DeleteSecret());
        assertThat(state.exists()).isFalse();
    }

    @Test
    void a_name_is_taken_once() {
        when(new CreateSecret("a", null, null));
        assertThat(refused(new CreateSecret("b", null, null))).isEqualTo("secret-already-exists");
    }

    @Test
    void what_is_not_there_can_be_neither_rotated_nor_deleted() {
        assertThat(refused(new RotateSecret("b", null))).isEqualTo("secret-not-found");
        assertThat(refused(new DeleteSecret())).isEqualTo("secret-not-found");
    }

    private List<SecretEvent> when(SecretCommand command) {
        Decision<SecretEvent> decision = decide(command);
        List<SecretEvent> events = ((Decision.Accepted<SecretEvent>) decision).events();
        events.forEach(event -> state = decider.evolve(state, event));
        return events;
    }

    private String refused(SecretCommand command) {
        return ((Decision.Rejected<SecretEvent>) decide(command)).problem().slug();
    }

    private Decision<SecretEvent> decide(SecretCommand command) {
        return decider.decide(command, state, new Context(NOW, () -> "id-1", "user:test", Quota.unlimited("default")));
    }
}

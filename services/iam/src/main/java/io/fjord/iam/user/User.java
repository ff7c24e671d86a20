package io.fjord.iam.user;

import io.fjord.contract.Address;
import io.fjord.contract.iam.user.UserEvent;
import io.fjord.contract.iam.user.UserEvent.UserActivated;
import io.fjord.contract.iam.user.UserEvent.UserArchived;
import io.fjord.contract.iam.user.UserEvent.UserChanged;
import io.fjord.contract.iam.user.UserEvent.UserForgotten;
import io.fjord.contract.iam.user.UserEvent.UserRegistered;
import io.fjord.contract.iam.user.UserEvent.UserSuspended;
import io.fjord.kernel.Thing;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A person who may use Fjord, as the events left them.
 *
 * <pre>
 *   absent ─► active ◄─► suspended
 *                └──► archived ◄──┘
 *                         └──► archived, and forgotten
 * </pre>
 *
 * @param reason why they are suspended
 * @param handedOverTo the actor who got what was theirs, once archived
 * @param forgottenAt since when nothing is known of them but their id
 */
public record User(
        Address address,
        String userName,
        @Nullable String displayName,
        @Nullable String externalId,
        State state,
        @Nullable String reason,
        @Nullable String handedOverTo,
        Instant registeredAt,
        @Nullable Instant forgottenAt)
        implements Thing, UserEvent.Cases<User> {

    /** The name of who is forgotten; as the history shows it. */
    static final String NOBODY = "(forgotten)";

    /** What may happen to them next. */
    public enum State {
        ABSENT,
        ACTIVE,
        SUSPENDED,
        ARCHIVED;

        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }

        public static State of(String label) {
            return valueOf(label.toUpperCase(java.util.Locale.ROOT));
        }
    }

    static User absent(Address address) {
        return new User(address, "", null, null, State.ABSENT, null, null, Instant.EPOCH, null);
    }

    @Override
    public User on(UserRegistered event) {
        return new User(
                address,
                event.userName(),
                event.displayName(),
                event.externalId(),
                State.ACTIVE,
                null,
                null,
                event.registeredAt(),
                null);
    }

    @Override
    public User on(UserChanged event) {
        return new User(
                address,
                event.userName(),
                event.displayName(),
                event.externalId(),
                state,
                reason,
                handedOverTo,
                registeredAt,
                forgottenAt);
    }

    @Override
    public User on(UserSuspended event) {
        return at(State.SUSPENDED, event.reason(), null);
    }

    @Override
    public User on(UserActivated event) {
        return at(State.ACTIVE, null, null);
    }

    @Override
    public User on(UserArchived event) {
        return at(State.ARCHIVED, null, event.handOverTo());
    }

    @Override
    public User on(UserForgotten event) {
        return new User(address, NOBODY, null, null, state, null, handedOverTo, registeredAt, event.forgottenAt());
    }

    public boolean isForgotten() {
        return forgottenAt != null;
    }

    private User at(State next, @Nullable String why, @Nullable String to) {
        return new User(address, userName, displayName, externalId, next, why, to, registeredAt, forgottenAt);
    }
}

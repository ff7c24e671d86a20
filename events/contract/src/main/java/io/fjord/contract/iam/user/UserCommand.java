package io.fjord.contract.iam.user;

import io.fjord.contract.Personal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that can be wished of a person who may use Fjord; its address is {@code platform/user/<id>}. */
public sealed interface UserCommand {

    <R> R match(Cases<R> cases);

    /**
     * Make a person known; done once for each subject of the identity provider.
     *
     * @param externalId the id at whoever provisions users (RFC 7643 §3.1), else null
     */
    record RegisterUser(
            @Personal String userName,
            @Personal @Nullable String displayName,
            @Personal @Nullable String externalId) implements UserCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Replace what is known of the person. */
    record ChangeUser(
            @Personal String userName,
            @Personal @Nullable String displayName,
            @Personal @Nullable String externalId) implements UserCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Refuse the person everywhere, from now on. */
    record SuspendUser(@Personal @Nullable String reason) implements UserCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Let a suspended person in again. */
    record ActivateUser() implements UserCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * The person has left: refused for ever; the id is not given to anybody else.
     *
     * @param handOverTo the actor who gets what is theirs
     */
    record ArchiveUser(@Nullable String handOverTo) implements UserCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * Make what was said of a person who has left unreadable for ever, here and in the record; the id stays.
     *
     * @param confirm the id once more: this cannot be undone
     * @param alsoKnownAs other ids that the identity provider had for them
     */
    record ForgetUser(String confirm, List<String> alsoKnownAs) implements UserCommand {
        public ForgetUser {
            alsoKnownAs = List.copyOf(alsoKnownAs);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(RegisterUser command);

        R on(ChangeUser command);

        R on(SuspendUser command);

        R on(ActivateUser command);

        R on(ArchiveUser command);

        R on(ForgetUser command);
    }
}

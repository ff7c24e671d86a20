package io.fjord.contract.iam.identitysource;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** All that can be wished of where people come from; its address is {@code platform/identity-source/<name>}. */
public sealed interface IdentitySourceCommand {

    <R> R match(Cases<R> cases);

    /** @param secretRef vault row with the password that goes with the bind DN; null for none */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record CreateIdentitySource(
            IdentitySourceSettings settings, @Nullable String secretRef) implements IdentitySourceCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param secretRef as at the creation; null to keep the password there is */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ChangeIdentitySource(
            IdentitySourceSettings settings, @Nullable String secretRef) implements IdentitySourceCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Nobody comes in this way any more; who came stays. */
    record DeleteIdentitySource() implements IdentitySourceCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Read the people and groups of a directory now. */
    record SyncIdentitySource() implements IdentitySourceCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Keycloak has it as the generation wants it; ignored once there is a newer one. */
    record ReportIdentitySourceApplied(long generation) implements IdentitySourceCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** Keycloak does not take it; ignored once there is a newer generation. */
    record ReportIdentitySourceFailed(long generation, String reason) implements IdentitySourceCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /**
     * What a directory had to tell.
     *
     * @param wished which wish it answers, counted by source
     * @param reason why it could not be read; null if it could
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ReportIdentitySourceSynced(
            long wished,
            int added,
            int updated,
            int removed,
            int failed,
            @Nullable String reason) implements IdentitySourceCommand {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(CreateIdentitySource command);

        R on(ChangeIdentitySource command);

        R on(DeleteIdentitySource command);

        R on(SyncIdentitySource command);

        R on(ReportIdentitySourceApplied command);

        R on(ReportIdentitySourceFailed command);

        R on(ReportIdentitySourceSynced command);
    }
}

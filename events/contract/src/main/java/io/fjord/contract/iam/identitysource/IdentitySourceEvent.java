package io.fjord.contract.iam.identitysource;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** All that can have happened to where people come from; its address is {@code platform/identity-source/<name>}. */
public sealed interface IdentitySourceEvent {

    <R> R match(Cases<R> cases);

    /** @param generation counts what is wanted of Keycloak, over deletion and re-creation */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record IdentitySourceCreated(
            String id,
            long generation,
            IdentitySourceSettings settings,
            @Nullable String secretRef,
            Instant createdAt) implements IdentitySourceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record IdentitySourceChanged(
            long generation,
            IdentitySourceSettings settings,
            @Nullable String secretRef) implements IdentitySourceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record IdentitySourceDeleted(long generation) implements IdentitySourceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param wished counts the wishes for it */
    record IdentitySourceSyncWished(long wished) implements IdentitySourceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record IdentitySourceApplied(long generation) implements IdentitySourceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    record IdentitySourceFailed(long generation, String reason) implements IdentitySourceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    /** @param reason why it could not be read; null if it could */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record IdentitySourceSynced(
            long wished,
            int added,
            int updated,
            int removed,
            int failed,
            @Nullable String reason,
            Instant syncedAt) implements IdentitySourceEvent {
        @Override
        public <R> R match(Cases<R> cases) {
            return cases.on(this);
        }
    }

    interface Cases<R> {
        R on(IdentitySourceCreated event);

        R on(IdentitySourceChanged event);

        R on(IdentitySourceDeleted event);

        R on(IdentitySourceSyncWished event);

        R on(IdentitySourceApplied event);

        R on(IdentitySourceFailed event);

        R on(IdentitySourceSynced event);
    }
}

package io.fjord.iam.identitysource;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceSynced;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Ldap;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.MappedGroup;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Saml;
import io.fjord.kernel.Stored;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An identity source as the API shows it: its password is not shown. */
@JsonInclude(JsonInclude.Include.NON_NULL)
record IdentitySourceView(
        String id,
        String name,
        String kind,
        String displayName,
        boolean enabled,
        @Nullable Ldap ldap,
        @Nullable Saml saml,
        List<MappedGroup> groups,
        String state,
        @Nullable String reason,
        @Nullable Sync lastSync,
        Instant createdAt,
        long version) {

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Sync(
            int added,
            int updated,
            int removed,
            int failed,
            @Nullable String reason,
            Instant syncedAt) {

        static @Nullable Sync of(@Nullable IdentitySourceSynced event) {
            return event == null
                    ? null
                    : new Sync(
                            event.added(),
                            event.updated(),
                            event.removed(),
                            event.failed(),
                            event.reason(),
                            event.syncedAt());
        }
    }

    static IdentitySourceView of(Stored<IdentitySource> stored) {
        IdentitySource source = stored.state();
        IdentitySourceSettings settings = source.settings();
        return new IdentitySourceView(
                source.id(),
                source.address().name(),
                settings.kind(),
                settings.displayName(),
                settings.enabled(),
                settings.ldap(),
                settings.saml(),
                settings.groups(),
                source.state(),
                source.state().equals("failed") ? source.failure() : null,
                Sync.of(source.synced()),
                source.createdAt(),
                stored.version());
    }
}

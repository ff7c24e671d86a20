package io.fjord.iam.identitysource;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ChangeIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.CreateIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.DeleteIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceApplied;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceFailed;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceSynced;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.SyncIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Ldap;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.MappedGroup;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Saml;
import io.fjord.iam.Decided;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdentitySourceDeciderTest {

    private static final Ldap LDAP =
            new Ldap("ldaps://ldap.example.test", false, "cn=fjord", "ou=people", "uid", "entryUUID", "ou=groups");
    private static final Saml SAML = new Saml("https://idp.example.test/metadata", null, null, null, "groups");
    private static final IdentitySourceSettings DIRECTORY =
            new IdentitySourceSettings("Corporate", true, LDAP, null, List.of(new MappedGroup("lake", "engineers")));
    private static final IdentitySourceSettings PROVIDER =
            new IdentitySourceSettings("Partner", true, null, SAML, List.of());

    private static final Address ADDRESS = new Address("platform", "identity-source", "corporate");

    private final Decided<IdentitySourceCommand, IdentitySource, IdentitySourceEvent> source =
            new Decided<>(new IdentitySourceDecider(), ADDRESS);

    @Test
    void it_is_pending_until_keycloak_has_answered_to_what_is_wanted_last() {
        source.when(new CreateIdentitySource(DIRECTORY, "ref-1"));
        assertThat(source.state().state()).isEqualTo("pending");
        source.when(new ReportIdentitySourceFailed(1, "no such host"));
        assertThat(source.state().state()).isEqualTo("failed");

        source.when(new ChangeIdentitySource(DIRECTORY, null));
        assertThat(source.state().state()).as("tried again").isEqualTo("pending");
        assertThat(source.state().secretRef()).isEqualTo("ref-1");
        assertThat(source.nothing(new ReportIdentitySourceFailed(1, "too late")))
                .isNotEmpty();
        source.when(new ReportIdentitySourceApplied(2));
        assertThat(source.state().state()).isEqualTo("applied");
        assertThat(source.nothing(new ReportIdentitySourceApplied(2))).isNotEmpty();
        assertThat(source.nothing(new ChangeIdentitySource(DIRECTORY, null))).isNotEmpty();

        source.when(new DeleteIdentitySource());
        assertThat(source.state().secretRef()).isNull();
        assertThat(source.refused(new SyncIdentitySource())).isEqualTo("identity-source-not-found");
        source.when(new ReportIdentitySourceApplied(3));
        source.when(new CreateIdentitySource(PROVIDER, null));
        assertThat(source.state().generation()).isEqualTo(4);
    }

    @Test
    void only_a_directory_can_be_read_and_only_the_last_wish_is_answered() {
        source.when(new CreateIdentitySource(DIRECTORY, null));
        source.when(new SyncIdentitySource());
        source.when(new SyncIdentitySource());
        assertThat(source.nothing(new ReportIdentitySourceSynced(1, 1, 0, 0, 0, null)))
                .isNotEmpty();
        source.when(new ReportIdentitySourceSynced(2, 7, 0, 0, 0, null));
        assertThat(source.state().synced()).isNotNull();

        var provider = new Decided<>(new IdentitySourceDecider(), ADDRESS);
        provider.when(new CreateIdentitySource(PROVIDER, null));
        assertThat(provider.refused(new SyncIdentitySource())).isEqualTo("identity-source-not-synced");
        assertThat(provider.refused(new ChangeIdentitySource(DIRECTORY, null))).isEqualTo("identity-source-invalid");
    }

    @Test
    void all_that_is_wrong_is_named() {
        assertThat(faults(new IdentitySourceSettings("Both", true, LDAP, SAML, List.of())))
                .containsExactly("");
        assertThat(faults(new IdentitySourceSettings(
                        "Wrong",
                        true,
                        new Ldap("http://ldap", true, null, "ou=people", "uid", "entryUUID", null),
                        null,
                        List.of(new MappedGroup("a)(cn=*", "Not A Name")))))
                .containsExactly("/ldap/url", "/ldap/groupsDn", "/groups/0/to", "/groups/0/from");
        assertThat(faults(new IdentitySourceSettings(
                        "Wrong", true, null, new Saml("file:///etc/passwd", null, null, null, null), List.of())))
                .containsExactly("/saml/metadataUrl");
    }

    private List<String> faults(IdentitySourceSettings settings) {
        return source.problem(new CreateIdentitySource(settings, null)).faults().stream()
                .map(Problem.Fault::pointer)
                .toList();
    }
}

package io.fjord.iam.identitysource;

import io.fjord.contract.Address;
import io.fjord.contract.Problem.Fault;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ChangeIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.CreateIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.DeleteIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceApplied;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceFailed;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceSynced;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.SyncIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceApplied;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceChanged;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceCreated;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceDeleted;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceFailed;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceSyncWished;
import io.fjord.contract.iam.identitysource.IdentitySourceEvent.IdentitySourceSynced;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Ldap;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.MappedGroup;
import io.fjord.contract.iam.identitysource.IdentitySourceSettings.Saml;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The rules of an identity source. */
final class IdentitySourceDecider implements Decider<IdentitySourceCommand, IdentitySource, IdentitySourceEvent> {

    @Override
    public IdentitySource initial(Address subject) {
        return IdentitySource.absent(subject);
    }

    @Override
    public IdentitySource evolve(IdentitySource state, IdentitySourceEvent event) {
        return event.match(state);
    }

    @Override
    public Decision<IdentitySourceEvent> decide(IdentitySourceCommand command, IdentitySource state, Context context) {
        return command.match(new Rules(state, context));
    }

    private record Rules(IdentitySource source, Context context)
            implements IdentitySourceCommand.Cases<Decision<IdentitySourceEvent>> {

        @Override
        public Decision<IdentitySourceEvent> on(CreateIdentitySource command) {
            if (source.exists()) {
                return Decision.reject(IdentitySourceProblems.alreadyExists(name()));
            }
            List<Fault> faults = faults(command.settings());
            if (!faults.isEmpty()) {
                return Decision.reject(IdentitySourceProblems.invalid(faults));
            }
            String id = source.id().isEmpty() ? context.newId().get() : source.id();
            return Decision.accept(new IdentitySourceCreated(
                    id, source.generation() + 1, command.settings(), command.secretRef(), context.now()));
        }

        @Override
        public Decision<IdentitySourceEvent> on(ChangeIdentitySource command) {
            if (!source.exists()) {
                return missing();
            }
            List<Fault> faults = faults(command.settings());
            if (!faults.isEmpty()) {
                return Decision.reject(IdentitySourceProblems.invalid(faults));
            }
            String kind = source.settings().kind();
            if (!kind.equals(command.settings().kind())) {
                return Decision.reject(IdentitySourceProblems.otherKind(name(), kind));
            }
            @Nullable
            String secretRef = bound(command.settings())
                    ? command.secretRef() == null ? source.secretRef() : command.secretRef()
                    : null;
            // What failed may be wished again as it is: what was wrong may have been elsewhere.
            boolean same = command.settings().equals(source.settings())
                    && Objects.equals(secretRef, source.secretRef())
                    && source.failure() == null;
            return same
                    ? Decision.noEffect("It is so already")
                    : Decision.accept(
                            new IdentitySourceChanged(source.generation() + 1, command.settings(), secretRef));
        }

        @Override
        public Decision<IdentitySourceEvent> on(DeleteIdentitySource command) {
            return source.exists() ? Decision.accept(new IdentitySourceDeleted(source.generation() + 1)) : missing();
        }

        @Override
        public Decision<IdentitySourceEvent> on(SyncIdentitySource command) {
            if (!source.exists()) {
                return missing();
            }
            return source.settings().kind().equals(IdentitySourceSettings.LDAP)
                    ? Decision.accept(new IdentitySourceSyncWished(source.wished() + 1))
                    : Decision.reject(IdentitySourceProblems.nothingToSync(name()));
        }

        @Override
        public Decision<IdentitySourceEvent> on(ReportIdentitySourceApplied command) {
            return isStale(command.generation())
                    ? Decision.noEffect("Something else is wanted by now")
                    : Decision.accept(new IdentitySourceApplied(command.generation()));
        }

        @Override
        public Decision<IdentitySourceEvent> on(ReportIdentitySourceFailed command) {
            return isStale(command.generation())
                    ? Decision.noEffect("Something else is wanted by now")
                    : Decision.accept(new IdentitySourceFailed(command.generation(), command.reason()));
        }

        @Override
        public Decision<IdentitySourceEvent> on(ReportIdentitySourceSynced command) {
            return command.wished() != source.wished() || !source.exists()
                    ? Decision.noEffect("Another sync was wished by now")
                    : Decision.accept(new IdentitySourceSynced(
                            command.wished(),
                            command.added(),
                            command.updated(),
                            command.removed(),
                            command.failed(),
                            command.reason(),
                            context.now()));
        }

        private boolean isStale(long generation) {
            return generation != source.generation() || source.reported() >= generation;
        }

        private Decision<IdentitySourceEvent> missing() {
            return Decision.reject(IdentitySourceProblems.notFound(name()));
        }

        private String name() {
            return source.address().name();
        }

        private static boolean bound(IdentitySourceSettings settings) {
            Ldap ldap = settings.ldap();
            return ldap != null && ldap.bindDn() != null;
        }

        private static List<Fault> faults(IdentitySourceSettings settings) {
            List<Fault> faults = new ArrayList<>();
            if (settings.kind().isEmpty()) {
                faults.add(new Fault("", "must have one of ldap and saml"));
            }
            Ldap ldap = settings.ldap();
            if (ldap != null && !ldap.url().matches("ldaps?://[^\\s/?#]+/?")) {
                faults.add(new Fault("/ldap/url", "must be ldap://host:port or ldaps://host:port"));
            }
            if (ldap != null && ldap.startTls() && ldap.url().startsWith("ldaps:")) {
                faults.add(new Fault("/ldap/startTls", "ldaps:// is encrypted from the beginning; leave it out"));
            }
            if (ldap != null && ldap.groupsDn() == null && !settings.groups().isEmpty()) {
                faults.add(new Fault("/ldap/groupsDn", "is where the groups are that /groups maps"));
            }
            Saml saml = settings.saml();
            if (saml != null && !saml.metadataUrl().matches("https?://[^\\s]+")) {
                faults.add(new Fault("/saml/metadataUrl", "must be an address, https://host/path"));
            }
            if (saml != null
                    && saml.groupsAttribute() == null
                    && !settings.groups().isEmpty()) {
                faults.add(new Fault("/saml/groupsAttribute", "is where the groups are told that /groups maps"));
            }
            List<MappedGroup> groups = settings.groups();
            for (int i = 0; i < groups.size(); i++) {
                if (!Address.NAME.matcher(groups.get(i).to()).matches()) {
                    faults.add(new Fault("/groups/" + i + "/to", "must be the name of a group here"));
                }
                if (ldap != null && !Address.NAME.matcher(groups.get(i).from()).matches()) {
                    faults.add(new Fault(
                            "/groups/" + i + "/from",
                            "must be lower-case letters, digits and hyphens: a group of a directory is known here under"
                                    + " its own name, too"));
                }
            }
            return faults;
        }
    }
}

package io.fjord.platform.access;

import io.fjord.contract.catalog.asset.AssetCommand;
import io.fjord.contract.catalog.catalog.CatalogCommand;
import io.fjord.contract.catalog.glossary.TermCommand;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.ChangeGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.ChangeGuardrailMode;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.CreateGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.DeleteGuardrail;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.ChangePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.CreatePolicy;
import io.fjord.contract.controlpolicies.policy.PolicyCommand.DeletePolicy;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.pipeline.PipelineCommand;
import io.fjord.contract.core.secret.SecretCommand;
import io.fjord.contract.iam.bundle.BundleCommand;
import io.fjord.contract.iam.grant.GrantCommand;
import io.fjord.contract.iam.group.GroupCommand;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ChangeIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.CreateIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.DeleteIdentitySource;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceApplied;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceFailed;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.ReportIdentitySourceSynced;
import io.fjord.contract.iam.identitysource.IdentitySourceCommand.SyncIdentitySource;
import io.fjord.contract.iam.role.RoleCommand;
import io.fjord.contract.iam.serviceaccount.ServiceAccountCommand;
import io.fjord.contract.iam.token.TokenCommand;
import io.fjord.contract.iam.user.UserCommand;
import io.fjord.contract.ingest.eventstream.EventStreamCommand;
import io.fjord.contract.ingest.schema.SchemaCommand;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which action a command is, by its type on the wire: the same that its operation's document demands at the door. */
public final class CommandActions {

    /** What only Fjord's own services wish: reports of what they saw, and deadlines. */
    public static final String OF_SERVICES = "services";

    private static final Map<String, String> ACTIONS = new HashMap<>();

    static {
        add("core", "cluster", ClusterCommand.CreateCluster.class, "cluster:create");
        add("core", "cluster", ClusterCommand.ResizeCluster.class, "cluster:resize");
        add("core", "cluster", ClusterCommand.StartCluster.class, "cluster:start");
        add("core", "cluster", ClusterCommand.StopCluster.class, "cluster:stop");
        add("core", "cluster", ClusterCommand.DeleteCluster.class, "cluster:delete");
        add("core", "cluster", ClusterCommand.HandOverCluster.class, "cluster:manage");
        add("core", "cluster", ClusterCommand.ReportDriverReady.class, OF_SERVICES);
        add("core", "cluster", ClusterCommand.ReportDriverFailed.class, OF_SERVICES);
        add("core", "cluster", ClusterCommand.ReportDriverStopped.class, OF_SERVICES);
        add("core", "cluster", ClusterCommand.ReportClusterIdle.class, OF_SERVICES);
        add("core", "cluster", ClusterCommand.ExpireClusterState.class, OF_SERVICES);
        all("core", "pipeline", PipelineCommand.class, "pipeline:manage");
        add("core", "pipeline", PipelineCommand.CreatePipeline.class, "pipeline:create");
        add("core", "pipeline", PipelineCommand.StartPipeline.class, "pipeline:use");
        add("core", "pipeline", PipelineCommand.PausePipeline.class, "pipeline:use");
        add("core", "pipeline", PipelineCommand.StopPipeline.class, "pipeline:use");
        add("core", "pipeline", PipelineCommand.DeletePipeline.class, "pipeline:delete");
        add("core", "pipeline", PipelineCommand.ReportPipelineRunning.class, OF_SERVICES);
        add("core", "pipeline", PipelineCommand.ReportPipelineStopped.class, OF_SERVICES);
        add("core", "pipeline", PipelineCommand.ReportPipelineFailed.class, OF_SERVICES);
        add("core", "pipeline", PipelineCommand.ReportPipelineReleased.class, OF_SERVICES);
        add("core", "pipeline", PipelineCommand.ExpirePipelineState.class, OF_SERVICES);
        add("core", "secret", SecretCommand.CreateSecret.class, "secret:create");
        add("core", "secret", SecretCommand.RotateSecret.class, "secret:rotate");
        add("core", "secret", SecretCommand.DeleteSecret.class, "secret:delete");
        add("catalog", "catalog", CatalogCommand.CreateCatalog.class, "catalog:create");
        add("catalog", "catalog", CatalogCommand.ChangeCatalog.class, "catalog:manage");
        add("catalog", "catalog", CatalogCommand.DeleteCatalog.class, "catalog:manage");
        add("catalog", "catalog", CatalogCommand.ReportStorageBroken.class, OF_SERVICES);
        add("catalog", "catalog", CatalogCommand.ReportStorageWorking.class, OF_SERVICES);
        all("catalog", "asset", AssetCommand.class, "asset:manage");
        add("catalog", "asset", AssetCommand.DescribeAsset.class, "asset:write");
        add("catalog", "asset", AssetCommand.ChangeTags.class, "asset:write");
        add("catalog", "asset", AssetCommand.ChangeTerms.class, "asset:write");
        add("catalog", "asset", AssetCommand.RequestClassification.class, "asset:read");
        add("catalog", "asset", AssetCommand.WithdrawClassification.class, "asset:read");
        add("catalog", "glossary", TermCommand.CreateTerm.class, "term:create");
        add("catalog", "glossary", TermCommand.ChangeTerm.class, "term:write");
        add("catalog", "glossary", TermCommand.DeleteTerm.class, "term:delete");
        add("catalog", "glossary", TermCommand.RestoreTerm.class, "term:delete");
        add("ingest", "event-stream", EventStreamCommand.CreateEventStream.class, "event-stream:create");
        add("ingest", "event-stream", EventStreamCommand.ChangeEventStream.class, "event-stream:manage");
        add("ingest", "event-stream", EventStreamCommand.DeleteEventStream.class, "event-stream:delete");
        add("ingest", "event-stream", EventStreamCommand.ReportEventStreamReady.class, OF_SERVICES);
        add("ingest", "event-stream", EventStreamCommand.ReportEventStreamFailed.class, OF_SERVICES);
        add("ingest", "event-stream", EventStreamCommand.ExpireEventStreamState.class, OF_SERVICES);
        add("ingest", "schema", SchemaCommand.RegisterSchema.class, "schema:write");
        add("ingest", "schema", SchemaCommand.ChangeCompatibility.class, "schema:manage");
        add("ingest", "schema", SchemaCommand.DeleteSchema.class, "schema:delete");
        all("iam", "user", UserCommand.class, "user:manage");
        add("iam", "user", UserCommand.ForgetUser.class, "user:forget");
        all("iam", "group", GroupCommand.class, "group:manage");
        all("iam", "service-account", ServiceAccountCommand.class, "service-account:manage");
        add("iam", "service-account", ServiceAccountCommand.CreateServiceAccount.class, "service-account:create");
        all("iam", "token", TokenCommand.class, "token:manage");
        add("iam", "token", TokenCommand.CreateToken.class, "token:create");
        for (Class<?> source : Set.of(
                CreateIdentitySource.class,
                ChangeIdentitySource.class,
                DeleteIdentitySource.class,
                SyncIdentitySource.class)) {
            add("iam", "identity-source", source, "identity-source:manage");
        }
        for (Class<?> report : Set.of(
                ReportIdentitySourceApplied.class,
                ReportIdentitySourceFailed.class,
                ReportIdentitySourceSynced.class)) {
            add("iam", "identity-source", report, OF_SERVICES);
        }
        all("iam", "role", RoleCommand.class, "role:manage");
        all("iam", "bundle", BundleCommand.class, "bundle:manage");
        all("iam", "grant", GrantCommand.class, "grant:manage");
        for (Class<?> policy : Set.of(CreatePolicy.class, ChangePolicy.class, DeletePolicy.class)) {
            add("control-policies", "policy", policy, "policy:manage");
        }
        for (Class<?> guardrail : Set.of(
                CreateGuardrail.class, ChangeGuardrail.class, ChangeGuardrailMode.class, DeleteGuardrail.class)) {
            add("control-policies", "guardrail", guardrail, "guardrail:manage");
        }
        all("webhooks", "subscription", SubscriptionCommand.class, "subscription:manage");
        add("webhooks", "subscription", SubscriptionCommand.CreateSubscription.class, "subscription:create");
        add("webhooks", "subscription", SubscriptionCommand.ExpireOldKeys.class, OF_SERVICES);
        add("webhooks", "subscription", SubscriptionCommand.ReportEndpointGone.class, OF_SERVICES);
        add("webhooks", "subscription", SubscriptionCommand.ReportEndpointDead.class, OF_SERVICES);
    }

    private CommandActions() {}

    private static void all(String service, String capability, Class<?> commands, String action) {
        for (Class<?> command : commands.getPermittedSubclasses()) {
            add(service, capability, command, action);
        }
    }

    private static void add(String service, String capability, Class<?> command, String action) {
        ACTIONS.put("fjord." + service + "." + capability + "." + command.getSimpleName() + ".v1", action);
    }

    /** @param type on the wire */
    public static Optional<String> of(String type) {
        return Optional.ofNullable(ACTIONS.get(type));
    }
}

package io.fjord.controlpolicies;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.controlpolicies.opa.OpaObservation;
import io.fjord.controlpolicies.decision.DecisionRoutes;
import io.fjord.controlpolicies.decision.DecisionStore;
import io.fjord.controlpolicies.guardrail.GuardrailCapability;
import io.fjord.controlpolicies.guardrail.GuardrailRoutes;
import io.fjord.controlpolicies.opa.OpaReports;
import io.fjord.controlpolicies.opa.OpaRoutes;
import io.fjord.controlpolicies.policy.PolicyCapability;
import io.fjord.controlpolicies.policy.PolicyRoutes;
import io.fjord.kernel.Aggregate;
import io.fjord.kernel.Guard;
import io.fjord.kernel.PlatformMessages;
import io.fjord.platform.deciding.DecidingVerticle;
import io.fjord.platform.http.Api;
import io.fjord.platform.kafka.ObservationReader;
import io.fjord.platform.kafka.RecordedCommands;
import io.fjord.platform.kafka.TopicSpec;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** Attribute rules and guardrails. */
public final class ControlPoliciesVerticle extends DecidingVerticle {

    public static final String SERVICE = "control-policies";

    private final ControlPoliciesConfig config;
    private final PolicyCapability policies = new PolicyCapability();
    private final GuardrailCapability guardrails = new GuardrailCapability();
    private DecisionStore decisions;
    private OpaReports reports;

    @SuppressWarnings("NullAway.Init") // opened() makes what needs the database
    public ControlPoliciesVerticle(ControlPoliciesConfig config) {
        super(
                new Places(
                        SERVICE,
                        config.kafka(),
                        config.databaseUrl(),
                        6,
                        config.doorkeeper(),
                        config.host(),
                        config.port()),
                messages(PlatformMessages.types()));
        this.config = config;
    }

    public static MessageTypes messages(MessageTypes types) {
        return GuardrailCapability.messages(PolicyCapability.messages(types)).add(SERVICE, "opa", OpaObservation.class);
    }

    /** Where refusals are told of. */
    @Override
    protected List<TopicSpec> topics() {
        return List.of(TopicSpec.observations("iam"));
    }

    @Override
    protected void opened() {
        decisions = new DecisionStore(database());
        reports = new OpaReports(database(), openObservations(), clock());
    }

    @Override
    protected List<Aggregate<?, ?, ?>> aggregates() {
        return Stream.of(policies, guardrails)
                .<Aggregate<?, ?, ?>>flatMap(capability -> capability.aggregates().stream())
                .toList();
    }

    @Override
    protected List<Guard> guards() {
        return config.guards();
    }

    @Override
    protected Future<?> follow() {
        ObservationReader refusals = new ObservationReader(
                        vertx,
                        config.kafka(),
                        "fjord.control-policies.decisions",
                        "iam",
                        DecisionStore.REFUSED,
                        decisions::add)
                .start();
        onStop(refusals::stop);
        return Future.succeededFuture();
    }

    @Override
    protected Future<?> housekeep(Instant now) {
        return decisions.housekeeping(now).compose(ok -> reports.housekeeping(now));
    }

    @Override
    protected void install(Api api) {
        new PolicyRoutes(commands(), metastore(), reads(), policies, types()).install(api);
        new GuardrailRoutes(
                        commands(),
                        metastore(),
                        reads(),
                        guardrails,
                        types(),
                        new RecordedCommands(vertx, config.kafka()),
                        config.deciding(),
                        config.rego(),
                        clock())
                .install(api);
        new DecisionRoutes(decisions, config.rules()).install(api);
        new OpaRoutes(vertx, config.rules(), reports).install(api);
    }
}

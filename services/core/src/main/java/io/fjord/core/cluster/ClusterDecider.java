package io.fjord.core.cluster;

import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.cluster.ClusterCommand.CreateCluster;
import io.fjord.contract.core.cluster.ClusterCommand.DeleteCluster;
import io.fjord.contract.core.cluster.ClusterCommand.ExpireClusterState;
import io.fjord.contract.core.cluster.ClusterCommand.HandOverCluster;
import io.fjord.contract.core.cluster.ClusterCommand.ReportClusterIdle;
import io.fjord.contract.core.cluster.ClusterCommand.ReportDriverFailed;
import io.fjord.contract.core.cluster.ClusterCommand.ReportDriverReady;
import io.fjord.contract.core.cluster.ClusterCommand.ReportDriverStopped;
import io.fjord.contract.core.cluster.ClusterCommand.ResizeCluster;
import io.fjord.contract.core.cluster.ClusterCommand.StartCluster;
import io.fjord.contract.core.cluster.ClusterCommand.StopCluster;
import io.fjord.contract.core.cluster.ClusterEvent;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterCreated;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterDeleted;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterFailed;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterHandedOver;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterResized;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterRunning;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterStarting;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterStopped;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterStopping;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.core.cluster.ClusterLifecycle.Running;
import io.fjord.core.cluster.ClusterLifecycle.Starting;
import io.fjord.core.cluster.ClusterLifecycle.Stopping;
import io.fjord.kernel.Context;
import io.fjord.kernel.Decider;
import io.fjord.kernel.Decision;
import io.fjord.kernel.Thing;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The rules of a lakehouse cluster. */
final class ClusterDecider implements Decider<ClusterCommand, ClusterDecider.NamedCluster, ClusterEvent> {

    static final String CORES = "cores";
    static final String CLUSTERS = "clusters";

    /** Drivers tried for one generation before the cluster fails. */
    static final int MOST_ATTEMPTS = 5;

    /** A driver that lived so long and died starts a new generation: what broke it was not the start. */
    static final Duration STABLE = Duration.ofMinutes(5);

    private static final Duration START_WITHIN = Duration.ofMinutes(3);
    private static final Duration STOP_WITHIN = Duration.ofSeconds(60);
    private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(30);

    private static final Pattern ACTOR = Pattern.compile("(user|service-account):" + Address.NAME);

    /** A cluster and where it lives; the rules name it in their answers. */
    record NamedCluster(Address address, Cluster cluster) implements Thing {}

    @Override
    public NamedCluster initial(Address subject) {
        return new NamedCluster(subject, Cluster.ABSENT);
    }

    @Override
    public NamedCluster evolve(NamedCluster state, ClusterEvent event) {
        return new NamedCluster(state.address(), event.match(state.cluster()));
    }

    @Override
    public Decision<ClusterEvent> decide(ClusterCommand command, NamedCluster state, Context context) {
        return command.match(new Rules(state.address(), state.cluster(), context));
    }

    @Override
    public Map<String, Long> usage(NamedCluster state) {
        Cluster cluster = state.cluster();
        if (!cluster.exists()) {
            return Map.of();
        }
        long cores = cluster.active() ? cluster.size().cores() : 0;
        return Map.of(CLUSTERS, 1L, CORES, cores);
    }

    @Override
    public Optional<Deadline<ClusterCommand>> deadline(NamedCluster state, long version) {
        if (state.cluster().lifecycle() instanceof Starting starting) {
            return Optional.of(new Deadline<>(starting.deadline(), new ExpireClusterState(starting.deadline())));
        }
        if (state.cluster().lifecycle() instanceof Stopping stopping) {
            return Optional.of(new Deadline<>(stopping.deadline(), new ExpireClusterState(stopping.deadline())));
        }
        return Optional.empty();
    }

    private record Rules(Address address, Cluster cluster, Context context)
            implements ClusterCommand.Cases<Decision<ClusterEvent>> {

        @Override
        public Decision<ClusterEvent> on(CreateCluster command) {
            if (cluster.exists()) {
                return Decision.reject(ClusterProblems.alreadyExists(address.name()));
            }
            if (!context.quota().admits(CLUSTERS, 1)) {
                return Decision.reject(ClusterProblems.quotaExceeded(context.quota(), CLUSTERS, 1));
            }
            if (!context.quota().admits(CORES, command.size().cores())) {
                return overCores(command.size().cores());
            }
            String id = cluster.id().isEmpty() ? context.newId().get() : cluster.id();
            return Decision.accept(
                    new ClusterCreated(
                            id,
                            command.size(),
                            command.secretRef(),
                            command.idleStopSeconds(),
                            context.now(),
                            command.config(),
                            isActor(context.actor()) ? context.actor() : null),
                    start("created"));
        }

        @Override
        public Decision<ClusterEvent> on(ResizeCluster command) {
            if (!cluster.exists()) {
                return missing();
            }
            if (cluster.size() == command.size()) {
                return Decision.noEffect("It has size " + command.size() + " already");
            }
            ClusterSize size = command.size();
            if (cluster.lifecycle() instanceof Starting || cluster.lifecycle() instanceof Running) {
                long more = (long) size.cores() - cluster.size().cores();
                if (!context.quota().admits(CORES, more)) {
                    return overCores(more);
                }
                return Decision.accept(new ClusterResized(size), start("resized"));
            }
            return Decision.accept(new ClusterResized(size));
        }

        @Override
        public Decision<ClusterEvent> on(StartCluster command) {
            if (!cluster.exists()) {
                return missing();
            }
            if (cluster.lifecycle() instanceof Stopping) {
                return Decision.reject(ClusterProblems.stillStopping(address.name()));
            }
            if (cluster.active()) {
                return Decision.noEffect("It is " + cluster.lifecycle().label() + " already");
            }
            if (!context.quota().admits(CORES, cluster.size().cores())) {
                return overCores(cluster.size().cores());
            }
            return Decision.accept(start("requested"));
        }

        @Override
        public Decision<ClusterEvent> on(StopCluster command) {
            if (!cluster.exists()) {
                return missing();
            }
            if (cluster.lifecycle() instanceof Starting || cluster.lifecycle() instanceof Running) {
                return Decision.accept(stop("requested"));
            }
            return Decision.noEffect("It is " + cluster.lifecycle().label() + " already");
        }

        @Override
        public Decision<ClusterEvent> on(DeleteCluster command) {
            return cluster.exists() ? Decision.accept(new ClusterDeleted()) : missing();
        }

        @Override
        public Decision<ClusterEvent> on(HandOverCluster command) {
            if (!cluster.exists()) {
                return missing();
            }
            if (!isActor(command.to())) {
                return Decision.reject(ClusterProblems.badOwner(command.to()));
            }
            return command.to().equals(cluster.owner())
                    ? Decision.noEffect("It is that of " + command.to() + " already")
                    : Decision.accept(new ClusterHandedOver(cluster.owner(), command.to()));
        }

        /** People and programs own clusters; groups and Fjord's own services do not. */
        private static boolean isActor(String text) {
            return ACTOR.matcher(text).matches();
        }

        @Override
        public Decision<ClusterEvent> on(ReportDriverReady command) {
            if (cluster.lifecycle() instanceof Starting starting
                    && cluster.generation() == command.generation()
                    && starting.attempt() == command.attempt()) {
                return Decision.accept(new ClusterRunning(
                        command.generation(), command.attempt(), command.endpoints(), context.now()));
            }
            return stale();
        }

        @Override
        public Decision<ClusterEvent> on(ReportDriverFailed command) {
            if (cluster.generation() != command.generation()) {
                return stale();
            }
            if (cluster.lifecycle() instanceof Starting starting && starting.attempt() == command.attempt()) {
                return again(command);
            }
            if (cluster.lifecycle() instanceof Running running && running.attempt() == command.attempt()) {
                boolean wasStable = running.since().plus(STABLE).isBefore(context.now());
                return wasStable ? Decision.accept(start(command.reason())) : again(command);
            }
            return stale();
        }

        @Override
        public Decision<ClusterEvent> on(ReportDriverStopped command) {
            if (cluster.lifecycle() instanceof Stopping && cluster.generation() == command.generation()) {
                return Decision.accept(new ClusterStopped(command.generation()));
            }
            return stale();
        }

        @Override
        public Decision<ClusterEvent> on(ReportClusterIdle command) {
            Integer after = cluster.idleStopSeconds();
            if (cluster.lifecycle() instanceof Running
                    && cluster.generation() == command.generation()
                    && after != null
                    && command.idleSeconds() >= after) {
                return Decision.accept(stop("idle"));
            }
            return stale();
        }

        @Override
        public Decision<ClusterEvent> on(ExpireClusterState command) {
            if (cluster.lifecycle() instanceof Starting starting
                    && starting.deadline().equals(command.deadline())) {
                return Decision.accept(new ClusterFailed(
                        cluster.generation(),
                        "No driver was ready within " + START_WITHIN.toSeconds()
                                + " seconds; see its log, then start the cluster again"));
            }
            if (cluster.lifecycle() instanceof Stopping stopping
                    && stopping.deadline().equals(command.deadline())) {
                return Decision.accept(new ClusterStopped(cluster.generation()));
            }
            return stale();
        }

        private ClusterEvent start(String reason) {
            Instant now = context.now();
            return new ClusterStarting(cluster.generation() + 1, 1, now, now.plus(START_WITHIN), reason);
        }

        private ClusterEvent stop(String reason) {
            return new ClusterStopping(
                    cluster.generation(), reason, context.now().plus(STOP_WITHIN));
        }

        private Decision<ClusterEvent> again(ReportDriverFailed failed) {
            if (failed.attempt() >= MOST_ATTEMPTS) {
                return Decision.accept(new ClusterFailed(
                        failed.generation(), failed.reason() + " (after " + failed.attempt() + " attempts)"));
            }
            Duration backoff = Duration.ofSeconds(1L << Math.min(failed.attempt(), 5));
            Instant from = context.now().plus(backoff.compareTo(LONGEST_BACKOFF) < 0 ? backoff : LONGEST_BACKOFF);
            return Decision.accept(new ClusterStarting(
                    failed.generation(), failed.attempt() + 1, from, from.plus(START_WITHIN), failed.reason()));
        }

        private Decision<ClusterEvent> missing() {
            return Decision.reject(ClusterProblems.notFound(address.domain(), address.name()));
        }

        private Decision<ClusterEvent> overCores(long more) {
            return Decision.reject(ClusterProblems.quotaExceeded(context.quota(), CORES, more));
        }

        private Decision<ClusterEvent> stale() {
            return Decision.noEffect("It speaks of a state that is gone: the cluster is "
                    + cluster.lifecycle().label() + ", generation " + cluster.generation());
        }
    }
}

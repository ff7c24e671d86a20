package io.fjord.platform.access;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.controlpolicies.policy.PolicyEvent;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterCreated;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterDeleted;
import io.fjord.contract.core.cluster.ClusterEvent.ClusterHandedOver;
import io.fjord.contract.iam.bundle.BundleEvent;
import io.fjord.contract.iam.grant.GrantEvent;
import io.fjord.contract.iam.group.GroupEvent;
import io.fjord.contract.iam.role.RoleEvent;
import io.fjord.contract.iam.serviceaccount.ServiceAccountEvent;
import io.fjord.contract.iam.token.TokenEvent;
import io.fjord.contract.iam.user.UserEvent;
import io.fjord.kernel.Access;
import io.fjord.kernel.AccessChanges;
import io.fjord.kernel.AccessDecision;
import io.fjord.kernel.AccessRequest;
import io.fjord.kernel.Candidates;
import io.fjord.kernel.Journals;
import io.fjord.kernel.Projection;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.platform.kafka.ProjectionRunner;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access rules of this process, kept up to date from the events of iam and control-policies, and from core's of whose things are. Until it has read what there was
 * at its start it refuses everybody but the platform itself.
 */
public final class AccessView implements Access, AccessChanges, KnownRules {

    private static final Logger log = LoggerFactory.getLogger(AccessView.class);

    private static final long PATIENCE_SECONDS = 2;

    private final AccessRules rules;
    private final Map<String, Position> positions = new ConcurrentHashMap<>();
    private volatile String position = "";
    private final List<Waiting> waiting = new ArrayList<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Set<String> services;
    private final MessageTypes types = messages(new MessageTypes());
    private final ProjectionRunner runner;

    /**
     * @param services whose events there are: {@code iam}, {@code control-policies}, {@code core}, or some of them where the others do not run
     * @param conditions compiles the conditions of policies
     */
    public AccessView(
            Vertx vertx,
            KafkaConfig kafka,
            Set<String> services,
            Journals journals,
            Function<String, Condition> conditions,
            Clock clock,
            MeterRegistry metrics) {
        this.services = Set.copyOf(services);
        this.rules = new AccessRules(conditions, clock);
        this.runner = new ProjectionRunner(vertx, kafka, new Fold(), journals, metrics);
    }

    /** The messages the rules are made of. */
    public static MessageTypes messages(MessageTypes types) {
        return types.add("iam", "user", UserEvent.class)
                .add("iam", "group", GroupEvent.class)
                .add("iam", "service-account", ServiceAccountEvent.class)
                .add("iam", "token", TokenEvent.class)
                .add("iam", "role", RoleEvent.class)
                .add("iam", "bundle", BundleEvent.class)
                .add("iam", "grant", GrantEvent.class)
                .add("control-policies", "policy", PolicyEvent.class)
                // Most of what happens to a cluster says nothing of who may what.
                .addOnly("core", "cluster", ClusterCreated.class, ClusterHandedOver.class, ClusterDeleted.class);
    }

    /** Begins to read; a broker that is not there is waited for. */
    public AccessView start() {
        runner.start();
        tellWhenCaughtUp();
        return this;
    }

    private void tellWhenCaughtUp() {
        runner.caughtUp().onSuccess(ok -> {
            log.atInfo().addKeyValue("position", position()).log("Access rules are known");
            listeners.forEach(Runnable::run);
        });
    }

    /** @see ProjectionRunner#caughtUp */
    public Future<Void> caughtUp() {
        return runner.caughtUp();
    }

    /** @see ProjectionRunner#isCaughtUp */
    public boolean isCaughtUp() {
        return runner.isCaughtUp();
    }

    public Future<Void> stop() {
        return runner.stop();
    }

    @Override
    public AccessDecision decide(AccessRequest request) {
        // Before the rules are: what they say of a part counts for nothing, though the rest is there a moment later.
        boolean caughtUp = isCaughtUp();
        AccessDecision decision = rules.decide(request);
        if (decision.allowed() && !caughtUp && !decision.chain().isEmpty()) {
            return new AccessDecision(false, "the grants and policies are not all read yet", List.of(), position);
        }
        return new AccessDecision(decision.allowed(), decision.reason(), decision.chain(), position);
    }

    @Override
    public boolean allows(AccessRequest request) {
        boolean caughtUp = isCaughtUp();
        return rules.allows(request) && (caughtUp || AccessRules.isOfPlatform(request.actor()));
    }

    @Override
    public AccessRequest followed(AccessRequest request) {
        return rules.followed(request);
    }

    @Override
    public Optional<Boolean> uniform(String actor, String action, String domain, String kind) {
        return isCaughtUp() ? rules.uniform(actor, action, domain, kind) : Optional.empty();
    }

    @Override
    public Optional<String> ownerOf(String domain) {
        return rules.ownerOf(domain);
    }

    @Override
    public Optional<Candidates> candidates(String actor, String action, String domain, String kind) {
        return isCaughtUp() ? rules.candidates(actor, action, domain, kind) : Optional.empty();
    }

    private record Waiting(String service, Position position, Promise<Void> known) {}

    @Override
    public Future<Void> known(String service, Position position) {
        Waiting one = new Waiting(service, position, Promise.promise());
        synchronized (waiting) {
            if (isKnown(one)) {
                return Future.succeededFuture();
            }
            waiting.add(one);
        }
        return one.known().future().timeout(PATIENCE_SECONDS, TimeUnit.SECONDS).transform(done -> {
            synchronized (waiting) {
                waiting.remove(one);
            }
            return Future.succeededFuture();
        });
    }

    private boolean isKnown(Waiting one) {
        return !services.contains(one.service())
                || !one.position().isAfter(positions.getOrDefault(one.service(), Position.START));
    }

    private void tell() {
        List<Waiting> reached;
        synchronized (waiting) {
            reached = waiting.stream().filter(this::isKnown).toList();
            waiting.removeAll(reached);
        }
        reached.forEach(one -> one.known().tryComplete());
    }

    @Override
    public Snapshot snapshot() {
        return rules.snapshot();
    }

    /** @see AccessRules#who */
    @Override
    public List<String> who(String action, Address resource) {
        return rules.who(action, resource);
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** @see AccessRules#isActive */
    @Override
    public boolean isActive(String actor) {
        return rules.isActive(actor);
    }

    /** @see AccessRules#token */
    public Optional<PersonalToken> token(String hash) {
        return rules.token(hash);
    }

    /** @see AccessRules#tokenAt */
    public Optional<PersonalToken> tokenAt(Address name) {
        return rules.tokenAt(name);
    }

    /** @see AccessRules#groups */
    public Set<String> groups(String actor) {
        return rules.groups(actor);
    }

    /** How far the rules are known, as {@code control-policies=1:3,iam=1:12}. */
    @Override
    public String position() {
        return position;
    }

    private String written() {
        StringBuilder all = new StringBuilder();
        new TreeMap<>(positions).forEach((service, reached) -> {
            all.append(all.length() == 0 ? "" : ",");
            all.append(service).append('=').append(reached);
        });
        return all.toString();
    }

    private final class Fold implements Projection {

        @Override
        public String name() {
            return "access";
        }

        @Override
        public Set<String> services() {
            return services;
        }

        @Override
        public Future<Position> position(String service) {
            return Future.succeededFuture(positions.getOrDefault(service, Position.START));
        }

        @Override
        public Future<Void> apply(String service, List<EventEnvelope<byte[]>> events) {
            boolean changed = false;
            for (EventEnvelope<byte[]> event : events) {
                if (types.knows(event.type())) {
                    rules.apply(event.subject(), types.read(event.type(), event.data()));
                    changed = true;
                }
                positions.put(service, event.position());
            }
            position = written();
            tell();
            if (changed && isCaughtUp()) {
                listeners.forEach(Runnable::run);
            }
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> reset(String service) {
            switch (service) {
                case "iam" -> rules.forgetGrants();
                case "core" -> rules.forgetOwners();
                default -> rules.forgetPolicies();
            }
            positions.remove(service);
            position = written();
            tellWhenCaughtUp();
            return Future.succeededFuture();
        }
    }
}

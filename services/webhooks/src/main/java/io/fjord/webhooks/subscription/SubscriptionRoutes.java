package io.fjord.webhooks.subscription;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.Problem;
import io.fjord.contract.webhooks.subscription.Signatures;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ChangeSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.CreateSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.DeleteSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.DisableSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.PingSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ReplayEvents;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ResendFailed;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ResumeSubscription;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.RotateSigningKeys;
import io.fjord.contract.webhooks.subscription.SubscriptionTerms;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Vault;
import io.fjord.webhooks.egress.Destinations;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Subscriptions over HTTP. */
public final class SubscriptionRoutes {

    private static final long USUAL_OVERLAP_SECONDS = 24 * 60 * 60;

    private final ThingRoutes<Subscription> routes;
    private final Listing<Subscription> listing;
    private final SubscriptionProblems problems;
    private final Destinations destinations;
    private final Vault vault;

    public SubscriptionRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            SubscriptionCapability capability,
            MessageTypes types,
            Destinations destinations,
            Vault vault) {
        this.listing = capability.listing(metastore, types);
        this.routes = new ThingRoutes<>(commands, metastore, reads, listing, View::of, SubscriptionProblems::notFound);
        this.problems = capability.problems();
        this.destinations = destinations;
        this.vault = vault;
    }

    public void install(Api api) {
        api.on("createSubscription", this::create)
                .on("changeSubscription", this::change)
                .on("deleteSubscription", call -> routes.remove(call, address(call), new DeleteSubscription()))
                .on("getSubscription", call -> routes.get(call, address(call)))
                .on("listSubscriptions", call -> routes.list(call, call.domain()))
                .on("getSubscriptionHistory", call -> routes.history(call, address(call)))
                .on("disableSubscription", this::disable)
                .on("resumeSubscription", call -> wish(call, new ResumeSubscription()))
                .on("rotateSigningKeys", this::rotate)
                .on("pingSubscription", call -> wish(call, new PingSubscription()))
                .on("replayEvents", this::replay)
                .on("resendFailed", this::resendFailed);
    }

    private record Terms(
            @Nullable String name,
            String url,
            List<String> eventTypes,
            @Nullable String filter,
            @Nullable String transformation,
            @Nullable Map<String, String> headers,
            @Nullable Boolean ordered,
            @Nullable Signatures signatures,
            @Nullable String description,
            @Nullable String secret) {

        SubscriptionTerms terms() {
            return new SubscriptionTerms(
                    url,
                    eventTypes,
                    filter,
                    transformation,
                    headers == null ? Map.of() : headers,
                    ordered != null && ordered,
                    signatures == null ? Signatures.SYMMETRIC : signatures,
                    description);
        }
    }

    private record Reason(@Nullable String reason) {}

    private record Rotation(
            @Nullable String secret, @Nullable Long overlapSeconds) {}

    private record ReplayBody(
            @Nullable Map<String, Position> from,
            @Nullable Instant since,
            @Nullable String filter,
            @Nullable String subject) {}

    private record Since(@Nullable Instant since) {}

    // Wishes

    private Future<Reply> create(Call call) {
        Terms body = call.body(Terms.class);
        Address address = new Address(call.domain(), SubscriptionCapability.KIND, String.valueOf(body.name()));
        call.require(address);
        SubscriptionTerms terms = right(body.terms());
        return reachable(terms)
                .compose(ok -> kept(call, body.secret()))
                .compose(keys -> routes.create(
                                call,
                                address,
                                new CreateSubscription(terms, ref(call), keys.publicKey()),
                                "/api/v1/subscriptions/" + address.name())
                        .map(reply -> told(call, reply, keys)));
    }

    private Future<Reply> change(Call call) {
        SubscriptionTerms terms = terms(call);
        call.require(address(call));
        return reachable(terms).compose(ok -> routes.change(call, address(call), new ChangeSubscription(terms)));
    }

    private Future<Reply> disable(Call call) {
        String reason =
                call.body().length() == 0 ? null : call.body(Reason.class).reason();
        return wish(call, new DisableSubscription(reason));
    }

    private Future<Reply> rotate(Call call) {
        Rotation body = call.body().length() == 0 ? new Rotation(null, null) : call.body(Rotation.class);
        call.require(address(call));
        return kept(call, body.secret())
                .compose(keys -> wish(
                                call,
                                new RotateSigningKeys(
                                        ref(call),
                                        keys.publicKey(),
                                        body.overlapSeconds() == null ? USUAL_OVERLAP_SECONDS : body.overlapSeconds()))
                        .map(reply -> told(call, reply, keys)));
    }

    private Future<Reply> replay(Call call) {
        ReplayBody body = call.body(ReplayBody.class);
        Map<String, Position> from = body.from() == null ? Map.of() : body.from();
        Optional<Problem> wrong = SubscriptionProblems.ofReplay(from, body.since(), body.filter());
        if (wrong.isPresent()) {
            return Future.failedFuture(new ProblemException(wrong.get()));
        }
        String subject = body.subject();
        if (subject != null) {
            try {
                Address unused = Address.parse(subject);
            } catch (IllegalArgumentException e) {
                return Future.failedFuture(
                        HttpProblems.invalidRequest("/subject", "must be an address, domain/kind/name"));
            }
        }
        return wish(call, new ReplayEvents(from, body.since(), body.filter(), subject));
    }

    private Future<Reply> resendFailed(Call call) {
        Instant since =
                call.body().length() == 0 ? null : call.body(Since.class).since();
        return wish(call, new ResendFailed(since));
    }

    /** Answers the subscription as the command left it. */
    public Future<Reply> wish(Call call, SubscriptionCommand command) {
        return routes.change(call, address(call), command);
    }

    /** What is subscribed to in the body of a call, if it is right. */
    public SubscriptionTerms terms(Call call) {
        return right(call.body(Terms.class).terms());
    }

    private SubscriptionTerms right(SubscriptionTerms terms) {
        problems.of(terms).ifPresent(wrong -> {
            throw new ProblemException(wrong);
        });
        return terms;
    }

    /** What may never be reached is told now; each delivery looks again. A name that means nothing yet may later. */
    private Future<Void> reachable(SubscriptionTerms terms) {
        return destinations
                .check(terms.url())
                .<Void>mapEmpty()
                .recover(failure -> failure instanceof Destinations.Refused
                        ? Future.failedFuture(new ProblemException(
                                SubscriptionProblems.refused(String.valueOf(failure.getMessage()))))
                        : Future.succeededFuture());
    }

    private static String ref(Call call) {
        return Ids.of("signing-keys", call.commandId());
    }

    /** New keys, in the vault; for a retry those of the first time. Nothing refers to those of a rehearsal, so they expire. */
    private Future<SigningKeys> kept(Call call, @Nullable String secret) {
        Optional<String> fault = secret == null ? Optional.empty() : SigningKeys.fault(secret);
        if (fault.isPresent()) {
            return Future.failedFuture(HttpProblems.invalidRequest("/secret", fault.get()));
        }
        return vault.putIfAbsent(ref(call), SigningKeys.make(secret).forVault())
                .compose(ok -> vault.getText(ref(call)))
                .map(SigningKeys::read)
                .map(keys -> {
                    if (secret != null && !secret.equals(keys.secret())) {
                        throw HttpProblems.idempotencyKeyReused(call.commandId());
                    }
                    return keys;
                });
    }

    /** The secret is told now, whether or not the outcome is waited for, and not again. */
    private static Reply told(Call call, Reply reply, SigningKeys keys) {
        if (call.dryRun()) {
            return reply;
        }
        ObjectNode body = Json.MAPPER.valueToTree(reply.body());
        body.put("secret", keys.secret());
        return new Reply(reply.status(), body, reply.headers()).header("Cache-Control", "no-store");
    }

    // Reads

    private static Address address(Call call) {
        return new Address(call.domain(), SubscriptionCapability.KIND, call.path("name"));
    }

    /** The subscription a call names. */
    public Future<Subscription> one(Call call) {
        Address address = address(call);
        return listing.one(address)
                .map(at -> at.value()
                        .orElseThrow(() -> new ProblemException(SubscriptionProblems.notFound(address)))
                        .state());
    }

    /** Keys as the API shows them. */
    private record KeyView(String publicKey, @Nullable Instant until) {}

    /** A subscription as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String name,
            String domain,
            String url,
            List<String> eventTypes,
            @Nullable String filter,
            @Nullable String transformation,
            Map<String, String> headers,
            boolean ordered,
            Signatures signatures,
            @Nullable String description,
            String owner,
            String publicKey,
            @Nullable KeyView previousKey,
            Subscription.@Nullable Disabled disabled,
            long version,
            Instant createdAt) {

        static View of(Stored<Subscription> stored) {
            Subscription one = stored.state();
            SubscriptionTerms terms = one.terms();
            Subscription.Keys previous = one.previous();
            return new View(
                    one.id(),
                    one.address().name(),
                    one.address().domain(),
                    terms.url(),
                    terms.eventTypes(),
                    terms.filter(),
                    terms.transformation(),
                    terms.headers(),
                    terms.ordered(),
                    terms.signatures(),
                    terms.description(),
                    one.owner(),
                    one.keys().publicKey(),
                    previous == null ? null : new KeyView(previous.publicKey(), one.previousUntil()),
                    one.disabled(),
                    stored.version(),
                    one.createdAt());
        }
    }
}

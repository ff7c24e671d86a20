package io.fjord.webhooks.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.webhooks.subscription.SubscriptionCommand.ResendDelivery;
import io.fjord.contract.webhooks.subscription.SubscriptionTerms;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.Database;
import io.fjord.webhooks.delivery.Endpoint.Standing;
import io.fjord.webhooks.subscription.Subscription;
import io.fjord.webhooks.subscription.SubscriptionCapability;
import io.fjord.webhooks.subscription.SubscriptionProblems;
import io.fjord.webhooks.subscription.SubscriptionRoutes;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What became of deliveries, over HTTP: attempts and answers, where a subscription stands, and what one would have sent. */
public final class DeliveryRoutes {

    private static final int MOST_DAYS = 90;
    private static final int USUAL_DAYS = 7;

    private final Deliveries deliveries;
    private final DeliveryStore store;
    private final SubscriptionRoutes subscriptions;

    public DeliveryRoutes(Deliveries deliveries, Database database, SubscriptionRoutes subscriptions) {
        this.deliveries = deliveries;
        this.store = new DeliveryStore(database);
        this.subscriptions = subscriptions;
    }

    public void install(Api api) {
        api.on("listDeliveries", this::list)
                .on("getDelivery", this::get)
                .on("resendDelivery", this::resend)
                .on("getSubscriptionStanding", this::standing)
                .on("previewSubscription", this::preview);
    }

    /** A delivery as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String webhookId,
            String eventId,
            String eventType,
            String subject,
            String source,
            Position position,
            State state,
            int attempts,
            Instant firstAttemptAt,
            Instant lastAttemptAt,
            @Nullable Instant nextAttemptAt,
            @Nullable List<Attempt> answers) {

        static View of(Subscription subscription, Delivery delivery, boolean whole) {
            return new View(
                    delivery.place().id(),
                    Delivery.webhookId(delivery.eventId(), subscription.id()),
                    delivery.eventId(),
                    delivery.type(),
                    delivery.subject().toString(),
                    delivery.place().source(),
                    delivery.place().position(),
                    delivery.state(),
                    delivery.made(),
                    delivery.first(),
                    delivery.last(),
                    delivery.state() == State.RETRYING ? delivery.due() : null,
                    whole ? delivery.attempts() : null);
        }
    }

    private Future<Reply> list(Call call) {
        State state = call.query("state").map(State::of).orElse(null);
        long now = Instant.now().toEpochMilli() * 1_000 + 999_999;
        Optional<List<String>> cursor = PageToken.cursor(call);
        long before = cursor.map(at -> Long.parseLong(at.get(0))).orElse(now);
        int offset = cursor.map(at -> Integer.parseInt(at.get(1))).orElse(0);
        return subscriptions
                .one(call)
                .compose(subscription -> store.page(subscription.id(), state, before, offset, call.pageSize() + 1)
                        .map(found -> {
                            int[] at = {offset};
                            return Reply.ok(Page.of(
                                            call,
                                            found,
                                            delivery -> List.of(
                                                    Long.toString(before), Integer.toString(at[0] + call.pageSize())))
                                    .map(delivery -> View.of(subscription, delivery, false)));
                        }));
    }

    private Future<Reply> get(Call call) {
        return subscriptions
                .one(call)
                .compose(subscription -> store.one(subscription.id(), place(call))
                        .map(found -> Reply.ok(View.of(
                                subscription,
                                found.orElseThrow(() -> new ProblemException(
                                        SubscriptionProblems.noDelivery(subscription.address(), call.path("id")))),
                                true))));
    }

    private Future<Reply> resend(Call call) {
        Place place = place(call);
        return subscriptions
                .one(call)
                .compose(
                        subscription -> subscriptions.wish(call, new ResendDelivery(place.source(), place.position())));
    }

    private static Place place(Call call) {
        Address subscription = new Address(call.domain(), SubscriptionCapability.KIND, call.path("name"));
        return Place.parse(call.path("id"))
                .orElseThrow(
                        () -> new ProblemException(SubscriptionProblems.noDelivery(subscription, call.path("id"))));
    }

    /** Where a subscription stands, as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record StandingView(
            boolean served,
            Map<String, String> positions,
            long behind,
            int waiting,
            int onTheWay,
            int failuresInARow,
            @Nullable Instant heldUntil,
            @Nullable String held,
            List<String> replays,
            long delivered,
            long retrying,
            long dead) {}

    private Future<Reply> standing(Call call) {
        return subscriptions
                .one(call)
                .compose(subscription -> store.counts(subscription.id()).map(counts -> {
                    Optional<Standing> now = deliveries.standing(subscription.address());
                    return Reply.ok(new StandingView(
                            now.isPresent(),
                            now.map(Standing::positions).orElse(Map.of()),
                            now.map(Standing::behind).orElse(0L),
                            now.map(Standing::waiting).orElse(0),
                            now.map(Standing::onTheWay).orElse(0),
                            now.map(Standing::failuresInARow).orElse(0),
                            now.map(Standing::heldUntil).orElse(null),
                            now.map(Standing::held).orElse(null),
                            now.map(Standing::replays).orElse(List.of()),
                            counts.getOrDefault(State.DELIVERED, 0L),
                            counts.getOrDefault(State.RETRYING, 0L),
                            counts.getOrDefault(State.DEAD, 0L)));
                }));
    }

    // Before it is saved

    /** What a subscription would have sent. */
    private record Previewed(
            Instant since,
            long sent,
            long lookedAt,
            boolean complete,
            Map<String, Long> byType,
            List<Example> examples) {}

    private record Example(
            String eventType,
            String subject,
            Instant time,
            @Nullable Object body) {}

    private Future<Reply> preview(Call call) {
        Address any = new Address(call.domain(), SubscriptionCapability.KIND, "*");
        call.require(any);
        SubscriptionTerms terms = subscriptions.terms(call);
        int days = call.queryInt("days", USUAL_DAYS);
        if (days > MOST_DAYS) {
            return Future.failedFuture(HttpProblems.invalidRequest("days", "must be " + MOST_DAYS + " at most"));
        }
        Preview preview = new Preview(
                deliveries,
                new Wanted(terms),
                subject -> call.may(subject.kind() + ":read", subject),
                Instant.now().minus(Duration.ofDays(days)));
        return preview.run()
                .map(done -> Reply.ok(new Previewed(
                        preview.since(),
                        preview.sent(),
                        preview.lookedAt(),
                        preview.complete(),
                        new TreeMap<>(preview.byType()),
                        preview.examples().stream()
                                .map(one -> new Example(one.type(), one.subject(), one.time(), one.body()))
                                .toList())));
    }
}

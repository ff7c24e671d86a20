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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What became of deliveries, over HTTP: attempts and answers, where a subscription stands, and what one would have sent. */
public final class DeliveryRoutes {

    private static final int MOST_DAYS = 90;
    private static final int USUAL_DAYS = 7;

    private final Supplier<Optional<Deliveries>> deliveries;
    private final JournalSearch search;
    private final DeliveryStore store;
    private final SubscriptionRoutes subscriptions;

    /** @param deliveries empty while another process makes them */
    public DeliveryRoutes(
            Supplier<Optional<Deliveries>> deliveries,
            JournalSearch search,
            Database database,
            SubscriptionRoutes subscriptions) {
        this.deliveries = deliveries;
        this.search = search;
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
        return subscriptions.one(call).compose(subscription -> {
            Optional<Standing> here = deliveries.get().flatMap(now -> now.standing(subscription.address()));
            Future<Standing> known = here.map(Future::succeededFuture).orElseGet(() -> written(subscription.id()));
            return known.compose(now -> store.counts(subscription.id())
                    .map(counts -> Reply.ok(new StandingView(
                            here.isPresent(),
                            now.positions(),
                            now.behind(),
                            now.waiting(),
                            now.onTheWay(),
                            now.failuresInARow(),
                            now.heldUntil(),
                            now.held(),
                            now.replays(),
                            counts.getOrDefault(State.DELIVERED, 0L),
                            counts.getOrDefault(State.RETRYING, 0L),
                            counts.getOrDefault(State.DEAD, 0L)))));
        });
    }

    /** Of what another process makes, what it wrote down is known: at most some seconds old. */
    private Future<Standing> written(String subscriptionId) {
        return store.course(subscriptionId, Course.LIVE)
                .compose(reached -> store.read()
                        .compose(read -> store.replays(subscriptionId)
                                .map(replays -> Standing.written(reached, read, replays))));
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
        Future<Map<String, Position>> ends = deliveries
                .get()
                .map(now -> Future.succeededFuture(now.readTo()))
                .orElseGet(store::read);
        return ends.compose(known -> preview(call, terms, known, Instant.now().minus(Duration.ofDays(days))));
    }

    private Future<Reply> preview(Call call, SubscriptionTerms terms, Map<String, Position> ends, Instant since) {
        Preview preview = new Preview(
                search, ends, new Wanted(terms), subject -> call.may(subject.kind() + ":read", subject), since);
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

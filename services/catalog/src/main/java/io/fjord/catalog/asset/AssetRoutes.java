package io.fjord.catalog.asset;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.catalog.asset.AssetQueries.Card;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Position;
import io.fjord.contract.catalog.asset.AssetCommand;
import io.fjord.contract.catalog.asset.AssetCommand.ApproveClassification;
import io.fjord.contract.catalog.asset.AssetCommand.ChangeOwners;
import io.fjord.contract.catalog.asset.AssetCommand.ChangeTags;
import io.fjord.contract.catalog.asset.AssetCommand.ChangeTerms;
import io.fjord.contract.catalog.asset.AssetCommand.DeprecateAsset;
import io.fjord.contract.catalog.asset.AssetCommand.DescribeAsset;
import io.fjord.contract.catalog.asset.AssetCommand.EndDeprecation;
import io.fjord.contract.catalog.asset.AssetCommand.RejectClassification;
import io.fjord.contract.catalog.asset.AssetCommand.RemoveClassification;
import io.fjord.contract.catalog.asset.AssetCommand.RequestClassification;
import io.fjord.contract.catalog.asset.AssetCommand.ReviewClassification;
import io.fjord.contract.catalog.asset.AssetCommand.WithdrawClassification;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.asset.Notes.Request;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Metastore.At;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.HistoryPage;
import io.fjord.platform.http.Page;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.sql.SqlTx;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The data catalog's entries over HTTP. Who may read a table reads what is said of it; who may change it says something. */
public final class AssetRoutes {

    /** How long what was just created is waited for, before it is said not to be there. */
    private static final int PATIENCE_SECONDS = 3;

    private static final List<String> BEGINNING = List.of("", "");

    private final CommandRoutes commands;
    private final Metastore metastore;
    private final Reads reads;
    private final AssetQueries queries;
    private final Supplier<Future<Position>> folded;
    private final ToLongFunction<String> uses;

    /**
     * @param folded how far the rows of facts are
     * @param uses how often a thing was used lately, by its address
     */
    public AssetRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            AssetCapability capability,
            MessageTypes types,
            Supplier<Future<Position>> folded,
            ToLongFunction<String> uses) {
        this.commands = commands;
        this.metastore = metastore;
        this.reads = reads;
        this.queries = new AssetQueries(metastore, types, capability);
        this.folded = folded;
        this.uses = uses;
    }

    public void install(Api api) {
        api.on("listAssets", this::list)
                .on("getAsset", this::get)
                .on("getAssetHistory", this::history)
                .on("describeAsset", call -> {
                    Description body = call.body(Description.class);
                    return change(call, new DescribeAsset(body.description()));
                })
                .on(
                        "changeAssetOwners",
                        call -> change(
                                call, new ChangeOwners(call.body(Owners.class).owners())))
                .on("changeAssetTags", call -> {
                    Changes body = call.body(Changes.class);
                    return change(call, new ChangeTags(body.added(), body.removed()));
                })
                .on("changeAssetTerms", this::changeTerms)
                .on("deprecateAsset", call -> {
                    Deprecation body = call.body(Deprecation.class);
                    return change(call, new DeprecateAsset(body.note(), body.replacement()));
                })
                .on("endAssetDeprecation", call -> change(call, new EndDeprecation()))
                .on("requestClassification", call -> {
                    Wish body = call.body(Wish.class);
                    return change(call, new RequestClassification(body.classification(), body.reason()));
                })
                .on("reviewClassification", call -> {
                    Opinion body = call.body(Opinion.class);
                    return change(
                            call, new ReviewClassification(call.path("request"), body.recommended(), body.comment()));
                })
                .on(
                        "approveClassification",
                        call -> change(call, new ApproveClassification(call.path("request"), comment(call))))
                .on(
                        "rejectClassification",
                        call -> change(call, new RejectClassification(call.path("request"), comment(call))))
                .on("withdrawClassification", call -> change(call, new WithdrawClassification(call.path("request"))))
                .on("removeClassification", call -> change(call, new RemoveClassification(call.path("classification"))))
                .on("listClassificationRequests", this::requests);
    }

    // Bodies

    private record Description(@Nullable String description) {}

    private record Owners(List<String> owners) {}

    private record Changes(
            @Nullable List<String> add, @Nullable List<String> remove) {

        List<String> added() {
            return Objects.requireNonNullElse(add, List.of());
        }

        List<String> removed() {
            return Objects.requireNonNullElse(remove, List.of());
        }
    }

    private record Deprecation(String note, @Nullable String replacement) {}

    private record Wish(String classification, @Nullable String reason) {}

    private record Opinion(boolean recommended, @Nullable String comment) {}

    private record Comment(@Nullable String comment) {}

    private static @Nullable String comment(Call call) {
        return call.body().length() == 0 ? null : call.body(Comment.class).comment();
    }

    // Changes

    private Future<Reply> change(Call call, AssetCommand command) {
        Address asset = asset(call);
        return known(asset)
                .compose(ok -> commands.submit(
                        call,
                        asset,
                        command,
                        event -> queries.one(asset, Optional.of(event.position()))
                                .map(at -> reply(asset, at))));
    }

    /** What was created a moment ago is known a moment later. */
    private Future<Void> known(Address asset) {
        return queries.one(asset, Optional.empty())
                .compose(found -> found.value().isPresent()
                        ? Future.succeededFuture()
                        : metastore
                                .position()
                                .compose(end -> reads.eventually(
                                        PATIENCE_SECONDS, () -> folded.get().map(at -> !end.isAfter(at))))
                                .mapEmpty());
    }

    private Future<Reply> changeTerms(Call call) {
        Changes body = call.body(Changes.class);
        return missingTerm(call.domain(), body.added())
                .compose(missing -> missing.isPresent()
                        ? Future.failedFuture(
                                new ProblemException(AssetProblems.noSuchTerm(call.domain(), missing.get())))
                        : change(call, new ChangeTerms(body.added(), body.removed())));
    }

    private Future<Optional<String>> missingTerm(String domain, List<String> terms) {
        return metastore
                .snapshot(tx -> SqlTx.of(tx)
                        .queryIn(
                                "SELECT name FROM catalog.term WHERE domain = ? AND state = 'live' AND name IN (??)",
                                terms,
                                domain)
                        .map(rows -> {
                            List<String> there = rows.stream()
                                    .map(row -> row.getString("name"))
                                    .toList();
                            return terms.stream()
                                    .filter(term -> !there.contains(term))
                                    .findFirst();
                        }))
                .map(At::value);
    }

    // Reads

    private Future<Reply> get(Call call) {
        Address asset = asset(call);
        call.require(asset);
        return reads.reached(call)
                .compose(ok -> reads.asOf(call, metastore))
                .compose(asOf -> queries.one(asset, asOf))
                .map(at -> reply(asset, at));
    }

    private Reply reply(Address asset, At<Optional<Card>> at) {
        Card card = at.value().orElseThrow(() -> new ProblemException(AssetProblems.notFound(asset)));
        long count = uses.applyAsLong(card.facts().thing().toString());
        return Reply.ok(AssetView.of(asset, card.facts(), card.said(), card.ofColumns(), count))
                .version(card.said().version())
                .position(metastore.service(), at.position());
    }

    private Future<Reply> history(Call call) {
        Address asset = asset(call);
        call.require(asset);
        return HistoryPage.of(call, reads, metastore, asset, AssetProblems::notFound);
    }

    private Future<Reply> list(Call call) {
        List<String> begin = PageToken.cursor(call).orElse(BEGINNING);
        Predicate<Address> readable = call.those();
        String kind = call.query("kind").orElse(null);
        String parent = call.query("parent").orElse(null);
        boolean dropped = call.queryFlag("dropped");
        return reads.reached(call)
                .compose(ok -> metastore.snapshot(tx -> Page.<Card>sieved(
                        call,
                        card -> readable.test(card.asset()),
                        (last, size) -> queries.page(
                                tx,
                                call.domain(),
                                kind,
                                parent,
                                dropped,
                                last.map(AssetRoutes::place).orElse(begin),
                                size),
                        AssetRoutes::place)))
                .map(at -> Reply.ok(at.value()
                                .map(card -> AssetView.of(card.asset(), card.facts(), card.said(), null, null)))
                        .position(metastore.service(), at.position()));
    }

    private static List<String> place(Card card) {
        return List.of(card.facts().thing().kind(), card.facts().thing().name());
    }

    /** One that waits for a decision. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Waiting(String asset, long version, Request request) {}

    private Future<Reply> requests(Call call) {
        String begin = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        Predicate<Address> readable = call.those();
        return reads.reached(call)
                .compose(ok -> metastore.snapshot(tx -> Page.<Stored<Asset>>sieved(
                        call,
                        stored -> readable.test(stored.state().address()),
                        (last, size) -> queries.requested(
                                tx,
                                call.domain(),
                                last.map(stored -> stored.state().address().name())
                                        .orElse(begin),
                                size),
                        stored -> List.of(stored.state().address().name()))))
                .map(at -> Reply.ok(new Page<>(
                                at.value().items().stream()
                                        .flatMap(stored -> stored.state().notes().requests().stream()
                                                .map(request -> new Waiting(
                                                        stored.state().address().toString(),
                                                        stored.version(),
                                                        request)))
                                        .toList(),
                                at.value().nextPageToken()))
                        .position(metastore.service(), at.position()));
    }

    private static Address asset(Call call) {
        return new AssetName(
                        call.path("kind"),
                        call.path("name"),
                        call.query("column").orElse(null))
                .in(call.domain());
    }
}

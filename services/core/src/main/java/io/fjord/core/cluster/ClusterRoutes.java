package io.fjord.core.cluster;

import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.cluster.ClusterCommand.CreateCluster;
import io.fjord.contract.core.cluster.ClusterCommand.DeleteCluster;
import io.fjord.contract.core.cluster.ClusterCommand.ResizeCluster;
import io.fjord.contract.core.cluster.ClusterCommand.StartCluster;
import io.fjord.contract.core.cluster.ClusterCommand.StopCluster;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
import io.fjord.core.cluster.ClusterLifecycle.Running;
import io.fjord.core.domain.DomainQueries;
import io.fjord.kernel.History;
import io.fjord.kernel.Ids;
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
import io.fjord.platform.sql.Vault;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Clusters over HTTP: wishes become commands, reads come from rows or, as of then, from the journal. */
public final class ClusterRoutes {

    private final CommandRoutes commands;
    private final Metastore metastore;
    private final Reads reads;
    private final Vault vault;
    private final DomainQueries domains;
    private final History<NamedCluster, ?> history;
    private final ClusterQueries clusters;
    private final SecureRandom random = new SecureRandom();

    public ClusterRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            Vault vault,
            DomainQueries domains,
            ClusterCapability capability,
            io.fjord.codec.MessageTypes types) {
        this.commands = commands;
        this.metastore = metastore;
        this.reads = reads;
        this.vault = vault;
        this.domains = domains;
        this.history = new History<>(metastore, types, capability.aggregate());
        this.clusters = new ClusterQueries(metastore, new ClusterStore(vault), history);
    }

    public void install(Api api) {
        api.on("createCluster", this::create)
                .on(
                        "resizeCluster",
                        call -> change(
                                call, new ResizeCluster(call.body(Resize.class).size())))
                .on("startCluster", call -> change(call, new StartCluster()))
                .on("stopCluster", call -> change(call, new StopCluster()))
                .on("deleteCluster", this::delete)
                .on("getCluster", this::get)
                .on("listClusters", this::list)
                .on("getClusterHistory", this::history)
                .on("getClusterCredentials", this::credentials);
    }

    private record Create(
            String name, ClusterSize size, @Nullable Integer idleStopSeconds) {}

    private record Resize(ClusterSize size) {}

    // Wishes

    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        Address address = new Address(call.domain(), ClusterStore.KIND, body.name());
        call.require(address);
        // The same reference for a retry: its secret is written once, and the command comes out equal. A dry run writes
        // it too,
        // so that it decides as the real run would; nothing refers to it, so it expires.
        String secretRef = Ids.of("cluster-secret", call.commandId());
        return inDomain(call)
                .compose(ok -> vault.putIfAbsent(secretRef, newSecret()))
                .compose(ok -> commands.submit(
                        call,
                        address,
                        new CreateCluster(body.size(), secretRef, body.idleStopSeconds()),
                        event -> resource(address, event)
                                .map(reply ->
                                        reply.status(201).header("Location", "/api/v1/clusters/" + address.name()))));
    }

    private byte[] newSecret() {
        byte[] bytes = new byte[24];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encode(bytes);
    }

    private Future<Reply> change(Call call, ClusterCommand command) {
        Address address = address(call);
        return inDomain(call).compose(ok -> commands.submit(call, address, command, event -> resource(address, event)));
    }

    private Future<Reply> delete(Call call) {
        return inDomain(call)
                .compose(ok -> commands.submit(
                        call,
                        address(call),
                        new DeleteCluster(),
                        event -> Future.succeededFuture(
                                Reply.noContent().position(metastore.service(), event.position()))));
    }

    /** The cluster as the command left it: what others did since does not show. */
    private Future<Reply> resource(Address address, EventEnvelope<byte[]> event) {
        return clusters.oneAt(address, event.position()).map(at -> reply(address, at));
    }

    // Reads

    private Future<Reply> get(Call call) {
        Address address = address(call);
        return inDomain(call)
                .compose(ok -> reads.reached(call))
                .compose(ok -> reads.asOf(call, metastore))
                .compose(asOf -> asOf.isPresent() ? clusters.oneAt(address, asOf.get()) : clusters.one(address))
                .map(at -> reply(address, at));
    }

    private Reply reply(Address address, At<Optional<Stored<NamedCluster>>> at) {
        Stored<NamedCluster> stored = at.value().orElseThrow(() -> missing(address));
        return Reply.ok(ClusterView.of(stored)).version(stored.version()).position(metastore.service(), at.position());
    }

    private Future<Reply> list(Call call) {
        String begin = PageToken.cursor(call).map(cursor -> cursor.get(0)).orElse("");
        String state = call.query("state").orElse(null);
        Predicate<Address> visible = call.those();
        Function<BiFunction<String, Integer, Future<List<Stored<NamedCluster>>>>, Future<Page<Stored<NamedCluster>>>>
                page = pieces -> Page.sieved(
                call,
                stored -> visible.test(stored.state().address()),
                (last, size) -> pieces.apply(
                        last.map(stored -> stored.state().address().name()).orElse(begin), size),
                stored -> List.of(stored.state().address().name()));
        return inDomain(call)
                .compose(ok -> reads.reached(call))
                .compose(ok -> reads.asOf(call, metastore))
                .compose(asOf -> asOf.isPresent()
                        ? clusters.pageAt(call.domain(), state, asOf.get(), page)
                        : clusters.page(call.domain(), state, page))
                .map(at -> Reply.ok(at.value().map(ClusterView::of)).position(metastore.service(), at.position()));
    }

    private Future<Reply> history(Call call) {
        return inDomain(call)
                .compose(ok -> HistoryPage.of(
                        call,
                        reads,
                        metastore,
                        address(call),
                        address -> ClusterProblems.notFound(address.domain(), address.name())));
    }

    private Future<Reply> credentials(Call call) {
        Address address = address(call);
        return inDomain(call).compose(ok -> clusters.one(address)).compose(at -> {
            Cluster cluster =
                    at.value().orElseThrow(() -> missing(address)).state().cluster();
            return vault.getText(cluster.secretRef()).map(secret -> {
                Map<String, Object> answer = new LinkedHashMap<>();
                answer.put("secret", secret);
                if (cluster.lifecycle() instanceof Running running) {
                    answer.put("endpoints", running.endpoints());
                }
                return Reply.ok(answer).header("Cache-Control", "no-store");
            });
        });
    }

    private static Address address(Call call) {
        return new Address(call.domain(), ClusterStore.KIND, call.path("name"));
    }

    private Future<Void> inDomain(Call call) {
        return domains.exists(call.domain())
                .compose(there -> there
                        ? Future.succeededFuture()
                        : Future.failedFuture(new ProblemException(DomainQueries.notFound(call.domain()))));
    }

    private static ProblemException missing(Address address) {
        return new ProblemException(ClusterProblems.notFound(address.domain(), address.name()));
    }
}

package io.fjord.core.cluster;

import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.cluster.ClusterCommand.CreateCluster;
import io.fjord.contract.core.cluster.ClusterCommand.DeleteCluster;
import io.fjord.contract.core.cluster.ClusterCommand.HandOverCluster;
import io.fjord.contract.core.cluster.ClusterCommand.ResizeCluster;
import io.fjord.contract.core.cluster.ClusterCommand.StartCluster;
import io.fjord.contract.core.cluster.ClusterCommand.StopCluster;
import io.fjord.contract.core.cluster.ClusterSize;
import io.fjord.contract.core.cluster.ConfigValue;
import io.fjord.core.cluster.ClusterDecider.NamedCluster;
import io.fjord.core.cluster.ClusterLifecycle.Running;
import io.fjord.core.domain.DomainQueries;
import io.fjord.kernel.Ids;
import io.fjord.kernel.Metastore;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Vault;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Clusters over HTTP: wishes become commands, reads come from rows or, as of then, from the journal. */
public final class ClusterRoutes {

    private final Vault vault;
    private final DomainQueries domains;
    private final Listing<NamedCluster> listing;
    private final ThingRoutes<NamedCluster> clusters;
    private final SecureRandom random = new SecureRandom();

    public ClusterRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            Vault vault,
            DomainQueries domains,
            ClusterCapability capability,
            io.fjord.codec.MessageTypes types) {
        this.vault = vault;
        this.domains = domains;
        this.listing = capability.listing(metastore, types);
        this.clusters = new ThingRoutes<>(
                commands,
                metastore,
                reads,
                listing,
                ClusterView::of,
                address -> ClusterProblems.notFound(address.domain(), address.name()));
    }

    public void install(Api api) {
        api.on("createCluster", this::create)
                .on(
                        "resizeCluster",
                        call -> change(
                                call, new ResizeCluster(call.body(Resize.class).size())))
                .on(
                        "handOverCluster",
                        call -> change(
                                call, new HandOverCluster(call.body(Owner.class).owner())))
                .on("startCluster", call -> change(call, new StartCluster()))
                .on("stopCluster", call -> change(call, new StopCluster()))
                .on(
                        "deleteCluster",
                        call -> inDomain(call).compose(ok -> clusters.remove(call, address(call), new DeleteCluster())))
                .on("getCluster", call -> inDomain(call).compose(ok -> clusters.get(call, address(call))))
                .on("listClusters", this::list)
                .on("getClusterHistory", call -> inDomain(call).compose(ok -> clusters.history(call, address(call))))
                .on("getClusterCredentials", this::credentials);
    }

    private record Create(
            String name,
            ClusterSize size,
            @Nullable Integer idleStopSeconds,
            @Nullable Map<String, ConfigValue> config) {}

    private record Owner(String owner) {}

    private record Resize(ClusterSize size) {}

    // Wishes

    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        Address address = new Address(call.domain(), ClusterTable.KIND, body.name());
        call.require(address);
        ClusterConfig.check(call, body.config());
        // The same reference for a retry: its secret is written once, and the command comes out equal. A dry run writes
        // it too,
        // so that it decides as the real run would; nothing refers to it, so it expires.
        String secretRef = Ids.of("cluster-secret", call.commandId());
        return inDomain(call)
                .compose(ok -> vault.putIfAbsent(secretRef, newSecret()))
                .compose(ok -> clusters.create(
                        call,
                        address,
                        new CreateCluster(body.size(), secretRef, body.idleStopSeconds(), body.config()),
                        "/api/v1/clusters/" + address.name()));
    }

    private byte[] newSecret() {
        byte[] bytes = new byte[24];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encode(bytes);
    }

    private Future<Reply> change(Call call, ClusterCommand command) {
        return inDomain(call).compose(ok -> clusters.change(call, address(call), command));
    }

    // Reads

    private Future<Reply> list(Call call) {
        Where<NamedCluster> where = Where.all();
        Optional<String> state = call.query("state");
        if (state.isPresent()) {
            where = where.and(
                    "state = ?",
                    List.of(state.get()),
                    named -> named.cluster().lifecycle().label().equals(state.get()));
        }
        Optional<String> owner = call.query("owner");
        if (owner.isPresent()) {
            where = where.and(
                    "owner = ?",
                    List.of(owner.get()),
                    named -> owner.get().equals(named.cluster().owner()));
        }
        Listing<NamedCluster> wanted = listing.where(where);
        return inDomain(call).compose(ok -> clusters.list(call, call.domain(), wanted));
    }

    private Future<Reply> credentials(Call call) {
        Address address = address(call);
        return inDomain(call).compose(ok -> listing.one(address)).compose(at -> {
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
        return new Address(call.domain(), ClusterTable.KIND, call.path("name"));
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

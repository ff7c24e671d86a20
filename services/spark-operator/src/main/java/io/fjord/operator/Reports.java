package io.fjord.operator;

import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.core.cluster.ClusterCommand;
import io.fjord.contract.core.cluster.ClusterCommand.ReportClusterIdle;
import io.fjord.contract.core.cluster.ClusterCommand.ReportDriverFailed;
import io.fjord.contract.core.cluster.ClusterCommand.ReportDriverReady;
import io.fjord.contract.core.cluster.ClusterCommand.ReportDriverStopped;
import io.fjord.contract.core.cluster.Endpoints;
import io.fjord.kernel.CommandLog;
import io.fjord.kernel.Ids;
import io.vertx.core.Future;
import java.time.Clock;

/** Facts about drivers as commands to core; the id is made of what the fact is about, so telling it twice is telling it once. */
final class Reports {

    private final CommandLog commands;
    private final MessageTypes types;
    private final Clock clock;

    Reports(CommandLog commands, MessageTypes types, Clock clock) {
        this.commands = commands;
        this.types = types;
        this.clock = clock;
    }

    Future<Void> ready(Address cluster, Driver.Key driver, Endpoints endpoints) {
        return send(cluster, driver, "ready", new ReportDriverReady(driver.generation(), driver.attempt(), endpoints));
    }

    Future<Void> failed(Address cluster, Driver.Key driver, String reason) {
        return send(cluster, driver, "failed", new ReportDriverFailed(driver.generation(), driver.attempt(), reason));
    }

    Future<Void> stopped(Address cluster, Driver.Key driver) {
        return send(cluster, driver, "stopped", new ReportDriverStopped(driver.generation()));
    }

    /** @param since when it was last used: one idle time is reported once */
    Future<Void> idle(Address cluster, Driver.Key driver, String since, long seconds) {
        return send(cluster, driver, "idle " + since, new ReportClusterIdle(driver.generation(), seconds));
    }

    private Future<Void> send(Address cluster, Driver.Key driver, String what, ClusterCommand report) {
        String id = Ids.of("report", cluster.toString(), driver.toString(), what);
        return commands.append(
                        "core",
                        new CommandEnvelope<>(
                                id,
                                types.typeOf(report),
                                "spark-operator",
                                clock.instant(),
                                cluster,
                                "service:spark-operator",
                                id,
                                null,
                                null,
                                null,
                                Json.bytes(report)))
                .mapEmpty();
    }
}

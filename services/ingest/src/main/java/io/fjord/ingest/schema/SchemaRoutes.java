package io.fjord.ingest.schema;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.ingest.schema.Compatibility;
import io.fjord.contract.ingest.schema.SchemaCommand.ChangeCompatibility;
import io.fjord.contract.ingest.schema.SchemaCommand.DeleteSchema;
import io.fjord.contract.ingest.schema.SchemaCommand.RegisterSchema;
import io.fjord.contract.ingest.schema.SchemaFormat;
import io.fjord.ingest.schema.EventSchema.Version;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Schemas of events over HTTP. */
public final class SchemaRoutes {

    private final ThingRoutes<EventSchema> routes;

    public SchemaRoutes(
            CommandRoutes commands, Metastore metastore, Reads reads, SchemaCapability capability, MessageTypes types) {
        this.routes = new ThingRoutes<>(
                commands, metastore, reads, capability.listing(metastore, types), View::of, SchemaProblems::notFound);
    }

    public void install(Api api) {
        api.on("registerSchema", this::register)
                .on(
                        "changeSchemaCompatibility",
                        call -> routes.change(
                                call,
                                address(call),
                                new ChangeCompatibility(
                                        call.body(Demanded.class).compatibility())))
                .on("deleteSchema", call -> routes.remove(call, address(call), new DeleteSchema()))
                .on("getSchema", call -> routes.get(call, address(call)))
                .on("listSchemas", call -> routes.list(call, call.domain()))
                .on("getSchemaHistory", call -> routes.history(call, address(call)));
    }

    private record Body(
            String name,
            SchemaFormat format,
            String definition,
            @Nullable Compatibility compatibility) {}

    private record Demanded(Compatibility compatibility) {}

    /** What nobody could ever read does not come onto the log. */
    private Future<Reply> register(Call call) {
        Body body = call.body(Body.class);
        Address address = new Address(call.domain(), SchemaCapability.KIND, body.name());
        call.require(address);
        try {
            Definition.read(body.format(), body.definition());
        } catch (Definition.Unreadable e) {
            throw new ProblemException(SchemaProblems.unreadable(String.valueOf(e.getMessage())));
        }
        return routes.create(
                call,
                address,
                new RegisterSchema(body.format(), body.definition(), body.compatibility()),
                call.path() + "/" + address.name());
    }

    private static Address address(Call call) {
        return new Address(call.domain(), SchemaCapability.KIND, call.path("name"));
    }

    /** A schema as the API shows it. */
    private record View(
            String id,
            String name,
            String domain,
            Compatibility compatibility,
            List<VersionView> versions,
            long version) {

        static View of(Stored<EventSchema> stored) {
            EventSchema schema = stored.state();
            return new View(
                    schema.id(),
                    schema.address().name(),
                    schema.address().domain(),
                    schema.compatibility(),
                    schema.counting().stream().map(VersionView::of).toList(),
                    stored.version());
        }
    }

    private record VersionView(int version, SchemaFormat format, String definition, Instant registeredAt) {

        static VersionView of(Version version) {
            return new VersionView(version.number(), version.format(), version.definition(), version.registeredAt());
        }
    }
}

package io.fjord.controlpolicies.guardrail;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.ChangeGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.ChangeGuardrailMode;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.CreateGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailCommand.DeleteGuardrail;
import io.fjord.contract.controlpolicies.guardrail.GuardrailLanguage;
import io.fjord.contract.controlpolicies.guardrail.GuardrailMode;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Stored;
import io.fjord.platform.access.guardrail.Guardrail;
import io.fjord.platform.access.guardrail.RegoRules;
import io.fjord.platform.access.opa.OpaRegoRules;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.ProblemException;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.kafka.RecordedCommands;
import io.fjord.platform.sql.Listing;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Guardrails over HTTP, and what one would have refused. */
public final class GuardrailRoutes {

    private static final Duration LOOK_BACK = Duration.ofDays(1);

    private final Listing<GuardrailState> guardrails;
    private final ThingRoutes<GuardrailState> routes;
    private final RecordedCommands recorded;
    private final List<String> deciding;
    private final @Nullable OpaRegoRules rego;
    private final Clock clock;

    /**
     * @param deciding the services whose commands a report reads
     * @param rego reads guardrails in Rego; null where there is no OPA
     */
    public GuardrailRoutes(
            CommandRoutes commands,
            Metastore metastore,
            Reads reads,
            GuardrailCapability capability,
            MessageTypes types,
            RecordedCommands recorded,
            List<String> deciding,
            @Nullable OpaRegoRules rego,
            Clock clock) {
        this.guardrails = capability.listing(metastore, types);
        this.routes = new ThingRoutes<>(commands, metastore, reads, guardrails, View::of, GuardrailProblems::notFound);
        this.recorded = recorded;
        this.deciding = List.copyOf(deciding);
        this.rego = rego;
        this.clock = clock;
    }

    public void install(Api api) {
        api.on("createGuardrail", this::create)
                .on("changeGuardrail", this::change)
                .on(
                        "changeGuardrailMode",
                        call -> routes.change(
                                call,
                                address(call),
                                new ChangeGuardrailMode(call.body(Mode.class).mode())))
                .on("deleteGuardrail", call -> routes.remove(call, address(call), new DeleteGuardrail()))
                .on("getGuardrail", call -> routes.get(call, address(call)))
                .on("listGuardrails", call -> routes.list(call, call.domain()))
                .on("getGuardrailHistory", call -> routes.history(call, address(call)))
                .on("getGuardrailReport", this::report);
    }

    private record Body(
            @Nullable String name,
            List<String> commandTypes,
            @Nullable GuardrailLanguage language,
            String expression,
            @Nullable GuardrailMode mode,
            String message,
            @Nullable String description) {

        GuardrailLanguage spoken() {
            return language == null ? GuardrailLanguage.CEL : language;
        }
    }

    private record Mode(GuardrailMode mode) {}

    private Future<Reply> create(Call call) {
        Body body = call.body(Body.class);
        Address address = new Address(call.domain(), GuardrailCapability.KIND, String.valueOf(body.name()));
        return readable(body).compose(ok -> {
            call.require(address);
            return routes.create(
                    call,
                    address,
                    new CreateGuardrail(
                            body.commandTypes(),
                            body.spoken(),
                            body.expression(),
                            body.mode() == null ? GuardrailMode.AUDIT : body.mode(),
                            body.message(),
                            body.description()),
                    call.path() + "/" + address.name());
        });
    }

    private Future<Reply> change(Call call) {
        Body body = call.body(Body.class);
        return readable(body)
                .compose(ok -> routes.change(
                        call,
                        address(call),
                        new ChangeGuardrail(
                                body.commandTypes(),
                                body.spoken(),
                                body.expression(),
                                body.message(),
                                body.description())));
    }

    private static Address address(Call call) {
        return new Address(call.domain(), GuardrailCapability.KIND, call.path("name"));
    }

    /** What nobody could ever evaluate does not come onto the log. */
    private Future<Void> readable(Body body) {
        Optional<Problem> wrong = GuardrailProblems.of(body.commandTypes(), body.spoken(), body.expression());
        if (wrong.isPresent()) {
            return Future.failedFuture(new ProblemException(wrong.get()));
        }
        if (body.spoken() == GuardrailLanguage.CEL) {
            return Future.succeededFuture();
        }
        return rego == null
                ? Future.failedFuture(new ProblemException(GuardrailProblems.regoNeedsOpa()))
                : rego.fault(body.expression())
                        .compose(fault -> fault.isPresent()
                                ? Future.failedFuture(new ProblemException(GuardrailProblems.badRego(fault.get())))
                                : Future.succeededFuture());
    }

    // The report

    private Future<Reply> report(Call call) {
        Address address = address(call);
        Instant from = call.query("from")
                .map(GuardrailRoutes::time)
                .orElseGet(() -> clock.instant().minus(LOOK_BACK));
        return guardrails.one(address).compose(at -> {
            GuardrailState state = at.value()
                    .orElseThrow(() -> new ProblemException(GuardrailProblems.notFound(address)))
                    .state();
            Report report = new Report(
                    new Guardrail(
                            address,
                            state.commandTypes(),
                            state.language(),
                            state.expression(),
                            state.mode(),
                            state.message(),
                            rego == null ? RegoRules.none() : rego),
                    from);
            Future<Void> read = Future.succeededFuture();
            for (String service : deciding) {
                read = read.compose(ok -> recorded.since(service, from, report::add));
            }
            return read.map(ok -> Reply.ok(report.summary()));
        });
    }

    private static Instant time(String text) {
        try {
            // A plus sign that nobody encoded arrives as a space.
            return OffsetDateTime.parse(text.replace(' ', '+')).toInstant();
        } catch (DateTimeParseException e) {
            throw new ProblemException(Problem.of(
                            "invalid-request",
                            400,
                            "The request is not right",
                            "One thing is wrong with it, named under errors. Correct it and send it again.")
                    .withFaults(
                            List.of(new Problem.Fault("from", "must be an RFC 3339 time, as 2026-11-21T09:00:00Z"))));
        }
    }

    /** A guardrail as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String name,
            String domain,
            List<String> commandTypes,
            GuardrailLanguage language,
            String expression,
            GuardrailMode mode,
            String message,
            @Nullable String description,
            long version,
            Instant createdAt) {

        static View of(Stored<GuardrailState> stored) {
            GuardrailState guardrail = stored.state();
            return new View(
                    guardrail.id(),
                    guardrail.address().name(),
                    guardrail.address().domain(),
                    guardrail.commandTypes(),
                    guardrail.language(),
                    guardrail.expression(),
                    guardrail.mode(),
                    guardrail.message(),
                    guardrail.description(),
                    stored.version(),
                    guardrail.createdAt());
        }
    }
}

package io.fjord.catalog.glossary;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.glossary.TermCommand.ChangeTerm;
import io.fjord.contract.catalog.glossary.TermCommand.CreateTerm;
import io.fjord.contract.catalog.glossary.TermCommand.DeleteTerm;
import io.fjord.contract.catalog.glossary.TermCommand.RestoreTerm;
import io.fjord.kernel.Metastore;
import io.fjord.kernel.Stored;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.CommandRoutes;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.fjord.platform.http.ThingRoutes;
import io.fjord.platform.sql.Listing;
import io.fjord.platform.sql.Where;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The glossary over HTTP: a tree of terms. */
public final class TermRoutes {

    private final Listing<Term> terms;
    private final ThingRoutes<Term> routes;

    public TermRoutes(
            CommandRoutes commands, Metastore metastore, Reads reads, TermCapability capability, MessageTypes types) {
        this.terms = new Listing<>(metastore, types, capability.store().rows(), capability.aggregate());
        this.routes = new ThingRoutes<>(commands, metastore, reads, terms, View::of, TermProblems::notFound);
    }

    public void install(Api api) {
        api.on("createTerm", this::create)
                .on("changeTerm", this::change)
                .on("deleteTerm", call -> routes.remove(call, address(call), new DeleteTerm()))
                .on("restoreTerm", call -> routes.change(call, address(call), new RestoreTerm()))
                .on("getTerm", call -> routes.get(call, address(call)))
                .on("getTermHistory", call -> routes.history(call, address(call)))
                .on("listTerms", this::list);
    }

    private record Create(
            String name,
            String title,
            @Nullable String definition,
            @Nullable List<String> synonyms) {}

    private record Change(
            String title,
            @Nullable String definition,
            @Nullable List<String> synonyms) {}

    private Future<Reply> create(Call call) {
        Create body = call.body(Create.class);
        Address address = new Address(call.domain(), Term.KIND, body.name());
        return routes.create(
                call,
                address,
                new CreateTerm(body.title(), body.definition(), Objects.requireNonNullElse(body.synonyms(), List.of())),
                "/api/v1/terms/" + body.name() + (call.domain().equals("default") ? "" : "?domain=" + call.domain()));
    }

    private Future<Reply> change(Call call) {
        Change body = call.body(Change.class);
        return routes.change(
                call,
                address(call),
                new ChangeTerm(
                        body.title(), body.definition(), Objects.requireNonNullElse(body.synonyms(), List.of())));
    }

    private Future<Reply> list(Call call) {
        return call.query("below")
                .map(above -> routes.list(call, call.domain(), terms.where(below(above + "."))))
                .orElseGet(() -> routes.list(call, call.domain()));
    }

    private static Where<Term> below(String beginning) {
        return Where.<Term>all()
                .and(
                        "LEFT(name, ?) = ?",
                        List.of(beginning.length(), beginning),
                        term -> term.address().name().startsWith(beginning));
    }

    private static Address address(Call call) {
        return new Address(call.domain(), Term.KIND, call.path("name"));
    }

    /** A term as the API shows it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record View(
            String id,
            String name,
            String domain,
            @Nullable String parent,
            String title,
            @Nullable String definition,
            List<String> synonyms,
            long version,
            Instant createdAt) {

        static View of(Stored<Term> stored) {
            Term term = stored.state();
            return new View(
                    term.id(),
                    term.address().name(),
                    term.address().domain(),
                    Term.parent(term.address().name()),
                    term.title(),
                    term.definition(),
                    term.synonyms(),
                    stored.version(),
                    term.createdAt());
        }
    }
}

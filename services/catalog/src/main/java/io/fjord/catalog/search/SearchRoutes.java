package io.fjord.catalog.search;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.catalog.asset.Facts;
import io.fjord.catalog.glossary.Term;
import io.fjord.catalog.search.Searching.Found;
import io.fjord.catalog.search.Searching.Hit;
import io.fjord.catalog.search.Searching.Wanted;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.asset.Notes;
import io.fjord.platform.http.Api;
import io.fjord.platform.http.Call;
import io.fjord.platform.http.PageToken;
import io.fjord.platform.http.Reads;
import io.fjord.platform.http.Reply;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Search over HTTP: what is found, and how much there is of what, is what the caller may read. */
public final class SearchRoutes {

    private static final int MOST = 10_000;
    private static final int SHOWN = 300;

    private final String service;
    private final Search search;
    private final Reads reads;
    private final ToLongFunction<String> uses;

    /** @param reads of the index: its position is that of what is found */
    public SearchRoutes(String service, Search search, Reads reads, ToLongFunction<String> uses) {
        this.service = service;
        this.search = search;
        this.reads = reads;
        this.uses = uses;
    }

    public void install(Api api) {
        api.on("search", this::search);
    }

    private Future<Reply> search(Call call) {
        int offset = PageToken.cursor(call)
                .map(cursor -> Integer.parseInt(cursor.get(0)))
                .orElse(0);
        int size = Math.min(call.queryInt("pageSize", 20), MOST - offset);
        Map<String, List<String>> only = new TreeMap<>();
        Documents.FACETS.forEach(facet ->
                call.query(facet).ifPresent(values -> only.put(facet, Arrays.asList(values.split(",", -1)))));
        Wanted wanted = new Wanted(call.query("q").orElse(""), only, readable(call), offset, size);
        return reads.reached(call)
                .compose(ok -> search.search(wanted))
                .map(found -> Reply.ok(new Results(
                                found.hits().stream().map(this::result).toList(),
                                found.total(),
                                found.facets(),
                                next(call, found, offset, size)))
                        .position(service, found.position()));
    }

    /** Of a term, whether one may read terms; of all else, whether one may read what it is. */
    private static Predicate<Address> readable(Call call) {
        Map<String, Predicate<Address>> byKind = new HashMap<>();
        // What it answers with is asked about thing by thing: nothing is too much, also if nothing is found.
        byKind.put("table", call.those("table:read"));
        return thing -> byKind.computeIfAbsent(thing.kind(), kind -> call.those(kind + ":read"))
                .test(thing);
    }

    private static @Nullable String next(Call call, Found found, int offset, int size) {
        int end = offset + size;
        return found.total() > end && end < MOST ? PageToken.of(call, List.of(Integer.toString(end))) : null;
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Results(
            List<Result> items,
            long total,
            Map<String, Map<String, Long>> facets,
            @Nullable String nextPageToken) {}

    /** What was found, short. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Result(
            String type,
            String address,
            @Nullable String asset,
            String domain,
            String name,
            @Nullable String column,
            @Nullable String columnType,
            @Nullable List<String> path,
            @Nullable String title,
            @Nullable String description,
            List<String> owners,
            List<String> tags,
            List<String> terms,
            List<String> classifications,
            boolean deprecated,
            @Nullable Long records,
            @Nullable Long bytes,
            @Nullable Instant dataChangedAt,
            long uses,
            float score) {}

    private Result result(Hit hit) {
        Notes notes = hit.card().notes(hit.column());
        Facts facts = hit.card().facts();
        Term term = hit.card().term();
        Column column = facts == null || hit.column() == null
                ? null
                : facts.columns().stream()
                        .filter(one -> one.name().equals(hit.column()))
                        .findFirst()
                        .orElse(null);
        AssetName asset =
                term == null ? new AssetName(hit.thing().kind(), hit.thing().name(), hit.column()) : null;
        Facts.Size size = facts == null || column != null ? null : facts.size();
        return new Result(
                column != null ? "column" : hit.thing().kind(),
                hit.thing().toString(),
                asset == null ? null : asset.in(hit.thing().domain()).toString(),
                hit.thing().domain(),
                hit.thing().name(),
                hit.column(),
                column == null ? null : column.type(),
                facts == null ? null : facts.path(),
                term == null ? null : term.title(),
                shortened(description(notes, facts, column, term)),
                notes.owners(),
                notes.tags(),
                notes.terms(),
                notes.classifications().stream().map(Notes.Classification::name).toList(),
                notes.deprecation() != null,
                size == null ? null : size.records(),
                size == null ? null : size.bytes(),
                facts == null ? null : facts.dataChangedAt(),
                uses.applyAsLong(hit.thing().toString()),
                hit.score());
    }

    private static @Nullable String description(
            Notes notes, @Nullable Facts facts, @Nullable Column column, @Nullable Term term) {
        if (term != null) {
            return term.definition();
        }
        if (notes.description() != null) {
            return notes.description();
        }
        return column != null
                ? column.doc()
                : facts == null ? null : facts.properties().get("comment");
    }

    private static @Nullable String shortened(@Nullable String text) {
        return text == null || text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}

package io.fjord.catalog.glossary;

import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.platform.sql.Table;
import io.vertx.sqlclient.Row;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Terms as rows of {@code catalog.term}. */
final class TermTable implements Table<Term> {

    @Override
    public String table() {
        return "catalog.term";
    }

    @Override
    public String kind() {
        return Term.KIND;
    }

    @Override
    public List<String> columns() {
        return List.of("id", "state", "title", "definition", "synonyms", "created_micros");
    }

    @Override
    public List<@Nullable Object> values(Term term) {
        return Arrays.asList(
                term.id(),
                term.exists() ? "live" : "deleted",
                term.title(),
                term.definition(),
                Json.text(term.synonyms()),
                Table.micros(term.createdAt()));
    }

    @Override
    public Term read(Address address, Row row) {
        return new Term(
                address,
                row.getString("state").equals("live"),
                row.getString("id"),
                row.getString("title"),
                row.getString("definition"),
                List.of(Json.read(row.getString("synonyms"), String[].class)),
                Table.time(row.getLong("created_micros")),
                false,
                0);
    }

    @Override
    public boolean exists(Term term) {
        return term.exists();
    }

    @Override
    public String existing() {
        return "state = 'live'";
    }
}

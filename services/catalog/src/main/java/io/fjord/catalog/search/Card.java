package io.fjord.catalog.search;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fjord.catalog.asset.Facts;
import io.fjord.catalog.glossary.Term;
import io.fjord.contract.catalog.asset.Notes;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All the index knows of one thing, kept in it: the next event is folded into what is there, so that nothing but events makes it.
 *
 * @param facts of a namespace, table or view; null for a term, and for what is gone while things are said of it
 * @param notes what people say of it
 * @param columns what people say of its columns
 * @param term if it is one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
record Card(
        @Nullable Facts facts,
        @Nullable Notes notes,
        Map<String, Notes> columns,
        @Nullable Term term) {

    static final Card EMPTY = new Card(null, null, Map.of(), null);

    Card facts(@Nullable Facts other) {
        return new Card(other, notes, columns, term);
    }

    Card notes(@Nullable String column, Notes other) {
        Notes said = other.equals(Notes.NONE) ? null : other;
        if (column == null) {
            return new Card(facts, said, columns, term);
        }
        Map<String, Notes> all = new TreeMap<>(columns);
        if (said == null) {
            all.remove(column);
        } else {
            all.put(column, said);
        }
        return new Card(facts, notes, all, term);
    }

    Card term(Term other) {
        return new Card(facts, notes, columns, other);
    }

    Notes notes(@Nullable String column) {
        Notes said = column == null ? notes : columns.get(column);
        return said == null ? Notes.NONE : said;
    }

    boolean isEmpty() {
        return facts == null && notes == null && columns.isEmpty() && term == null;
    }
}

package io.fjord.catalog.search;

import io.fjord.catalog.asset.Facts;
import io.fjord.catalog.glossary.Term;
import io.fjord.codec.Json;
import io.fjord.contract.Address;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.asset.Notes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/** What is written into the index of one thing: a document for itself and one for each of its columns. */
final class Documents {

    /** Of the thing all documents belong to; they are replaced together. */
    static final String THING = "thing";

    /** Of each document by itself. */
    static final String KEY = "key";

    static final String CARD = "card";
    static final String ID = "id";

    /** {@value} {@code 1}: it is there and found; else it is kept for its history alone. */
    static final String THERE = "there";

    static final String COLUMN = "column";
    static final String NAME = "name";
    static final String EXACT = "exact";
    static final String TEXT = "text";
    static final String PARTS = "parts";
    static final String DEPRECATED = "deprecated";

    // What is counted
    static final String TYPE = "type";
    static final String DOMAIN = "domain";
    static final String CATALOG = "catalog";
    static final String TAG = "tag";
    static final String OWNER = "owner";
    static final String TERM = "term";
    static final String CLASSIFICATION = "classification";

    static final List<String> FACETS = List.of(TYPE, DOMAIN, CATALOG, TAG, OWNER, TERM, CLASSIFICATION);

    private Documents() {}

    static List<Document> of(Address thing, Card card) {
        List<Document> all = new ArrayList<>();
        Facts facts = card.facts();
        boolean there = facts != null && facts.isThere();
        if (facts != null && there) {
            for (Column column : facts.columns()) {
                all.add(column(facts, column, card.notes(column.name())));
            }
        }
        all.add(itself(thing, card));
        return all;
    }

    /** Whether the documents of the columns are the same. */
    static boolean haveSameColumns(Card before, Card after) {
        Facts was = before.facts();
        Facts is = after.facts();
        return was != null
                && is != null
                && was.isThere()
                && is.isThere()
                && was.columns().equals(is.columns())
                && was.path().equals(is.path())
                && was.catalog().equals(is.catalog())
                && before.columns().equals(after.columns());
    }

    static Document itself(Address thing, Card card) {
        Facts facts = card.facts();
        Term term = card.term();
        Notes notes = card.notes((String) null);
        boolean there = (facts != null && facts.isThere()) || (term != null && term.exists());
        Document document = begin(thing, thing.toString(), there);
        document.add(new StoredField(CARD, Json.text(card)));
        facet(document, TYPE, thing.kind());
        facet(document, DOMAIN, thing.domain());
        if (facts != null) {
            document.add(new StringField(ID, facts.id(), Store.NO));
            facet(document, CATALOG, facts.catalog());
            name(document, facts.lastName());
            document.add(new StringField(EXACT, lower(thing.name()), Store.NO));
            document.add(new StringField(EXACT, lower(String.join(".", facts.path())), Store.NO));
            document.add(new TextField(PARTS, String.join(" ", facts.path()), Store.NO));
            facts.columns().forEach(column -> document.add(new TextField(PARTS, column.name(), Store.NO)));
            String comment = facts.properties().get("comment");
            if (comment != null) {
                document.add(new TextField(TEXT, comment, Store.NO));
            }
        }
        if (term != null) {
            name(document, term.title());
            document.add(new StringField(EXACT, lower(term.address().name()), Store.NO));
            document.add(new TextField(PARTS, term.address().name(), Store.NO));
            term.synonyms().forEach(synonym -> name(document, synonym));
            if (term.definition() != null) {
                document.add(new TextField(TEXT, term.definition(), Store.NO));
            }
        }
        said(document, notes);
        return document;
    }

    private static Document column(Facts facts, Column column, Notes notes) {
        Document document = begin(facts.thing(), facts.thing() + "#" + column.name(), true);
        document.add(new StoredField(COLUMN, column.name()));
        document.add(new StringField(COLUMN, column.name(), Store.NO));
        facet(document, TYPE, "column");
        facet(document, DOMAIN, facts.thing().domain());
        facet(document, CATALOG, facts.catalog());
        name(document, column.name());
        document.add(new TextField(PARTS, String.join(" ", facts.path()), Store.NO));
        if (column.doc() != null) {
            document.add(new TextField(TEXT, column.doc(), Store.NO));
        }
        said(document, notes);
        return document;
    }

    private static Document begin(Address thing, String key, boolean there) {
        Document document = new Document();
        document.add(new StringField(THING, thing.toString(), Store.YES));
        document.add(new SortedDocValuesField(THING, new BytesRef(thing.toString())));
        document.add(new StringField(KEY, key, Store.YES));
        document.add(new SortedDocValuesField(KEY, new BytesRef(key)));
        document.add(new StringField(THERE, there ? "1" : "0", Store.NO));
        return document;
    }

    private static void name(Document document, String name) {
        document.add(new TextField(NAME, name, Store.NO));
        document.add(new StringField(EXACT, lower(name), Store.NO));
    }

    private static void said(Document document, Notes notes) {
        if (notes.description() != null) {
            document.add(new TextField(TEXT, notes.description(), Store.NO));
        }
        notes.tags().forEach(tag -> labelled(document, TAG, tag));
        notes.owners().forEach(owner -> facet(document, OWNER, owner));
        notes.terms().forEach(term -> labelled(document, TERM, term));
        notes.classifications().forEach(one -> labelled(document, CLASSIFICATION, one.name()));
        document.add(new NumericDocValuesField(DEPRECATED, notes.deprecation() == null ? 0 : 1));
    }

    /** Counted, and found by its words. */
    private static void labelled(Document document, String field, String value) {
        facet(document, field, value);
        document.add(new TextField(PARTS, value, Store.NO));
    }

    private static void facet(Document document, String field, String value) {
        document.add(new StringField(field, value, Store.NO));
        document.add(new SortedSetDocValuesField(field, new BytesRef(value)));
    }

    static String lower(@Nullable String text) {
        return text == null ? "" : text.toLowerCase(Locale.ROOT);
    }
}

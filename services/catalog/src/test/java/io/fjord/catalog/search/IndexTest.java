package io.fjord.catalog.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.catalog.asset.AssetCapability;
import io.fjord.catalog.glossary.TermCapability;
import io.fjord.catalog.iceberg.IcebergCapability;
import io.fjord.catalog.search.Searching.Wanted;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.catalog.Column;
import io.fjord.contract.catalog.EntryName;
import io.fjord.contract.catalog.asset.AssetEvent.AssetDescribed;
import io.fjord.contract.catalog.asset.AssetEvent.TagsChanged;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.glossary.TermEvent.TermCreated;
import io.fjord.contract.catalog.table.SchemaChange;
import io.fjord.contract.catalog.table.TableEvent.TableCommitted;
import io.fjord.contract.catalog.table.TableEvent.TableCreated;
import io.fjord.contract.catalog.table.TableEvent.TableRenamed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.TermsEnum;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index by itself: the same events make the same index, in whatever pieces they come. */
class IndexTest {

    private final MessageTypes types = new MessageTypes();
    private final List<EventEnvelope<String>> journal = new ArrayList<>();

    @TempDir
    Path folder;

    IndexTest() {
        new IcebergCapability().register(types);
        new AssetCapability().register(types);
        new TermCapability().register(types);
    }

    private void happened(Address subject, Object event) {
        long n = journal.size() + 1L;
        journal.add(new EventEnvelope<>(
                "e" + n,
                types.typeOf(event),
                "catalog",
                Instant.ofEpochSecond(n),
                subject,
                new Position(1, n),
                n,
                "user:ana",
                "c",
                null,
                null,
                null,
                null,
                null,
                Json.text(event)));
    }

    private static EntryName name(String table) {
        return new EntryName("default", List.of("sales"), table);
    }

    private void table(String name) {
        EntryName entry = name(name);
        happened(
                entry.in("default", "table"),
                new TableCreated(
                        entry,
                        "id-" + name,
                        "s3://lakehouse/" + name,
                        "s3://lakehouse/" + name + "/m.json",
                        2,
                        List.of(
                                new Column(1, "customerEmail", "string", false, "of the buyer"),
                                new Column(2, "amount", "decimal(10, 2)", true, null)),
                        Map.of(),
                        List.of()));
    }

    private void committed(String name, @Nullable SchemaChange change, Map<String, String> properties) {
        EntryName entry = name(name);
        String at = "s3://lakehouse/" + name + "/m" + journal.size() + ".json";
        happened(
                entry.in("default", "table"),
                new TableCommitted(
                        entry, "id-" + name, at, "", 2, List.of(), List.of(), null, change, properties, List.of()));
    }

    private void some() {
        for (int i = 0; i < 40; i++) {
            table("orders_" + i);
            Address asset = new AssetName("table", "default.sales.orders_" + i, null).in("default");
            happened(asset, new TagsChanged(List.of("tag" + i % 3), List.of()));
            happened(
                    new AssetName("table", "default.sales.orders_" + i, "amount").in("default"),
                    new AssetDescribed("gross number " + i));
            if (i % 3 == 0) {
                committed("orders_" + i, null, Map.of("comment", "of shop " + i));
            }
            if (i % 4 == 0) {
                Column added = new Column(3, "voucher", "string", false, null);
                committed("orders_" + i, new SchemaChange(List.of(added), List.of(), List.of(), List.of()), Map.of());
            }
            if (i % 5 == 0) {
                happened(
                        name("orders_" + i).in("default", "table"),
                        new TableRenamed(name("orders_" + i), name("bookings_" + i), "id-orders_" + i));
            }
        }
        happened(
                new Address("default", "term", "finance.revenue"),
                new TermCreated("t", "Revenue", "what comes in", List.of("turnover"), Instant.EPOCH));
    }

    private static List<String> search(Index index, String text, String type) throws IOException {
        return new Searching(index, thing -> thing.endsWith("_7") ? 1000 : 0)
                        .search(new Wanted(
                                text,
                                type.isEmpty() ? Map.of() : Map.of("type", List.of(type)),
                                address -> true,
                                0,
                                100))
                        .hits()
                        .stream()
                        .map(hit -> hit.thing().name() + (hit.column() == null ? "" : "#" + hit.column()))
                        .toList();
    }

    @Test
    void the_same_events_make_the_same_index_in_whatever_pieces() throws IOException {
        some();
        try (Index whole = Index.open(folder.resolve("a"), types)) {
            whole.apply(journal);
            Map<String, Object> one = contents(whole);
            assertThat(one).hasSizeGreaterThan(100);
            Index pieces = Index.open(folder.resolve("b"), types);
            for (int i = 0; i < 70; i += 7) {
                pieces.apply(journal.subList(i, i + 7));
            }
            // It ends in the middle, and goes on from where it was.
            pieces.close();
            try (Index again = Index.open(folder.resolve("b"), types)) {
                assertThat(again.position()).isEqualTo(new Position(1, 70));
                again.apply(journal.subList(70, journal.size()));
                assertThat(contents(again)).isEqualTo(one);
                assertThat(search(again, "order", "table")).isEqualTo(search(whole, "order", "table"));
                // Made again from the beginning.
                again.clear();
                again.apply(journal);
                assertThat(contents(again)).isEqualTo(one);
                assertThat(seen(again, "order")).isEqualTo(seen(whole, "order"));
            }
        }
    }

    @Test
    void what_was_not_written_when_it_died_is_read_again() throws IOException {
        some();
        Index index = Index.open(folder, types);
        index.apply(journal.subList(0, 20));
        index.commit();
        index.apply(journal.subList(20, 40));
        index.abandon();
        try (Index again = Index.open(folder, types)) {
            assertThat(again.position()).isEqualTo(new Position(1, 20));
            again.apply(journal.subList(20, journal.size()));
            assertThat(search(again, "revenue", "")).containsExactly("finance.revenue");
        }
    }

    @Test
    void words_beginnings_typos_and_use() throws IOException {
        some();
        try (Index index = Index.open(folder, types)) {
            index.apply(journal);
            assertThat(search(index, "orders_7", "table").get(0)).isEqualTo("default.sales.orders_7");
            assertThat(search(index, "orders", "table").get(0)).isEqualTo("default.sales.orders_7");
            assertThat(search(index, "ordrs", "table")).hasSize(32);
            assertThat(search(index, "book", "table")).hasSize(8);
            assertThat(search(index, "customer email", "column")).hasSize(40);
            assertThat(search(index, "gross 8", "")).contains("default.sales.orders_8#amount");
            assertThat(search(index, "turnover", "")).containsExactly("finance.revenue");
            assertThat(search(index, "nothing-of-the-kind", "")).isEmpty();
        }
    }

    @Test
    void what_one_may_not_read_changes_nothing() throws IOException {
        List<String> asked = List.of("orders", "ordrs", "ord", "gross", "customer email", "revenue", "");
        some();
        Map<String, List<Object>> alone = new TreeMap<>();
        try (Index index = Index.open(folder.resolve("alone"), types)) {
            index.apply(journal);
            for (String text : asked) {
                alone.put(text, seen(index, text));
            }
        }
        // Names so near what is asked that the nearest few would be all of a stranger.
        for (char c = 'a'; c <= 'z'; c++) {
            table("hidden_ordr" + c);
            table("hidden_ord" + c + "s");
            table("hidden_or" + c + "rs");
            happened(
                    new AssetName("table", "default.sales.hidden_ordr" + c, null).in("default"),
                    new AssetDescribed("gross orders, revenue"));
        }
        table("hidden_orders");
        try (Index index = Index.open(folder.resolve("among"), types)) {
            index.apply(journal);
            for (String text : asked) {
                assertThat(seen(index, text)).as(text).isEqualTo(alone.get(text));
            }
            assertThat(search(index, "ordrs", "table")).hasSizeGreaterThan(80);
        }
    }

    /** Hits with their scores, how many there are, and of what. */
    private static List<Object> seen(Index index, String text) throws IOException {
        Searching.Found found = new Searching(index, thing -> 0)
                .search(new Wanted(text, Map.of(), thing -> !thing.name().contains("hidden"), 0, 1000));
        assertThat(found.hits()).isNotEmpty();
        return List.of(found.hits(), found.total(), found.facets());
    }

    /** Each document by its key, and the words of each field with what they stand in. */
    private static Map<String, Object> contents(Index index) throws IOException {
        Map<String, Object> all = new TreeMap<>();
        var searcher = index.searchers().acquire();
        try {
            IndexReader reader = searcher.getIndexReader();
            for (LeafReaderContext leaf : reader.leaves()) {
                Map<Integer, String> keys = new TreeMap<>();
                for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
                    if (leaf.reader().getLiveDocs() == null
                            || leaf.reader().getLiveDocs().get(doc)) {
                        var document = leaf.reader().storedFields().document(doc);
                        keys.put(doc, document.get(Documents.KEY));
                        all.put(document.get(Documents.KEY), String.valueOf(document.get(Documents.CARD)));
                    }
                }
                for (var field : leaf.reader().getFieldInfos()) {
                    var terms = leaf.reader().terms(field.name);
                    if (terms == null) {
                        continue;
                    }
                    TermsEnum each = terms.iterator();
                    while (each.next() != null) {
                        String word = field.name + "=" + each.term().utf8ToString();
                        var postings = each.postings(null);
                        while (postings.nextDoc() != org.apache.lucene.search.DocIdSetIterator.NO_MORE_DOCS) {
                            String key = keys.get(postings.docID());
                            if (key != null) {
                                add(all, word, key);
                            }
                        }
                    }
                }
            }
        } finally {
            index.searchers().release(searcher);
        }
        return all;
    }

    @SuppressWarnings("unchecked")
    private static void add(Map<String, Object> all, String word, String key) {
        ((Set<String>) all.computeIfAbsent(word, none -> new TreeSet<String>())).add(key);
    }
}

package io.fjord.catalog.search;

import io.fjord.catalog.asset.Asset;
import io.fjord.catalog.asset.Facts;
import io.fjord.catalog.asset.FactsFold;
import io.fjord.catalog.asset.FactsProjection;
import io.fjord.catalog.glossary.Term;
import io.fjord.codec.Json;
import io.fjord.codec.MessageTypes;
import io.fjord.contract.Address;
import io.fjord.contract.EventEnvelope;
import io.fjord.contract.Position;
import io.fjord.contract.catalog.asset.AssetEvent;
import io.fjord.contract.catalog.asset.AssetName;
import io.fjord.contract.catalog.glossary.TermEvent;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The search index on disk, made of the catalog's events and nothing else. Its position is part of each commit of it: after a
 * crash it goes on from there. Written by one thread, read by any.
 */
final class Index implements Closeable {

    private static final Logger log = LoggerFactory.getLogger(Index.class);

    private static final String POSITION = "position";

    /** What is written has another form: the index is made again. */
    private static final String FORM = "form";

    private static final String THIS_FORM = "1";
    private static final double BUFFER_MEGABYTES = 8;

    private final MessageTypes types;
    private final Directory directory;
    private final IndexWriter writer;
    private final SearcherManager searchers;
    private volatile Position position = Position.START;
    private volatile boolean dirty;

    /** Opens what is there, or begins a new one; what cannot be read is thrown away and made again. */
    static Index open(Path folder, MessageTypes types) throws IOException {
        Files.createDirectories(folder);
        try {
            return new Index(folder, types);
        } catch (IOException | IllegalArgumentException e) {
            log.atWarn().setCause(e).log("The search index cannot be read; it is made again from the events");
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
            }
            return new Index(folder, types);
        }
    }

    private Index(Path folder, MessageTypes types) throws IOException {
        this.types = types;
        this.directory = FSDirectory.open(folder);
        IndexWriterConfig config = new IndexWriterConfig(WordAnalyzer.written())
                .setRAMBufferSizeMB(BUFFER_MEGABYTES)
                .setCommitOnClose(false);
        this.writer = new IndexWriter(directory, config);
        this.searchers = new SearcherManager(writer, new SearcherFactory());
        Map<String, String> said = new HashMap<>();
        Iterable<Map.Entry<String, String>> committed = writer.getLiveCommitData();
        if (committed != null) {
            committed.forEach(entry -> said.put(entry.getKey(), entry.getValue()));
        }
        if (THIS_FORM.equals(said.get(FORM))) {
            position = Position.parse(said.getOrDefault(POSITION, Position.START.toString()));
        } else {
            clear();
        }
    }

    Position position() {
        return position;
    }

    SearcherManager searchers() {
        return searchers;
    }

    /** Forgets all: the events follow from the beginning. */
    void clear() throws IOException {
        writer.deleteAll();
        searchers.maybeRefreshBlocking();
        position = Position.START;
        dirty = true;
    }

    /** The next events of the journal, dense and in order; visible to searches when it returns. */
    void apply(List<EventEnvelope<String>> events) throws IOException {
        if (events.isEmpty()) {
            return;
        }
        Map<Address, Card> cards = new HashMap<>();
        Map<Address, Card> found = new HashMap<>();
        Map<Address, Facts> facts = new HashMap<>();
        Set<Address> touched = new LinkedHashSet<>();
        FactsFold fold = new FactsFold(facts);
        IndexSearcher searcher = searchers.acquire();
        try {
            for (EventEnvelope<String> envelope : events) {
                if (!types.knows(envelope.type())) {
                    continue;
                }
                if (FactsProjection.isOfMetastore(envelope.type())) {
                    Object event = types.read(envelope.type(), envelope.data());
                    Set<Address> its = new LinkedHashSet<>(FactsFold.touched(envelope.subject(), event));
                    String id = FactsFold.dropped(event);
                    if (id != null) {
                        its.addAll(withId(searcher, id));
                    }
                    for (Address thing : its) {
                        if (touched.add(thing)) {
                            Facts before = card(searcher, cards, found, thing).facts();
                            if (before != null) {
                                facts.put(thing, before);
                            }
                        }
                    }
                    fold.apply(envelope, event);
                } else if (envelope.subject().kind().equals(AssetName.KIND) && envelope.version() != null) {
                    said(searcher, cards, found, envelope);
                } else if (envelope.subject().kind().equals(Term.KIND) && envelope.version() != null) {
                    Card before = card(searcher, cards, found, envelope.subject());
                    Term term = before.term() == null ? Term.none(envelope.subject()) : before.term();
                    TermEvent event = (TermEvent) types.read(envelope.type(), envelope.data());
                    cards.put(envelope.subject(), before.term(event.match(term)));
                }
            }
        } finally {
            searchers.release(searcher);
        }
        touched.addAll(facts.keySet());
        for (Address thing : touched) {
            cards.put(thing, cards.getOrDefault(thing, Card.EMPTY).facts(facts.get(thing)));
        }
        for (Map.Entry<Address, Card> entry : cards.entrySet()) {
            write(entry.getKey(), found.getOrDefault(entry.getKey(), Card.EMPTY), entry.getValue());
        }
        position = events.get(events.size() - 1).position();
        dirty = true;
        searchers.maybeRefreshBlocking();
    }

    private void said(
            IndexSearcher searcher, Map<Address, Card> cards, Map<Address, Card> found, EventEnvelope<String> envelope)
            throws IOException {
        Address thing = AssetName.thing(envelope.subject());
        String column = AssetName.of(envelope.subject()).column();
        Card before = card(searcher, cards, found, thing);
        AssetEvent event = (AssetEvent) types.read(envelope.type(), envelope.data());
        Asset after = event.match(new Asset(envelope.subject(), true, before.notes(column)));
        cards.put(thing, before.notes(column, after.notes()));
    }

    private void write(Address thing, Card before, Card card) throws IOException {
        org.apache.lucene.index.Term of = new org.apache.lucene.index.Term(Documents.THING, thing.toString());
        if (card.isEmpty()) {
            writer.deleteDocuments(of);
        } else if (Documents.haveSameColumns(before, card)) {
            // As most commits leave them.
            writer.updateDocument(
                    new org.apache.lucene.index.Term(Documents.KEY, thing.toString()), Documents.itself(thing, card));
        } else {
            writer.updateDocuments(of, Documents.of(thing, card));
        }
    }

    /** @param found cards as they are in the index */
    private static Card card(IndexSearcher searcher, Map<Address, Card> cards, Map<Address, Card> found, Address thing)
            throws IOException {
        Card known = cards.get(thing);
        if (known == null) {
            TopDocs top = searcher.search(
                    new TermQuery(new org.apache.lucene.index.Term(Documents.KEY, thing.toString())), 1);
            known = top.scoreDocs.length == 0
                    ? Card.EMPTY
                    : read(searcher.storedFields().document(top.scoreDocs[0].doc));
            cards.put(thing, known);
            found.put(thing, known);
        }
        return known;
    }

    static Card read(Document document) {
        return Json.read(document.get(Documents.CARD), Card.class);
    }

    /** Dropped things of that id. */
    private static Set<Address> withId(IndexSearcher searcher, String id) throws IOException {
        BooleanQuery query = new BooleanQuery.Builder()
                .add(new TermQuery(new org.apache.lucene.index.Term(Documents.ID, id)), Occur.FILTER)
                .add(new TermQuery(new org.apache.lucene.index.Term(Documents.THERE, "0")), Occur.FILTER)
                .build();
        Set<Address> found = new LinkedHashSet<>();
        for (var hit : searcher.search(query, 100).scoreDocs) {
            found.add(Address.parse(searcher.storedFields().document(hit.doc).get(Documents.KEY)));
        }
        return found;
    }

    /** Onto the disk, with the position. */
    void commit() throws IOException {
        if (dirty) {
            dirty = false;
            writer.setLiveCommitData(
                    Map.of(POSITION, position.toString(), FORM, THIS_FORM).entrySet());
            writer.commit();
        }
    }

    /** As if the process died: what was not committed is lost. */
    void abandon() throws IOException {
        searchers.close();
        writer.rollback();
        directory.close();
    }

    @Override
    public void close() throws IOException {
        try {
            commit();
        } finally {
            searchers.close();
            writer.close();
            directory.close();
        }
    }
}

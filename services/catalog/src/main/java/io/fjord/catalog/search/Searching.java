package io.fjord.catalog.search;

import io.fjord.contract.Address;
import io.fjord.contract.Position;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.Term;
import org.apache.lucene.queries.function.FunctionScoreQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MultiCollector;
import org.apache.lucene.search.MultiTermQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopFieldCollector;
import org.apache.lucene.search.TopFieldCollectorManager;
import org.jspecify.annotations.Nullable;

/** Answers what people look for: words, their beginnings, words with a typo, among what they may read. */
final class Searching {

    private static final int MOST_WORDS = 12;
    private static final int FACET_VALUES = 50;
    private static final WordAnalyzer ASKED = WordAnalyzer.asked();
    private static final Sort BEST_FIRST =
            new Sort(SortField.FIELD_SCORE, new SortField(Documents.KEY, SortField.Type.STRING));

    private final Index index;
    private final ToLongFunction<String> uses;

    Searching(Index index, ToLongFunction<String> uses) {
        this.index = index;
        this.uses = uses;
    }

    /**
     * What is looked for.
     *
     * @param only values of facets: one of each facet named must be there
     * @param readable what the caller may read
     */
    record Wanted(String text, Map<String, List<String>> only, Predicate<Address> readable, int offset, int size) {}

    /**
     * @param thing address of the namespace, table, view or term
     * @param column null for the thing itself
     */
    record Hit(Address thing, @Nullable String column, Card card, float score) {}

    /** @param facets how many hits there are of each value */
    record Found(List<Hit> hits, long total, Map<String, Map<String, Long>> facets, Position position) {}

    Found search(Wanted wanted) throws IOException {
        // Read before the searcher is taken: what is found is not older.
        Position position = index.position();
        IndexSearcher searcher = index.searchers().acquire();
        try {
            TopFieldCollector top = new TopFieldCollectorManager(
                            BEST_FIRST, wanted.offset() + wanted.size(), null, Integer.MAX_VALUE)
                    .newCollector();
            FacetCounts counts = new FacetCounts();
            searcher.search(query(wanted), MultiCollector.wrap(top, counts));
            List<Hit> hits = new ArrayList<>();
            ScoreDoc[] found = top.topDocs(wanted.offset()).scoreDocs;
            for (ScoreDoc one : found) {
                hits.add(hit(searcher, one));
            }
            return new Found(hits, counts.hits(), counts.most(FACET_VALUES), position);
        } finally {
            index.searchers().release(searcher);
        }
    }

    private static Hit hit(IndexSearcher searcher, ScoreDoc found) throws IOException {
        Document document = searcher.storedFields().document(found.doc);
        String thing = document.get(Documents.THING);
        String column = document.get(Documents.COLUMN);
        Document card = document;
        if (column != null) {
            var ofThing = searcher.search(new TermQuery(new Term(Documents.KEY, thing)), 1);
            card = searcher.storedFields().document(ofThing.scoreDocs[0].doc);
        }
        float score =
                found instanceof org.apache.lucene.search.FieldDoc sorted && sorted.fields[0] instanceof Float value
                        ? value
                        : found.score;
        return new Hit(Address.parse(thing), column, Index.read(card), score);
    }

    private Query query(Wanted wanted) throws IOException {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        List<String> words = words(wanted.text());
        if (words.isEmpty()) {
            all.add(new MatchAllDocsQuery(), Occur.MUST);
        }
        for (String word : words) {
            all.add(word(word), Occur.MUST);
        }
        if (!words.isEmpty()) {
            all.add(exactly(wanted.text()), Occur.SHOULD);
        }
        all.add(is(Documents.THERE, "1"), Occur.FILTER);
        wanted.only().forEach((field, values) -> {
            BooleanQuery.Builder any = new BooleanQuery.Builder();
            values.forEach(value -> any.add(is(field, value), Occur.SHOULD));
            all.add(any.build(), Occur.FILTER);
        });
        all.add(new VisibleQuery(wanted.readable()), Occur.FILTER);
        return new FunctionScoreQuery(all.build(), new Rank(uses));
    }

    /** The word itself counts most, then its beginning, then what is a typo away; in the name more than elsewhere. */
    private static Query word(String word) {
        List<Query> ways = new ArrayList<>();
        ways.add(constant(is(Documents.NAME, word), 8));
        ways.add(constant(new PrefixQuery(new Term(Documents.NAME, word)), 4));
        ways.add(constant(is(Documents.PARTS, word), 3));
        ways.add(constant(new PrefixQuery(new Term(Documents.PARTS, word)), 1.5f));
        ways.add(constant(is(Documents.TEXT, word), 1.5f));
        ways.add(constant(new PrefixQuery(new Term(Documents.TEXT, word)), 0.7f));
        int typos = word.length() >= 8 ? 2 : word.length() >= 4 ? 1 : 0;
        if (typos > 0) {
            ways.add(constant(almost(Documents.NAME, word, typos), 2));
            ways.add(constant(almost(Documents.PARTS, word, typos), 0.8f));
            ways.add(constant(almost(Documents.TEXT, word, typos), 0.4f));
        }
        return new DisjunctionMaxQuery(ways, 0.1f);
    }

    /** All words so near, not the nearest few: those may be of things the caller may not read, and would hide others. */
    private static Query almost(String field, String word, int typos) {
        return new FuzzyQuery(
                new Term(field, word),
                typos,
                1,
                FuzzyQuery.defaultMaxExpansions,
                true,
                MultiTermQuery.CONSTANT_SCORE_BLENDED_REWRITE);
    }

    private static Query exactly(String text) {
        return constant(is(Documents.EXACT, Documents.lower(text.trim())), 20);
    }

    private static Query constant(Query query, float score) {
        return new BoostQuery(new ConstantScoreQuery(query), score);
    }

    private static Query is(String field, String value) {
        return new TermQuery(new Term(field, value));
    }

    static List<String> words(String text) throws IOException {
        List<String> words = new ArrayList<>();
        try (TokenStream tokens = ASKED.tokenStream("", text)) {
            CharTermAttribute word = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (tokens.incrementToken() && words.size() < MOST_WORDS) {
                words.add(word.toString());
            }
            tokens.end();
        }
        return words;
    }
}

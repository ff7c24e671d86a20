package io.fjord.catalog.search;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.SimpleCollector;

/** Counts all hits, and how many there are of each value of each facet. */
final class FacetCounts extends SimpleCollector {

    private final Map<String, Map<String, Long>> counts = new TreeMap<>();
    private final List<OfField> here = new ArrayList<>();
    private long hits;

    private record OfField(String field, SortedSetDocValues values, long[] counts) {}

    FacetCounts() {
        Documents.FACETS.forEach(field -> counts.put(field, new TreeMap<>()));
    }

    @Override
    protected void doSetNextReader(LeafReaderContext context) throws IOException {
        add();
        for (String field : Documents.FACETS) {
            SortedSetDocValues values = DocValues.getSortedSet(context.reader(), field);
            here.add(new OfField(field, values, new long[(int) values.getValueCount()]));
        }
    }

    @Override
    public void collect(int doc) throws IOException {
        hits++;
        for (OfField one : here) {
            if (one.values.advanceExact(doc)) {
                for (int i = one.values.docValueCount(); i > 0; i--) {
                    one.counts[(int) one.values.nextOrd()]++;
                }
            }
        }
    }

    @Override
    public ScoreMode scoreMode() {
        return ScoreMode.COMPLETE_NO_SCORES;
    }

    /** What was counted in the segment before. */
    private void add() throws IOException {
        for (OfField one : here) {
            Map<String, Long> sums = counts.computeIfAbsent(one.field, none -> new TreeMap<>());
            for (int ord = 0; ord < one.counts.length; ord++) {
                if (one.counts[ord] > 0) {
                    sums.merge(one.values.lookupOrd(ord).utf8ToString(), one.counts[ord], Long::sum);
                }
            }
        }
        here.clear();
    }

    long hits() {
        return hits;
    }

    /** The most frequent values of each facet. */
    Map<String, Map<String, Long>> most(int size) throws IOException {
        add();
        Map<String, Map<String, Long>> all = new TreeMap<>();
        counts.forEach((field, sums) -> {
            Map<String, Long> most = new LinkedHashMap<>();
            sums.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                            .thenComparing(Map.Entry.comparingByKey()))
                    .limit(size)
                    .forEach(entry -> most.put(entry.getKey(), entry.getValue()));
            all.put(field, most);
        });
        return all;
    }
}

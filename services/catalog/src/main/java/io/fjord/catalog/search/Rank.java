package io.fjord.catalog.search;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.search.DoubleValues;
import org.apache.lucene.search.DoubleValuesSource;
import org.apache.lucene.search.IndexSearcher;

/** How well the words match, raised by how much a thing is used; tables before their columns, what is deprecated last. */
final class Rank extends DoubleValuesSource {

    private static final double COLUMN = 0.4;
    private static final double DEPRECATED = 0.3;
    private static final double USE = 0.35;

    private final ToLongFunction<String> uses;

    /** @param uses by the address of a thing */
    Rank(ToLongFunction<String> uses) {
        this.uses = uses;
    }

    @Override
    public DoubleValues getValues(LeafReaderContext context, DoubleValues scores) throws IOException {
        SortedDocValues things = DocValues.getSorted(context.reader(), Documents.THING);
        SortedDocValues keys = DocValues.getSorted(context.reader(), Documents.KEY);
        NumericDocValues deprecated = DocValues.getNumeric(context.reader(), Documents.DEPRECATED);
        double[] factors = new double[Math.max(1, things.getValueCount())];
        Arrays.fill(factors, Double.NaN);
        return new DoubleValues() {
            private double value;

            @Override
            public boolean advanceExact(int doc) throws IOException {
                double score = scores.advanceExact(doc) ? scores.doubleValue() : 1;
                if (things.advanceExact(doc)) {
                    score *= factor(things.ordValue());
                    if (keys.advanceExact(doc)
                            && keys.lookupOrd(keys.ordValue()).length != things.lookupOrd(things.ordValue()).length) {
                        score *= COLUMN;
                    }
                }
                if (deprecated.advanceExact(doc) && deprecated.longValue() == 1) {
                    score *= DEPRECATED;
                }
                value = score;
                return true;
            }

            private double factor(int thing) throws IOException {
                if (Double.isNaN(factors[thing])) {
                    factors[thing] = 1
                            + USE
                                    * Math.log1p(uses.applyAsLong(
                                            things.lookupOrd(thing).utf8ToString()));
                }
                return factors[thing];
            }

            @Override
            public double doubleValue() {
                return value;
            }
        };
    }

    @Override
    public boolean needsScores() {
        return true;
    }

    @Override
    public DoubleValuesSource rewrite(IndexSearcher searcher) {
        return this;
    }

    @Override
    public boolean isCacheable(LeafReaderContext context) {
        return false;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Rank rank && rank.uses == uses;
    }

    @Override
    public int hashCode() {
        return Objects.hash(System.identityHashCode(uses));
    }

    @Override
    public String toString() {
        return "rank";
    }
}

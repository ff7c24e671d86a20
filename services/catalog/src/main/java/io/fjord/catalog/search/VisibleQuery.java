package io.fjord.catalog.search;

import io.fjord.contract.Address;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Predicate;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TwoPhaseIterator;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.FixedBitSet;

/**
 * Matches what one caller may read, by the same decision as everywhere else; each thing is asked about at most once a segment, and
 * only if the words match. Hits, counts and facets are of what it lets through.
 */
final class VisibleQuery extends Query {

    private final Predicate<Address> readable;

    VisibleQuery(Predicate<Address> readable) {
        this.readable = readable;
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) {
        return new ConstantScoreWeight(this, boost) {
            @Override
            public Scorer scorer(LeafReaderContext context) throws IOException {
                SortedDocValues things = DocValues.getSorted(context.reader(), Documents.THING);
                return new ConstantScoreScorer(
                        this,
                        score(),
                        mode,
                        new Readable(things, context.reader().maxDoc()));
            }

            /** It is of one caller at one moment. */
            @Override
            public boolean isCacheable(LeafReaderContext context) {
                return false;
            }
        };
    }

    private final class Readable extends TwoPhaseIterator {

        private final SortedDocValues things;
        private final FixedBitSet known;
        private final FixedBitSet allowed;

        Readable(SortedDocValues things, int maxDoc) {
            super(DocIdSetIterator.all(maxDoc));
            this.things = things;
            this.known = new FixedBitSet(Math.max(1, things.getValueCount()));
            this.allowed = new FixedBitSet(Math.max(1, things.getValueCount()));
        }

        @Override
        public boolean matches() throws IOException {
            if (!things.advanceExact(approximation.docID())) {
                return false;
            }
            int thing = things.ordValue();
            if (!known.getAndSet(thing)) {
                Address address = Address.parse(things.lookupOrd(thing).utf8ToString());
                if (readable.test(address)) {
                    allowed.set(thing);
                }
            }
            return allowed.get(thing);
        }

        @Override
        public float matchCost() {
            return 1000;
        }
    }

    @Override
    public void visit(QueryVisitor visitor) {
        visitor.visitLeaf(this);
    }

    @Override
    public String toString(String field) {
        return "visible";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VisibleQuery query && query.readable == readable;
    }

    @Override
    public int hashCode() {
        return Objects.hash(System.identityHashCode(readable));
    }
}

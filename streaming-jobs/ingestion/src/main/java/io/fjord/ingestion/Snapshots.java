package io.fjord.ingestion;

import java.util.List;
import org.apache.iceberg.io.WriteResult;
import org.jspecify.annotations.Nullable;

/** A table as the steps of a pipeline's commits see it. Each step may fail, and one that failed may have been done. */
interface Snapshots {

    /** What a snapshot does with the rows there are. */
    enum Way {
        /** It leaves them, and writes down beside, for good, that the pipeline has begun. */
        ANCHOR,
        /** It adds to them. */
        ADD,
        /** Its rows are all there are from then on. */
        REPLACE
    }

    /** The newest the pipeline wrote, as the catalog has it now; null if it never wrote here. */
    @Nullable
    Committed newest();

    /** Since which start the pipeline has written here, as of the same look; 0: it never did. */
    long writtenSince();

    /**
     * Writes a snapshot that says how far the pipeline is; refused if the newest of the pipeline is not the one of before.
     *
     * @param before null: it never wrote here
     * @return its id
     */
    long write(@Nullable Committed before, Committed next, List<WriteResult> files, Way way);

    /** Whether it was, or may have been, written on top of that one, as of the same look: others may have written since. */
    boolean mayHave(Committed before, Committed next);

    /** Deletes files that no snapshot has. */
    void forget(WriteResult files);
}

package io.fjord.launcher.kill;

import io.fjord.contract.Position;
import io.fjord.launcher.kill.History.Result;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that can be known of tables after the fact: from those who wrote to them, from the tables themselves, from the feed.
 *
 * @param topic the positions of all events of the catalog, in the order of their topic
 */
record CommitEvidence(List<Attempt> attempts, List<Position> topic, List<Seen> tables) {

    /**
     * What a writer asked for once, and what it knows of it. Who tries again after he was left in doubt makes another attempt.
     *
     * @param files the one it adds, by table; with several tables it is one commit to all of them
     */
    record Attempt(String id, Map<String, String> files, Result result) {}

    /** @param attempt what the writer put into the snapshot's summary */
    record Made(
            long snapshot,
            @Nullable Long parent,
            long sequence,
            @Nullable String attempt) {}

    /** @param before the metadata file it says was the table until then; null if it made the table */
    record Told(
            Position position,
            @Nullable Long version,
            @Nullable String before,
            String after,
            List<Made> added) {}

    /**
     * A table as a reader finds it.
     *
     * @param history of the main branch, oldest first
     * @param snapshots how many there are, in whatever branch
     * @param metadata the file that is the table
     * @param refersTo metadata, lists of manifests, manifests and data that its whole history stands on
     * @param there the files in its folder
     * @param data the files a scan would read
     * @param total how many those are by the summary
     * @param feed the events about it, as they stand on the topic
     */
    record Seen(
            String name,
            List<Made> history,
            int snapshots,
            String metadata,
            Set<String> refersTo,
            Set<String> there,
            List<String> data,
            long total,
            List<Told> feed) {}
}

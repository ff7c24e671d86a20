package io.fjord.contract.core.pipeline;

import java.util.Locale;

/** What a pipeline makes in a source database is called after it. */
public final class ReplicationNames {

    private ReplicationNames() {}

    /**
     * Of its replication slot and of its publication.
     *
     * @param pipeline its id, a UUID
     */
    public static String of(String pipeline) {
        return "fjord_" + pipeline.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "");
    }
}

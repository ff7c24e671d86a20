package io.fjord.runtime.lineage;

import org.jspecify.annotations.Nullable;

/**
 * What Spark carries out of a statement; a statement may be carried out in several, one inside the other.
 *
 * @param root the outermost
 * @param actor who runs it; null if that is not known
 */
record Execution(long id, long root, @Nullable String actor) {

    String key() {
        return Long.toString(root);
    }

    boolean isRoot() {
        return id == root;
    }
}

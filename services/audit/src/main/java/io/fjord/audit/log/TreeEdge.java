package io.fjord.audit.log;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The right edge of a growing tree: the hashes of the tiles that are not full yet, one tile of each level. */
final class TreeEdge {

    /** Takes tiles as they get full. */
    interface Full {
        void take(Tile tile, byte[] hashes);
    }

    private final List<byte[]> levels = new ArrayList<>();
    private long size;

    long size() {
        return size;
    }

    /** As it was at that size. */
    static TreeEdge load(long size, Hashes.Tiles tiles) {
        TreeEdge edge = new TreeEdge();
        edge.size = size;
        for (int level = 0; size >> (Tile.HEIGHT * level) > 0; level++) {
            byte[] hashes = new byte[Tile.FULL * Merkle.HASH_BYTES];
            edge.levels.add(hashes);
            int width = edge.width(level);
            if (width > 0) {
                byte[] there = tiles.read(new Tile(level, edge.index(level), width));
                System.arraycopy(there, 0, hashes, 0, width * Merkle.HASH_BYTES);
            }
        }
        return edge;
    }

    void add(byte[] leafHash, Full full) {
        put(0, leafHash, full);
    }

    /** A whole tile of leaves at once, which goes where no other is begun. */
    void addTile(byte[] root, Full full) {
        if (width(0) != 0) {
            throw new IllegalStateException("A tile is begun");
        }
        put(1, root, full);
    }

    private void put(int level, byte[] hash, Full full) {
        while (levels.size() <= level) {
            levels.add(new byte[Tile.FULL * Merkle.HASH_BYTES]);
        }
        byte[] hashes = levels.get(level);
        int at = width(level);
        System.arraycopy(hash, 0, hashes, at * Merkle.HASH_BYTES, Merkle.HASH_BYTES);
        long index = index(level);
        if (at + 1 == Tile.FULL) {
            full.take(new Tile(level, index, Tile.FULL), hashes.clone());
            put(level + 1, Merkle.perfect(hashes, 0, Tile.FULL), full);
        } else {
            // Of all levels below nothing is left over now.
            size = (index * Tile.FULL + at + 1) << (Tile.HEIGHT * level);
        }
    }

    private int width(int level) {
        return (int) ((size >> (Tile.HEIGHT * level)) & (Tile.FULL - 1));
    }

    private long index(int level) {
        return size >> (Tile.HEIGHT * (level + 1));
    }

    /** The tile of a level that is not full, if one is begun. */
    @Nullable
    Tile begun(int level) {
        return width(level) == 0 ? null : new Tile(level, index(level), width(level));
    }

    byte[] hashes(Tile begun) {
        return Arrays.copyOf(levels.get(begun.level()), begun.width() * Merkle.HASH_BYTES);
    }

    int depth() {
        return levels.size();
    }

    byte[] root() {
        byte[] root = null;
        for (int level = 0; level < levels.size(); level++) {
            for (int end = width(level); end > 0; end -= Integer.lowestOneBit(end)) {
                int count = Integer.lowestOneBit(end);
                byte[] part = Merkle.perfect(levels.get(level), end - count, count);
                root = root == null ? part : Merkle.node(part, root);
            }
        }
        return root == null ? Merkle.empty() : root;
    }
}

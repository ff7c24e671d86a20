package io.fjord.audit.log;

import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A log that entries are added to, and the files that come of it. */
public final class GrowingLog {

    private final TreeEdge edge;
    private final ByteArrayOutputStream bundle = new ByteArrayOutputStream();
    private int bundled;
    private Map<Tile, byte[]> files = new LinkedHashMap<>();
    private Set<Tile> partial = new LinkedHashSet<>();

    private GrowingLog(TreeEdge edge) {
        this.edge = edge;
    }

    public static GrowingLog empty() {
        return new GrowingLog(new TreeEdge());
    }

    /**
     * As it was at that size.
     *
     * @param lastBundle the entries of the bundle that is not full, if one is begun
     */
    public static GrowingLog load(long size, Hashes.Tiles tiles, List<byte[]> lastBundle) {
        GrowingLog log = new GrowingLog(TreeEdge.load(size, tiles));
        if (lastBundle.size() != size % Tile.FULL) {
            throw new IllegalArgumentException(
                    "The last bundle of a log of " + size + " entries does not hold " + lastBundle.size());
        }
        lastBundle.forEach(entry -> Bundle.append(log.bundle, entry));
        log.bundled = lastBundle.size();
        Tile.begun(size).forEach(log.partial::add);
        return log;
    }

    public long size() {
        return edge.size();
    }

    public byte[] root() {
        return edge.root();
    }

    public void add(byte[] entry) {
        Bundle.append(bundle, entry);
        bundled++;
        long index = edge.size() / Tile.FULL;
        if (bundled == Tile.FULL) {
            files.put(new Tile(Tile.ENTRIES, index, Tile.FULL), bundle.toByteArray());
            bundle.reset();
            bundled = 0;
        }
        edge.add(Merkle.leaf(entry), files::put);
    }

    /**
     * What has to be written before others may hear of this size.
     *
     * @param files full and partial ones
     * @param superseded partial ones whose full one is among the files: needed by nobody when that is there
     */
    public record Grown(long size, byte[] root, Map<Tile, byte[]> files, Set<Tile> superseded) {}

    /** What came since it was asked last. */
    public Grown grown() {
        Map<Tile, byte[]> all = files;
        files = new LinkedHashMap<>();
        Set<Tile> superseded = new LinkedHashSet<>();
        Set<Tile> kept = new LinkedHashSet<>();
        for (Tile tile : partial) {
            (all.containsKey(tile.full()) ? superseded : kept).add(tile);
        }
        partial = kept;
        for (Tile tile : Tile.begun(size())) {
            if (partial.add(tile)) {
                all.put(tile, tile.level() == Tile.ENTRIES ? bundle.toByteArray() : edge.hashes(tile));
            }
        }
        return new Grown(size(), root(), all, superseded);
    }
}

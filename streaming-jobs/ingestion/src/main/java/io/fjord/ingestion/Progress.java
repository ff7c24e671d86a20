package io.fjord.ingestion;

import io.fjord.ingestion.capture.Capture;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a pipeline is, as the driver tells. */
public final class Progress {

    /** What it does. */
    public enum State {
        OPENING,
        WAITING,
        READING,
        RETRYING,
        PAUSED,
        FAILED,
        STOPPED
    }

    private State state = State.OPENING;
    private @Nullable String reason;
    private @Nullable Committed committed;
    private long lag;
    private double rowsPerSecond;
    private @Nullable Long freshnessMillis;
    private Capture.@Nullable Reread reread;

    synchronized void is(State now, @Nullable String why) {
        state = now;
        reason = why;
    }

    void retrying(String why) {
        is(State.RETRYING, why);
    }

    synchronized void committed(Committed now, long left) {
        committed = now;
        lag = left;
        rowsPerSecond = 0;
        is(left > 0 ? State.READING : State.WAITING, null);
    }

    synchronized void pace(double rows, @Nullable Long freshness) {
        rowsPerSecond = Math.round(rows * 10) / 10.0;
        freshnessMillis = freshness;
    }

    public synchronized void lag(long left) {
        lag = left;
        rowsPerSecond = 0;
        is(left > 0 ? State.READING : State.WAITING, null);
    }

    synchronized void reread(Capture.Reread now) {
        reread = now;
    }

    synchronized State state() {
        return state;
    }

    synchronized Map<String, Object> document(Order order) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("id", order.id());
        all.put("generation", order.generation());
        all.put("state", state.name().toLowerCase(java.util.Locale.ROOT));
        if (order.release()) {
            all.put("released", true);
        }
        if (reason != null) {
            all.put("reason", reason);
        }
        Committed at = committed;
        if (at == null) {
            // Also one that cannot begin yet says why.
            all.put("offsets", Map.of());
            List.of("lag", "rows", "dead", "late", "rowsPerSecond").forEach(count -> all.put(count, 0));
        } else {
            all.put("offsets", at.offsets());
            all.put("lag", lag);
            all.put("rows", at.rows());
            all.put("dead", at.dead());
            all.put("late", at.late());
            all.put("rowsPerSecond", rowsPerSecond);
            if (freshnessMillis != null) {
                all.put("freshnessMillis", freshnessMillis);
            }
            if (at.watermarkMillis() != null) {
                all.put("watermark", Instant.ofEpochMilli(at.watermarkMillis()).toString());
            }
            all.put("snapshot", at.snapshot());
            all.put("snapshotId", Long.toString(at.snapshot()));
            if (reread != null) {
                all.put(
                        "reread",
                        Map.of("reason", reread.reason(), "at", reread.at().toString()));
            }
        }
        return all;
    }
}

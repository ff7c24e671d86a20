package io.fjord.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Finds the entries that follow on what is sealed: of what was told, in any order and with holes, or in the record. */
final class Following {

    private final List<Entry> early = new ArrayList<>();
    private boolean unread = true;

    /** These are in the record. */
    void hear(List<Entry> some) {
        early.addAll(some);
    }

    /** There may be some in the record that nobody told of. */
    void look() {
        unread = true;
    }

    /** How many were told and have not been sealed. */
    int waiting() {
        return early.size();
    }

    /** Nothing can follow until something is told, or looked for. */
    boolean isIdle() {
        return early.isEmpty() && !unread;
    }

    List<Entry> next(Sealing sealing) throws ExecutionException, InterruptedException {
        List<Entry> told = told(sealing.size());
        if (!told.isEmpty() || isIdle()) {
            return told;
        }
        List<Entry> read = sealing.pages();
        unread = !read.isEmpty() && read.size() % Sealing.PAGE == 0;
        if (read.isEmpty() && !early.isEmpty()) {
            throw new IllegalStateException("Entries after " + sealing.size() + " cannot be seen yet");
        }
        return read;
    }

    private List<Entry> told(long size) {
        early.sort((a, b) -> Long.compare(a.seq(), b.seq()));
        List<Entry> next = new ArrayList<>();
        int at = 0;
        for (; at < early.size(); at++) {
            long expected = size + next.size() + 1;
            if (early.get(at).seq() == expected) {
                next.add(early.get(at));
            } else if (early.get(at).seq() > expected) {
                break;
            }
        }
        early.subList(0, at).clear();
        return next;
    }
}

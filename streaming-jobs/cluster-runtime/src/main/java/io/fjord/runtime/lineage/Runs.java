package io.fjord.runtime.lineage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds what is told of a statement until it has ended: what it writes is committed then, so that the catalog knows the tables.
 * Of one that only reads nothing flows anywhere, and it is told to nobody.
 */
final class Runs {

    private static final int MOST = 64;

    /** By the number of the statement's outermost execution; a job without one by the run itself. */
    private final Map<String, Run> runs = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Run> eldest) {
            return size() > MOST;
        }
    };

    private static final class Run {
        private final List<Told> held = new ArrayList<>();

        @Nullable
        String actor;
    }

    /** @return what is to be sent now */
    List<String> next(Told event, @Nullable Execution of) {
        var key = of == null ? event.run() : of.key();
        var run = runs.computeIfAbsent(key, absent -> new Run());
        if (of != null && of.actor() != null) {
            run.actor = of.actor();
        }
        // That something goes on says nothing its beginning and end do not.
        if (!event.goesOn()) {
            run.held.add(event);
        }
        return of == null && event.ends() ? ended(key) : List.of();
    }

    /** @return what is to be sent now */
    List<String> ended(Execution of) {
        return ended(of.key());
    }

    private List<String> ended(String key) {
        var run = runs.remove(key);
        if (run == null || run.held.stream().noneMatch(Told::writes)) {
            return List.of();
        }
        var by = run.actor;
        return run.held.stream()
                .map(told -> by == null ? told.json().toString() : told.by(by))
                .toList();
    }
}

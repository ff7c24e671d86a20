package io.fjord.audit;

import io.fjord.contract.Address;
import io.fjord.platform.http.Call;
import io.fjord.platform.sql.PersonalData;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Shows what entries say of a person to those who may read that person. In the log, on its topic and in exports it stays encrypted;
 * what came from another service's journal is encrypted with a key of that service.
 */
final class EntryNames {

    private static final Set<String> OURS = Set.of(Entry.ATTEMPT, Entry.OBSERVATION);

    private final PersonalData personal;

    EntryNames(PersonalData personal) {
        this.personal = personal;
    }

    /** The same entries in the same order. */
    Future<List<Entry>> shown(Call call, List<Entry> entries) {
        List<Entry> ours =
                entries.stream().filter(entry -> OURS.contains(entry.kind())).toList();
        return personal.opened(ours.stream().map(Entry::said).toList(), owner -> isKnownTo(call, owner))
                .map(opened -> {
                    List<Entry> shown = new ArrayList<>(entries);
                    int next = 0;
                    for (int i = 0; i < shown.size(); i++) {
                        if (OURS.contains(shown.get(i).kind())) {
                            shown.set(i, shown.get(i).saying(opened.get(next++)));
                        }
                    }
                    return shown;
                });
    }

    private static boolean isKnownTo(Call call, String owner) {
        try {
            return call.may("user:read", Address.parse(owner));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}

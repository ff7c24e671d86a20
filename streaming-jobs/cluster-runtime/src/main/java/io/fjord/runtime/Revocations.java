package io.fjord.runtime;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what runs, and the sessions, of somebody who may not use the cluster any more, also if they never call again. The operator
 * says when to look: nobody looks unasked.
 */
final class Revocations {

    private static final Logger log = LoggerFactory.getLogger(Revocations.class);

    private final AccessChecks checks;
    private final Statements statements;
    private final ConnectOwners connect;
    private final Sessions hive;
    private final ExecutorService threads;

    Revocations(
            AccessChecks checks, Statements statements, ConnectOwners connect, Sessions hive, ExecutorService threads) {
        this.checks = checks;
        this.statements = statements;
        this.connect = connect;
        this.hive = hive;
        this.threads = threads;
    }

    /**
     * Asks of everybody here whether they still may, and ends what they run if not.
     *
     * @param position how far the control plane must know its rules to answer; empty for as far as it does
     * @return false if it could not be found out of all of them
     */
    boolean look(String position) {
        checks.changed(position);
        Map<String, CompletableFuture<Boolean>> known = new HashMap<>();
        for (var owner : owners()) {
            var token = owner.token();
            if (token != null) {
                var unused = known.computeIfAbsent(
                        token, shown -> CompletableFuture.supplyAsync(() -> isDecided(shown), threads));
            }
        }
        return known.values().stream().map(CompletableFuture::join).reduce(true, Boolean::logicalAnd);
    }

    private boolean isDecided(String token) {
        return switch (checks.now(token)) {
            case MAY, RAN_OUT -> true;
            case TAKEN_AWAY -> {
                end(owner -> token.equals(owner.token()));
                yield true;
            }
            case UNDECIDED -> false;
        };
    }

    /** Those for whom something runs, or who have a session. */
    Set<String> actors() {
        var actors = new TreeSet<String>();
        owners().forEach(owner -> actors.add(owner.actor()));
        return actors;
    }

    /** Ends what those run who were suspended or have left, whatever they showed. */
    void end(Collection<String> actors) {
        end(owner -> actors.contains(owner.actor()));
    }

    private void end(Predicate<SessionOwner> whose) {
        for (var owner : owners()) {
            if (whose.test(owner)) {
                var because =
                        owner.actor() + " may not use this cluster any more: they were suspended, or their token or"
                                + " grant was taken away.";
                log.atInfo().addKeyValue("actor", owner.actor()).log("What runs for who may not any more is ended");
                statements.revokeAllOf(owner, because);
                hive.close(owner);
            }
        }
        connect.sessions().stream()
                .filter(session -> whose.test(session.owner()))
                .forEach(connect::close);
    }

    private Set<SessionOwner> owners() {
        Set<SessionOwner> owners = new HashSet<>(statements.owners());
        owners.addAll(hive.owners());
        connect.sessions().forEach(session -> owners.add(session.owner()));
        return owners;
    }
}

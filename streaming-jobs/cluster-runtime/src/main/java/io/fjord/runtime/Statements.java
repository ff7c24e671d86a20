package io.fjord.runtime;

import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.classic.SparkSession;
import org.jspecify.annotations.Nullable;

/** The statements that run now, whichever door they came in by, and when something last happened. */
public final class Statements {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}");

    /** Spark tells of a statement a moment after it, and of a short one when it is over. */
    private static final int REMEMBERED = 4_096;

    private final Set<RunningStatement> running = ConcurrentHashMap.newKeySet();
    private final Set<String> connectOperations = ConcurrentHashMap.newKeySet();
    private final Map<String, String> actors = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    };
    private final Clock clock;
    private volatile Instant lastActivityAt;

    public Statements(Clock clock) {
        this.clock = clock;
        this.lastActivityAt = clock.instant();
    }

    /** Whether an id may be a Spark job tag: letters, digits and {@code _ . : -}, at most 128. */
    public static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    public RunningStatement start(String id, String text, SparkSession session, SessionOwner owner) {
        var statement = new RunningStatement(id, text, session, owner, this);
        running.add(statement);
        synchronized (actors) {
            actors.put(statement.group(), owner.actor());
        }
        touched();
        return statement;
    }

    /** Who ran what Spark knows as this job group; null if it is none of the last ones. */
    public @Nullable String actorOf(String group) {
        synchronized (actors) {
            return actors.get(group);
        }
    }

    void ended(RunningStatement statement) {
        running.remove(statement);
        touched();
    }

    /** Cancels what the caller runs under this id, a service what anybody does; says whether anything ran. */
    public boolean cancel(String id, Caller by, String because) {
        var found = false;
        for (var statement : running) {
            if (statement.id().equals(id) && (by.isService() || by.owns(statement.owner()))) {
                statement.cancel(because);
                found = true;
            }
        }
        return found;
    }

    public void cancelAll(String because) {
        running.forEach(statement -> statement.cancel(because));
    }

    /** Cancels what somebody runs who may not any more. */
    void revokeAllOf(SessionOwner owner, String because) {
        running.stream()
                .filter(statement -> statement.owner() == owner)
                .forEach(statement -> statement.revoke(because));
    }

    /** Those for whom something runs. */
    Set<SessionOwner> owners() {
        return running.stream().map(RunningStatement::owner).collect(Collectors.toSet());
    }

    void connectStarted(String operationId) {
        connectOperations.add(operationId);
        touched();
    }

    void connectEnded(String operationId) {
        connectOperations.remove(operationId);
        touched();
    }

    public void touched() {
        lastActivityAt = clock.instant();
    }

    public int active() {
        return running.size() + connectOperations.size();
    }

    public Instant lastActivityAt() {
        return lastActivityAt;
    }
}

package io.fjord.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.connect.service.SessionKey;
import org.apache.spark.sql.connect.service.SparkConnectService$;

/** Whose the sessions of Spark Connect are; one for each user and session id, as Spark keeps them. */
final class ConnectOwners {

    private record Key(String actor, String sessionId) {}

    /** A session in which something runs. */
    record Busy(String sessionId, SessionOwner owner) {}

    private final Map<Key, SessionOwner> owners = new ConcurrentHashMap<>();
    private final Map<String, Key> running = new ConcurrentHashMap<>();

    /** Of a session of this caller, who shows their token by it. */
    SessionOwner of(Caller caller, String sessionId) {
        var owner = owners.computeIfAbsent(new Key(caller.actor(), sessionId), absent -> new SessionOwner(caller));
        owner.called(caller);
        return owner;
    }

    void closed(String actor, String sessionId) {
        owners.remove(new Key(actor, sessionId));
    }

    void started(String operationId, String actor, String sessionId) {
        running.put(operationId, new Key(actor, sessionId));
    }

    void ended(String operationId) {
        running.remove(operationId);
    }

    List<Busy> busy() {
        var busy = new ArrayList<Busy>();
        for (var key : Set.copyOf(running.values())) {
            var owner = owners.get(key);
            if (owner != null) {
                busy.add(new Busy(key.sessionId(), owner));
            }
        }
        return busy;
    }

    /** Ends a session and all that runs in it. */
    void close(Busy busy) {
        // It may not be opened anew under its id: its client would not notice that all it had is gone.
        SparkConnectService$.MODULE$
                .sessionManager()
                .closeSession(new SessionKey(busy.owner().actor(), busy.sessionId()), false);
    }
}

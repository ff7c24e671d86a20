package io.fjord.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.connect.service.SessionKey;
import org.apache.spark.sql.connect.service.SparkConnectService$;

/** Whose the sessions of Spark Connect are; one for each user and session id, as Spark keeps them. */
final class ConnectOwners {

    private record Key(String actor, String sessionId) {}

    /** An open one. */
    record Session(String sessionId, SessionOwner owner) {}

    private final Map<Key, SessionOwner> owners = new ConcurrentHashMap<>();

    /** Of a session of this caller, who shows their token by it. */
    SessionOwner of(Caller caller, String sessionId) {
        var owner = owners.computeIfAbsent(new Key(caller.actor(), sessionId), absent -> new SessionOwner(caller));
        owner.called(caller);
        return owner;
    }

    void closed(String actor, String sessionId) {
        owners.remove(new Key(actor, sessionId));
    }

    List<Session> sessions() {
        var all = new ArrayList<Session>();
        owners.forEach((key, owner) -> all.add(new Session(key.sessionId(), owner)));
        return all;
    }

    /** Ends a session and all that runs in it. */
    void close(Session session) {
        // It may not be opened anew under its id: its client would not notice that all it had is gone.
        SparkConnectService$.MODULE$
                .sessionManager()
                .closeSession(new SessionKey(session.owner().actor(), session.sessionId()), false);
    }
}

package io.fjord.runtime.hive;

import io.fjord.runtime.Caller;
import io.fjord.runtime.SessionOwner;
import io.fjord.runtime.SparkEngine;
import io.fjord.runtime.Statements;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hive.service.rpc.thrift.THandleIdentifier;
import org.apache.hive.service.rpc.thrift.TOperationHandle;
import org.apache.hive.service.rpc.thrift.TSessionHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The open sessions and operations of HiveServer2; a session nobody used for an hour is closed. */
final class HiveSessions {

    private static final Logger log = LoggerFactory.getLogger(HiveSessions.class);
    private static final Duration LONGEST_IDLE = Duration.ofHours(1);

    private final SparkEngine spark;
    private final Statements statements;
    private final ExecutorService threads;
    private final ScheduledExecutorService timer;
    private final Map<UUID, HiveSession> sessions = new ConcurrentHashMap<>();
    private final Map<UUID, HiveOperation> operations = new ConcurrentHashMap<>();

    HiveSessions(SparkEngine spark, Statements statements, ExecutorService threads, ScheduledExecutorService timer) {
        this.spark = spark;
        this.statements = statements;
        this.threads = threads;
        this.timer = timer;
        var unused = timer.scheduleWithFixedDelay(this::closeIdle, 1, 1, TimeUnit.MINUTES);
    }

    SparkEngine spark() {
        return spark;
    }

    Statements statements() {
        return statements;
    }

    ExecutorService threads() {
        return threads;
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    HiveSession open(Caller caller) {
        var session = new HiveSession(UUID.randomUUID(), new SessionOwner(caller), spark.newSession());
        sessions.put(session.id(), session);
        statements.touched();
        return session;
    }

    /** Only who opened a session may use it: a handle seen elsewhere opens nothing. */
    HiveSession find(TSessionHandle handle, Caller caller) throws Refused {
        var session = sessions.get(uuid(handle.getSessionId()));
        if (session == null || !caller.owns(session.owner())) {
            throw Refused.unknownHandle("This session is not open any more. Connect again.");
        }
        session.owner().called(caller);
        session.touch();
        return session;
    }

    void add(HiveOperation operation) {
        operations.put(operation.id(), operation);
    }

    boolean has(TOperationHandle handle, Caller caller) throws Refused {
        var operation = operations.get(uuid(handle.getOperationId()));
        return operation != null && caller.owns(operation.session().owner());
    }

    HiveOperation find(TOperationHandle handle, Caller caller) throws Refused {
        var operation = operations.get(uuid(handle.getOperationId()));
        if (operation == null || !caller.owns(operation.session().owner())) {
            throw Refused.unknownHandle("This operation is not open any more. Run the statement again.");
        }
        operation.session().owner().called(caller);
        operation.session().touch();
        return operation;
    }

    void close(HiveOperation operation) {
        operations.remove(operation.id());
        operation.close();
    }

    void close(HiveSession session) {
        sessions.remove(session.id());
        operations.values().stream()
                .filter(operation -> operation.session() == session)
                .forEach(this::close);
        statements.touched();
    }

    List<SessionOwner> owners() {
        return sessions.values().stream().map(HiveSession::owner).toList();
    }

    void close(SessionOwner owner) {
        sessions.values().stream().filter(session -> session.owner() == owner).forEach(this::close);
    }

    void closeAll() {
        sessions.values().forEach(this::close);
    }

    // With what they run: a client that waits for a statement asks how it is, one that died does not.
    private void closeIdle() {
        sessions.values().stream()
                .filter(session -> session.idle().compareTo(LONGEST_IDLE) > 0)
                .forEach(session -> {
                    log.atInfo().addKeyValue("sessionId", session.id()).log("An idle HiveServer2 session is closed");
                    close(session);
                });
    }

    static THandleIdentifier identifier(UUID id) {
        var guid = ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .flip();
        // Clients send both back; the second is the secret of servers that give handles to strangers.
        return new THandleIdentifier(guid, ByteBuffer.wrap(new byte[16]));
    }

    private static UUID uuid(THandleIdentifier identifier) throws Refused {
        var guid = identifier.getGuid();
        if (guid == null || guid.length != 16) {
            throw Refused.unknownHandle("This handle is not one of ours.");
        }
        var bytes = ByteBuffer.wrap(guid);
        return new UUID(bytes.getLong(), bytes.getLong());
    }
}

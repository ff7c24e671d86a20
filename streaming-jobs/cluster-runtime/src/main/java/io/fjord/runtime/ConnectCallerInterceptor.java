package io.fjord.runtime;

import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.connect.proto.UserContext;
import org.jspecify.annotations.Nullable;
import org.sparkproject.connect.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.sparkproject.connect.grpc.Metadata;
import org.sparkproject.connect.grpc.ServerCall;
import org.sparkproject.connect.grpc.ServerCallHandler;
import org.sparkproject.connect.grpc.ServerInterceptor;
import org.sparkproject.connect.grpc.Status;
import org.sparkproject.connect.protobuf.Message;

/**
 * Lets no Spark Connect call through before {@link CallerAuthentication} knows its caller, and makes every request that of its
 * caller.
 *
 * <p>Each request of Spark Connect says whose it is, and Spark believes it: sessions are found by that user and their id. So it
 * is overwritten here with who calls, and no other's session can be named. Spark's own token check would keep a secret in the
 * configuration, where every session can read it.
 */
public final class ConnectCallerInterceptor implements ServerInterceptor {

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("Authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String USER = "user_context";
    private static final String SESSION = "session_id";
    private static final AtomicReference<@Nullable Door> DOOR = new AtomicReference<>();

    private record Door(CallerAuthentication authentication, ConnectOwners owners) {}

    /** Spark makes interceptors by class name, so what this one asks is handed over before Connect starts. */
    static void open(CallerAuthentication authentication, ConnectOwners owners) {
        DOOR.set(new Door(authentication, owners));
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        var door = DOOR.get();
        if (door == null) {
            return refuse(call, Status.UNAVAILABLE.withDescription("The driver is starting. Try again."));
        }
        Caller caller;
        try {
            // On a thread of gRPC's pool for calls, which may wait; not on one of the network's.
            caller = door.authentication().client(headers.get(AUTHORIZATION));
        } catch (CallerRefused e) {
            return refuse(call, status(e));
        }
        return new Own<>(next.startCall(call, headers), call, caller, door.owners());
    }

    private static Status status(CallerRefused refused) {
        return switch (refused.reason()) {
            case UNKNOWN ->
                Status.UNAUTHENTICATED.withDescription(
                        refused.words() + " Connect with sc://localhost:<port>/;token=<your token>.");
            case DENIED -> Status.PERMISSION_DENIED.withDescription(refused.words());
            case UNDECIDED -> Status.UNAVAILABLE.withDescription(refused.words());
        };
    }

    private static <Q, A> ServerCall.Listener<Q> refuse(ServerCall<Q, A> call, Status status) {
        call.close(status, new Metadata());
        return new ServerCall.Listener<>() {};
    }

    /** The request as one of this caller, whatever user it named; null if it cannot be said in it. */
    static @Nullable Message as(Caller caller, Message request) {
        var user = request.getDescriptorForType().findFieldByName(USER);
        var session = request.getDescriptorForType().findFieldByName(SESSION);
        if (user == null || session == null || !user.getMessageType().equals(UserContext.getDescriptor())) {
            return null;
        }
        return request.toBuilder()
                .setField(
                        user,
                        UserContext.newBuilder()
                                .setUserId(caller.actor())
                                .setUserName(caller.actor())
                                .build())
                .build();
    }

    private static String session(Message request) {
        return String.valueOf(request.getField(request.getDescriptorForType().findFieldByName(SESSION)));
    }

    /** Hands on the caller's own requests, on threads that work for them. */
    private static final class Own<Q, A> extends SimpleForwardingServerCallListener<Q> {
        private final ServerCall<Q, A> call;
        private final Caller caller;
        private final ConnectOwners owners;
        private @Nullable SessionOwner owner;
        private boolean refused;

        Own(ServerCall.Listener<Q> next, ServerCall<Q, A> call, Caller caller, ConnectOwners owners) {
            super(next);
            this.call = call;
            this.caller = caller;
            this.owners = owners;
        }

        @Override
        public void onMessage(Q message) {
            if (refused) {
                return;
            }
            var own = message instanceof Message request ? as(caller, request) : null;
            if (own == null) {
                refused = true;
                call.close(
                        Status.UNIMPLEMENTED.withDescription("This call cannot be made on a shared cluster."),
                        new Metadata());
                return;
            }
            owner = owners.of(caller, session(own));
            @SuppressWarnings("unchecked") // the same message type it came as
            var theirs = (Q) own;
            run(() -> super.onMessage(theirs));
        }

        /** Where most calls do their work. */
        @Override
        public void onHalfClose() {
            if (!refused) {
                run(super::onHalfClose);
            }
        }

        private void run(Runnable work) {
            if (owner == null) {
                work.run();
                return;
            }
            owner.begin();
            try {
                work.run();
            } finally {
                SessionOwner.end();
            }
        }
    }
}

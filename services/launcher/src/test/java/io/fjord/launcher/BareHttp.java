package io.fjord.launcher;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

/** A server that reads bodies and says yes: what HTTP costs by itself, for a load test. */
public final class BareHttp {

    private static final Buffer YES = Buffer.buffer("{\"accepted\":1,\"duplicates\":0,\"deadLettered\":0,\"refused\":0,"
            + "\"notAcknowledged\":0,\"results\":[{\"index\":0,\"result\":\"accepted\","
            + "\"id\":\"01a20103-5074-7711-8124-6c1b83075df4\",\"partition\":0,\"offset\":4711}]}");

    private BareHttp() {}

    public static void main(String[] arguments) throws Exception {
        var unused = Vertx.vertx(ControlPlane.options())
                .createHttpServer()
                .requestHandler(request -> request.body()
                        .onSuccess(body -> request.response()
                                .setStatusCode(request.path().equals("/health/ready") ? 200 : 202)
                                .putHeader("Content-Type", "application/json")
                                .end(YES)))
                .listen(Integer.parseInt(System.getenv("FJORD_PORT")), "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get();
    }
}

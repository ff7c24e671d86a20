package io.fjord.audit;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ExecutionException;

/** An answer that a worker writes piece by piece; each piece waits until the one before is on its way. */
final class ResponseBytes extends OutputStream {

    private static final int PIECE = 64 * 1024;

    private final Context context;
    private final HttpServerResponse response;
    private Buffer piece = Buffer.buffer(PIECE);

    /** @param context of the response */
    ResponseBytes(Context context, HttpServerResponse response) {
        this.context = context;
        this.response = response;
    }

    @Override
    public void write(int one) throws IOException {
        piece.appendByte((byte) one);
        sendIfFull();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        piece.appendBytes(bytes, offset, length);
        sendIfFull();
    }

    private void sendIfFull() throws IOException {
        if (piece.length() >= PIECE) {
            Buffer full = piece;
            piece = Buffer.buffer(PIECE);
            sent(full, false);
        }
    }

    @Override
    public void close() throws IOException {
        Buffer last = piece;
        piece = Buffer.buffer();
        sent(last, true);
    }

    private void sent(Buffer bytes, boolean last) throws IOException {
        Promise<Void> done = Promise.promise();
        context.runOnContext(go -> (last ? response.end(bytes) : response.write(bytes)).onComplete(done));
        try {
            done.future().toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw new IOException("Nobody reads the answer any more", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted", e);
        }
    }
}

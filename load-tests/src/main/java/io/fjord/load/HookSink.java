package io.fjord.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes POSTs on one thread, notes when each came, and answers 204; or not at all, where it is to hang. */
final class HookSink implements AutoCloseable {

    private static final byte[] TAKEN = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *([0-9]+)");
    private static final int MOST = 64 * 1024;

    private final ServerSocketChannel server;
    private final Selector selector;
    private final Thread thread;
    private final Map<String, List<Received>> received = new ConcurrentHashMap<>();
    private final Set<String> hanging = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;

    /** One request, and when it was whole, as {@link System#currentTimeMillis} and {@link System#nanoTime}. */
    record Received(String head, String body, long millis, long nanos) {}

    HookSink() throws IOException {
        selector = Selector.open();
        server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        thread = new Thread(this::run, "hook-sink");
        thread.start();
    }

    int port() {
        return server.socket().getLocalPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    void hang(String path) {
        hanging.add(path);
    }

    List<Received> received(String path) {
        return received.computeIfAbsent(path, any -> Collections.synchronizedList(new ArrayList<>()));
    }

    /** What came so far is of no account any more. */
    void forget() {
        received.clear();
    }

    private void run() {
        try {
            while (!closing) {
                selector.select(200);
                for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); ) {
                    SelectionKey key = keys.next();
                    keys.remove();
                    if (key.isAcceptable()) {
                        accept();
                    } else if (key.isReadable()) {
                        read(key);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() throws IOException {
        for (SocketChannel one = server.accept(); one != null; one = server.accept()) {
            one.configureBlocking(false);
            one.socket().setTcpNoDelay(true);
            one.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(MOST));
        }
    }

    private void read(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        ByteBuffer buffer = (ByteBuffer) key.attachment();
        try {
            if (channel.read(buffer) < 0) {
                channel.close();
                return;
            }
            while (take(channel, buffer)) {
                // The next one may be there already.
            }
        } catch (IOException e) {
            channel.close();
        }
    }

    private boolean take(SocketChannel channel, ByteBuffer buffer) throws IOException {
        byte[] bytes = buffer.array();
        int head = end(bytes, buffer.position());
        if (head < 0) {
            return false;
        }
        String text = new String(bytes, 0, head, StandardCharsets.ISO_8859_1);
        Matcher length = LENGTH.matcher(text);
        int whole = head + (length.find() ? Integer.parseInt(length.group(1)) : 0);
        if (buffer.position() < whole) {
            return false;
        }
        String path = text.substring(text.indexOf(' ') + 1, text.indexOf(' ', text.indexOf(' ') + 1));
        received(path)
                .add(new Received(
                        text,
                        new String(bytes, head, whole - head, StandardCharsets.UTF_8),
                        System.currentTimeMillis(),
                        System.nanoTime()));
        int rest = buffer.position() - whole;
        System.arraycopy(bytes, whole, bytes, 0, rest);
        buffer.position(rest);
        if (!hanging.contains(path)) {
            ByteBuffer answer = ByteBuffer.wrap(TAKEN);
            while (answer.hasRemaining()) {
                channel.write(answer);
            }
        }
        return true;
    }

    private static int end(byte[] bytes, int length) {
        for (int i = 3; i < length; i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n' && bytes[i - 3] == '\r') {
                return i + 1;
            }
        }
        return -1;
    }

    /** What the body of a request says of a field, a text. */
    static String field(String body, String name) {
        String begin = "\"" + name + "\":\"";
        int at = body.indexOf(begin);
        return at < 0 ? "" : body.substring(at + begin.length(), body.indexOf('"', at + begin.length()));
    }

    @Override
    public void close() throws Exception {
        closing = true;
        selector.wakeup();
        thread.join();
        for (SelectionKey key : Arrays.asList(selector.keys().toArray(new SelectionKey[0]))) {
            key.channel().close();
        }
        selector.close();
    }
}

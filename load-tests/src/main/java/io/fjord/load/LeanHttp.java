package io.fjord.load;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** HTTP/1.1 over one connection, one request at a time, on the caller's thread: the client adds as little as it can. */
final class LeanHttp implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final String headers;

    /** @param token null for a server that asks nobody who they are */
    LeanHttp(int port, @Nullable String token) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(120_000);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        headers = " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n"
                + (token == null ? "" : "Authorization: Bearer " + token + "\r\n");
    }

    /** What came back; its text is made when it is asked for. */
    static final class Answer {

        private final int status;
        private final Map<String, String> headers;
        private final byte[] bytes;

        private Answer(int status, Map<String, String> headers, byte[] bytes) {
            this.status = status;
            this.headers = headers;
            this.bytes = bytes;
        }

        int status() {
            return status;
        }

        /** The header of that name, which is written small; empty for none. */
        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        String location() {
            return header("location");
        }

        String body() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        int length() {
            return bytes.length;
        }

        /** The first text of that name in its JSON. */
        String field(String name) throws IOException {
            Matcher found =
                    Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]+)\"").matcher(body());
            if (!found.find()) {
                throw new IOException("There is no " + name + " in an answer of status " + status);
            }
            return found.group(1);
        }

        /** @throws IOException telling what came instead */
        Answer expect(int wanted) throws IOException {
            if (status != wanted) {
                throw new IOException("Answered " + status + " " + body());
            }
            return this;
        }
    }

    Answer get(String path) throws IOException {
        return send("GET " + path + headers + "\r\n");
    }

    Answer post(String path, String json) throws IOException {
        return send("POST " + path + headers + "Content-Type: application/json\r\nContent-Length: "
                + json.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + json);
    }

    /** @param more headers, each with its line's end */
    Answer post(String path, String contentType, String more, String body) throws IOException {
        return send("POST " + path + headers + more + "Content-Type: " + contentType + "\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
    }

    Answer delete(String path) throws IOException {
        return send("DELETE " + path + headers + "\r\n");
    }

    Answer post(String path) throws IOException {
        return send("POST " + path + headers + "Content-Length: 0\r\n\r\n");
    }

    /** Waits for the outcome of the command. */
    Answer decide(String path, String json) throws IOException {
        return decide("POST", path, json);
    }

    Answer decide(String method, String path, String json) throws IOException {
        return send(
                method + " " + path + headers + "Prefer: wait=10\r\nContent-Type: application/json\r\nContent-Length: "
                        + json.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + json);
    }

    private Answer send(String request) throws IOException {
        out.write(request.getBytes(StandardCharsets.UTF_8));
        out.flush();
        int status = Integer.parseInt(line().split(" ")[1]);
        Map<String, String> answered = new HashMap<>();
        for (String header = line(); !header.isEmpty(); header = line()) {
            int colon = header.indexOf(':');
            answered.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        byte[] body = answered.containsKey("transfer-encoding")
                ? chunks()
                : in.readNBytes(Integer.parseInt(answered.getOrDefault("content-length", "0")));
        return new Answer(status, answered, body);
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream(4096);
        for (int length = Integer.parseInt(line(), 16); length > 0; length = Integer.parseInt(line(), 16)) {
            all.write(in.readNBytes(length));
            line();
        }
        line();
        return all.toByteArray();
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(80);
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("The connection was closed");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

package io.fjord.load;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** HTTP/1.1 over one connection, one request at a time, on the caller's thread: the client adds as little as it can. */
final class LeanHttp implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final String headers;

    LeanHttp(int port, String token) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(120_000);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
        headers = " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Bearer " + token + "\r\n";
    }

    /**
     * @param location the header of that name, or empty
     */
    record Answer(int status, String location, String body) {

        /** The first text of that name in its JSON. */
        String field(String name) throws IOException {
            Matcher found =
                    Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]+)\"").matcher(body);
            if (!found.find()) {
                throw new IOException("There is no " + name + " in an answer of status " + status);
            }
            return found.group(1);
        }
    }

    Answer get(String path) throws IOException {
        return send("GET " + path + headers + "\r\n");
    }

    Answer post(String path, String json) throws IOException {
        return send("POST " + path + headers + "Content-Type: application/json\r\nContent-Length: "
                + json.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + json);
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
        int length = 0;
        String location = "";
        for (String header = line(); !header.isEmpty(); header = line()) {
            String lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(header.substring(15).strip());
            } else if (lower.startsWith("location:")) {
                location = header.substring(9).strip();
            } else if (lower.startsWith("transfer-encoding:")) {
                throw new IOException("This client reads no chunks");
            }
        }
        return new Answer(status, location, new String(in.readNBytes(length), StandardCharsets.UTF_8));
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

package io.fjord.gateway;

import io.fjord.codec.Json;
import io.fjord.kernel.Ids;
import io.fjord.platform.http.Document;
import io.fjord.platform.http.HttpProblems;
import io.fjord.platform.http.ProblemException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What anyone may read: the API documents, a page per problem, and what is here. */
final class Documents {

    private static final Pattern SLUG = Pattern.compile("[a-z0-9-]{1,80}");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final Map<String, Page> pages = new ConcurrentHashMap<>();

    private record Page(String contentType, Buffer content, String etag) {

        static Page of(String contentType, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return new Page(
                    contentType, Buffer.buffer(bytes), "\"" + Ids.sha256(bytes).substring(0, 16) + "\"");
        }
    }

    /** Reads and merges; takes its time, so not on an event loop. */
    Documents(Map<String, Document> services) {
        pages.put(
                "/openapi.json",
                Page.of("application/json", Document.all(services).json().toString()));
        resource("asyncapi.yaml").ifPresent(text -> pages.put("/asyncapi.yaml", Page.of("application/yaml", text)));
        pages.put("/", Page.of("application/json", Json.text(index(services.keySet()))));
    }

    private static Map<String, Object> index(Collection<String> services) {
        Map<String, Object> index = new TreeMap<>();
        index.put("name", "Fjord");
        index.put("services", services);
        index.put(
                "links",
                new TreeMap<>(Map.of(
                        "api", "/openapi.json",
                        "events", "/asyncapi.yaml",
                        "live", "/health/live",
                        "ready", "/health/ready",
                        "services", "/health/services",
                        "metrics", "/metrics",
                        "problems", "/problems/{slug}")));
        return index;
    }

    /** Answers if the path is one of a document. */
    boolean answered(HttpServerRequest request) {
        Page page = pages.get(request.path());
        if (page == null) {
            return false;
        }
        write(request, page);
        return true;
    }

    /** @throws ProblemException if there is no such page */
    void problem(HttpServerRequest request) {
        String slug = request.path().substring("/problems/".length());
        String accept = request.getHeader("Accept");
        boolean html = accept != null && accept.contains("text/html");
        write(request, pages.computeIfAbsent((html ? "html " : "text ") + slug, key -> problem(slug, html)));
    }

    private static Page problem(String slug, boolean html) {
        String text = SLUG.matcher(slug).matches()
                ? resource("problems/" + slug + ".md").orElse("")
                : "";
        if (text.isEmpty()) {
            throw HttpProblems.noSuchPath("/problems/" + slug);
        }
        return html
                ? Page.of("text/html; charset=utf-8", html(slug, text))
                : Page.of("text/markdown; charset=utf-8", text);
    }

    /** The pages use headings, paragraphs and code; that is all that is rendered. */
    private static String html(String slug, String markdown) {
        String body = markdown.strip()
                .lines()
                .collect(Collectors.joining("\n"))
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;");
        StringBuilder page = new StringBuilder(
                        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(slug)
                .append("</title></head><body>\n");
        for (String block : body.split("\n\\s*\n")) {
            int level = 0;
            while (level < block.length() && block.charAt(level) == '#') {
                level++;
            }
            String tag = level == 0 ? "p" : "h" + level;
            page.append('<')
                    .append(tag)
                    .append('>')
                    .append(CODE.matcher(block.substring(level).strip()).replaceAll("<code>$1</code>"))
                    .append("</")
                    .append(tag)
                    .append(">\n");
        }
        return page.append("</body></html>\n").toString();
    }

    private static void write(HttpServerRequest request, Page page) {
        HttpServerResponse response = request.response()
                .putHeader("ETag", page.etag())
                .putHeader("Cache-Control", "no-cache")
                .putHeader("Vary", "Accept");
        if (page.etag().equals(request.getHeader("If-None-Match"))) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader("Content-Type", page.contentType()).end(page.content());
    }

    private static Optional<String> resource(String name) {
        try (InputStream in = Documents.class.getClassLoader().getResourceAsStream("fjord-schemas/" + name)) {
            return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be read", e);
        }
    }
}

package io.fjord.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A person at a browser: follows redirects, keeps cookies (Secure ones too, as browsers do on loopback), fills in forms. */
final class Browser {

    private static final Pattern FORM =
            Pattern.compile("<form[^>]*\\saction=\"([^\"]*)\"[^>]*>(.*?)</form>", Pattern.DOTALL);
    private static final Pattern PATH = Pattern.compile(";\\s*Path=([^;]*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern HIDDEN = Pattern.compile("<input[^>]*type=\"hidden\"[^>]*>");

    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<Cookie, String> cookies = new HashMap<>();
    private URI at = URI.create("about:blank");
    private String page = "";

    /** Each realm has its own of the same names. */
    private record Cookie(String path, String name) {}

    String page() {
        return page;
    }

    Browser open(URI address) throws IOException, InterruptedException {
        return go(HttpRequest.newBuilder(address).GET(), address);
    }

    /** Follows the first link whose address has that in it. */
    Browser click(String part) throws IOException, InterruptedException {
        var link = Pattern.compile("href=\"([^\"]*" + Pattern.quote(part) + "[^\"]*)\"")
                .matcher(page);
        assertThat(link.find()).as("a link to %s in %s", part, page).isTrue();
        return open(at.resolve(link.group(1).replace("&amp;", "&")));
    }

    /** Sends the one form of the page with these fields beside its hidden ones. */
    Browser submit(Map<String, String> fields) throws IOException, InterruptedException {
        var form = FORM.matcher(page);
        assertThat(form.find()).as("a form in %s", page).isTrue();
        var all = new LinkedHashMap<String, String>();
        var hidden = HIDDEN.matcher(form.group(2));
        while (hidden.find()) {
            all.put(attribute(hidden.group(), "name"), attribute(hidden.group(), "value"));
        }
        all.putAll(fields);
        var body = all.entrySet().stream()
                .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
                .collect(Collectors.joining("&"));
        var target = at.resolve(form.group(1).replace("&amp;", "&"));
        return go(
                HttpRequest.newBuilder(target)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(body)),
                target);
    }

    private Browser go(HttpRequest.Builder request, URI address) throws IOException, InterruptedException {
        var shown = cookies.entrySet().stream()
                .filter(cookie -> address.getPath().startsWith(cookie.getKey().path()))
                .map(cookie -> cookie.getKey().name() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
        if (!shown.isEmpty()) {
            request.setHeader("Cookie", shown);
        }
        var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        answer.headers().allValues("Set-Cookie").forEach(this::keep);
        at = address;
        page = answer.body();
        var location = answer.headers().firstValue("Location");
        if (answer.statusCode() / 100 == 3 && location.isPresent()) {
            return open(at.resolve(location.get()));
        }
        return this;
    }

    private void keep(String cookie) {
        var pair = cookie.split(";", 2)[0].split("=", 2);
        var path = PATH.matcher(cookie);
        var key = new Cookie(path.find() ? path.group(1) : "/", pair[0]);
        if (pair[1].isEmpty()) {
            cookies.remove(key);
        } else {
            cookies.put(key, pair[1]);
        }
    }

    private static String attribute(String tag, String name) {
        var found = Pattern.compile("\\s" + name + "=\"([^\"]*)\"").matcher(tag);
        return found.find() ? found.group(1).replace("&amp;", "&") : "";
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

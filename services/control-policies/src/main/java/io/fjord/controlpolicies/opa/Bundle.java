package io.fjord.controlpolicies.opa;

import io.fjord.codec.Json;
import io.fjord.kernel.Ids;
import io.fjord.platform.access.Snapshot;
import io.fjord.platform.access.Snapshot.Speaking;
import io.fjord.platform.access.cel.RegoCondition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/**
 * The grants and policies as an OPA bundle, which decides as Fjord's own engine does: the rules in Rego, what is known as data,
 * and the conditions translated. A policy whose condition cannot be translated denies if it denies, and allows nothing if it
 * allows; the data names it under {@code untranslated}.
 *
 * @param etag of the content, in quotes
 */
public record Bundle(String etag, byte[] bytes, List<String> untranslated) {

    private static final String RULES = read("/opa/fjord.rego");
    private static final int BLOCK = 512;

    public Bundle {
        untranslated = List.copyOf(untranslated);
    }

    /** @param revision how far the grants and policies are known */
    public static Bundle of(Snapshot snapshot, String revision) {
        StringBuilder conditions = new StringBuilder("package fjord\n\n");
        Map<String, List<Map<String, Object>>> allowing = new TreeMap<>();
        Map<String, List<Map<String, Object>>> denying = new TreeMap<>();
        List<String> untranslated = new ArrayList<>();
        int number = 0;
        for (Speaking rule : snapshot.rules()) {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("source", rule.source().toString());
            told.put("actions", rule.actions());
            told.put("resources", rule.resources().stream().map(Bundle::parts).toList());
            if (rule.expression() != null) {
                String name = "c" + number++;
                told.put("condition", name);
                Optional<String> rego = RegoCondition.of(name, rule.expression());
                rego.ifPresent(text -> conditions
                        .append("# ")
                        .append(rule.source())
                        .append('\n')
                        .append(text));
                if (rego.isEmpty()) {
                    untranslated.add(rule.source().toString());
                }
            }
            for (String subject : rule.subjects()) {
                (rule.allows() ? allowing : denying)
                        .computeIfAbsent(subject, none -> new ArrayList<>())
                        .add(told);
            }
        }
        Map<String, Object> known = new LinkedHashMap<>();
        known.put("refused", snapshot.refused().stream().sorted().toList());
        known.put("groups", new TreeMap<>(snapshot.groups()));
        known.put("allowing", allowing);
        known.put("denying", denying);
        known.put("untranslated", untranslated);
        String data = Json.text(Map.of("fjord", Map.of("known", known)));
        String etag = "\""
                + Ids.sha256(
                        RULES.getBytes(StandardCharsets.UTF_8),
                        conditions.toString().getBytes(StandardCharsets.UTF_8),
                        data.getBytes(StandardCharsets.UTF_8))
                + "\"";
        Map<String, String> files = new LinkedHashMap<>();
        files.put("/.manifest", Json.text(Map.of("revision", revision, "roots", List.of("fjord"), "rego_version", 1)));
        files.put("/data.json", data);
        files.put("/fjord.rego", RULES);
        files.put("/conditions.rego", conditions.toString());
        return new Bundle(etag, archive(files), untranslated);
    }

    private static Map<String, String> parts(String resource) {
        String[] parts = resource.split("/", 3);
        Map<String, String> named = new LinkedHashMap<>();
        named.put("domain", parts[0]);
        named.put("kind", parts[1]);
        named.put("name", parts[2]);
        return named;
    }

    private static byte[] archive(Map<String, String> files) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(all)) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
                out.write(header(file.getKey(), content.length));
                out.write(content);
                out.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
            }
            out.write(new byte[2 * BLOCK]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toByteArray();
    }

    /** A file's header in an archive as tar has had it since POSIX.1-1988. */
    private static byte[] header(String name, int size) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000644");
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, String.format("%011o", size));
        put(header, 136, "00000000000");
        put(header, 148, "        ");
        header[156] = '0';
        put(header, 257, "ustar");
        put(header, 263, "00");
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xff;
        }
        put(header, 148, String.format("%06o", sum));
        header[154] = 0;
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static String read(String resource) {
        try (InputStream in = Objects.requireNonNull(Bundle.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

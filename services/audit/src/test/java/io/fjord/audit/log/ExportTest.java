package io.fjord.audit.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An export proves what it holds, and nothing of it can be changed. */
class ExportTest {

    private static final byte[] LONG =
            ("{\"v\":1,\"seq\":300,\"data\":\"" + "x".repeat(70_000) + "\"}").getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    private static LogOfTests log() {
        List<byte[]> entries = LogOfTests.entries(700);
        String hash = HexFormat.of().formatHex(Merkle.sha256().digest(LONG));
        entries.set(
                299,
                ("{\"v\":1,\"seq\":300,\"sha256\":\"" + hash + "\",\"bytes\":" + LONG.length + "}")
                        .getBytes(StandardCharsets.UTF_8));
        LogOfTests log = LogOfTests.of(entries, LogOfTests.SIGNER);
        log.files.put(LogSource.whole(hash), LONG);
        return log;
    }

    private static byte[] exported(LogOfTests log, long first, long last) throws IOException {
        ByteArrayOutputStream zip = new ByteArrayOutputStream();
        SignedNote note = SignedNote.parse(new String(log.files.get(LogSource.CHECKPOINT), StandardCharsets.UTF_8));
        new Export("fjord.test/audit", first, last, "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", 700)
                .write(log, LogOfTests.SIGNER, note, zip);
        return zip.toByteArray();
    }

    private List<Finding> findings(byte[] zip) throws IOException {
        Path file = Files.write(folder.resolve("export.zip"), zip);
        return new ExportVerifier(file, LogOfTests.SIGNER.key()).verify().findings();
    }

    @Test
    void any_part_of_a_log_proves_itself() throws IOException {
        LogOfTests log = log();
        for (long[] range : new long[][] {{1, 700}, {1, 1}, {700, 700}, {257, 512}, {250, 310}, {513, 699}}) {
            assertThat(findings(exported(log, range[0], range[1]))).isEmpty();
        }
        assertThat(ExportVerifier.keyOf(folder.resolve("export.zip"))).isEqualTo(LogOfTests.SIGNER.key());
    }

    @Test
    void whatever_is_changed_of_it_is_found() throws IOException {
        Map<String, byte[]> files = files(exported(log(), 250, 310));
        Random random = new Random(3);
        List<String> names = new ArrayList<>(files.keySet());
        names.remove("README.txt");
        names.remove(Export.KEY);
        for (int i = 0; i < 200; i++) {
            Map<String, byte[]> changed = new LinkedHashMap<>();
            files.forEach((name, bytes) -> changed.put(name, bytes.clone()));
            String name = names.get(random.nextInt(names.size()));
            byte[] bytes = changed.get(name);
            switch (random.nextInt(4)) {
                case 0 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                case 1 -> changed.remove(name);
                case 2 -> changed.put(name, java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length)));
                default -> {
                    List<String> lines = new ArrayList<>(new String(files.get(Export.ENTRIES), StandardCharsets.UTF_8)
                            .lines()
                            .toList());
                    lines.add(random.nextInt(lines.size()), lines.remove(random.nextInt(lines.size())) + " ");
                    changed.put(Export.ENTRIES, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
            assertThat(findings(zip(changed))).as("%d: %s", i, name).isNotEmpty();
        }
    }

    private static Map<String, byte[]> files(byte[] zip) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(new java.io.ByteArrayInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                files.put(entry.getName(), in.readAllBytes());
            }
        }
        return files;
    }

    private static byte[] zip(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                ((OutputStream) zip).write(file.getValue());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }
}

package io.fjord.audit.log;

import io.fjord.audit.log.Finding.Check;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** Goes through an {@link Export}, with nothing but the file and the log's key. */
public final class ExportVerifier {

    private static final int LONGEST_NOTE = 1_000_000;

    private final Path file;
    private final @Nullable NoteKey key;
    private final List<Finding> findings = new ArrayList<>();
    private long bytes;

    /** @param key null to believe the one in the file, which proves less */
    public ExportVerifier(Path file, @Nullable NoteKey key) {
        this.file = file;
        this.key = key;
    }

    /** The key that came with it. */
    public static NoteKey keyOf(Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return NoteKey.parse(text(zip, Export.KEY));
        }
    }

    public LogVerifier.Report verify() throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return verify(zip);
        } catch (ZipException | IllegalArgumentException e) {
            found(Check.FILES, file.toString(), String.valueOf(e.getMessage()));
            return new LogVerifier.Report(null, "", 0, bytes, findings);
        }
    }

    private LogVerifier.Report verify(ZipFile zip) throws IOException {
        NoteKey signer = key == null ? NoteKey.parse(text(zip, Export.KEY)) : key;
        SignedNote note = SignedNote.parse(text(zip, LogSource.CHECKPOINT));
        SignedNote claim = SignedNote.parse(text(zip, Export.CLAIM));
        Checkpoint checkpoint = Checkpoint.parse(note.text());
        Export export = Export.parse(claim.text());
        if (!note.isSignedBy(signer) || !checkpoint.origin().equals(signer.name())) {
            found(Check.SIGNATURE, LogSource.CHECKPOINT, "is not signed by " + signer.name());
        }
        if (!claim.isSignedBy(signer)) {
            found(Check.SIGNATURE, Export.CLAIM, "is not signed by " + signer.name());
        }
        if (!export.isUnder(checkpoint)) {
            found(Check.SIGNATURE, Export.CLAIM, "is of another log, or of another size of it");
        }
        byte[] hashes = entries(zip, export);
        long count = hashes.length / Merkle.HASH_BYTES;
        if (count != export.last() - export.first() + 1) {
            found(
                    Check.BUNDLES,
                    Export.ENTRIES,
                    "holds " + count + " entries, not " + (export.last() - export.first() + 1));
        }
        List<byte[]> proof = new ArrayList<>();
        text(zip, Export.PROOF).lines().forEach(line -> proof.add(hash(line)));
        if (!Proofs.contains(hashes, export.first() - 1, checkpoint.size(), checkpoint.root(), proof)) {
            found(Check.ROOT, Export.ENTRIES, "the entries and the proof do not make the root of the checkpoint");
        }
        return new LogVerifier.Report(checkpoint, note.toString(), count, bytes, findings);
    }

    private static byte[] hash(String line) {
        byte[] hash = Base64.getDecoder().decode(line);
        if (hash.length != Merkle.HASH_BYTES) {
            throw new IllegalArgumentException("The proof holds something that is no hash");
        }
        return hash;
    }

    /** @return the hashes of the entries */
    private byte[] entries(ZipFile zip, Export export) throws IOException {
        ByteArrayOutputStream hashes = new ByteArrayOutputStream();
        Set<String> whole = new LinkedHashSet<>();
        try (InputStream in = new BufferedInputStream(open(zip, Export.ENTRIES), 1 << 16)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            long seq = export.first();
            for (int read = in.read(); read >= 0; read = in.read()) {
                if (read != '\n') {
                    line.write(read);
                    continue;
                }
                byte[] entry = line.toByteArray();
                line.reset();
                bytes += entry.length;
                hashes.write(Merkle.leaf(entry));
                byte[] begins = ("{\"v\":1,\"seq\":" + seq + ",").getBytes(StandardCharsets.US_ASCII);
                if (entry.length < begins.length || Arrays.mismatch(begins, Arrays.copyOf(entry, begins.length)) >= 0) {
                    found(Check.NUMBERS, "entry " + seq, "does not say that it is number " + seq);
                }
                String sha256 = Export.LongEntry.of(entry, 0, entry.length, seq);
                if (sha256 != null) {
                    whole.add(sha256);
                }
                seq++;
            }
            if (line.size() > 0) {
                found(Check.BUNDLES, Export.ENTRIES, "its last line has no end");
            }
        }
        for (String sha256 : whole) {
            whole(zip, sha256);
        }
        return hashes.toByteArray();
    }

    private void whole(ZipFile zip, String sha256) throws IOException {
        String path = LogSource.whole(sha256);
        ZipEntry there = zip.getEntry(path);
        if (there == null) {
            found(Check.FILES, path, "is not there");
            return;
        }
        try (InputStream in = zip.getInputStream(there)) {
            byte[] all = in.readAllBytes();
            bytes += all.length;
            if (!HexFormat.of().formatHex(Merkle.sha256().digest(all)).equals(sha256)) {
                found(Check.WHOLE, path, "is not what the log says of it");
            }
        }
    }

    private void found(Check check, String where, String what) {
        if (findings.size() < 100) {
            findings.add(new Finding(check, where, what));
        }
    }

    private static InputStream open(ZipFile zip, String name) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new ZipException("there is no '" + name + "' in it");
        }
        return zip.getInputStream(entry);
    }

    private static String text(ZipFile zip, String name) throws IOException {
        try (InputStream in = open(zip, name)) {
            return new String(in.readNBytes(LONGEST_NOTE), StandardCharsets.UTF_8);
        }
    }
}

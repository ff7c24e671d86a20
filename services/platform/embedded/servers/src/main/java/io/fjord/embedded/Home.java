package io.fjord.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * The folder a Fjord lives in (usually {@code .fjord}): data, logs, secrets and who runs.
 *
 * @param root absolute path of the folder
 * @param binaries where database binaries are unpacked; tests share one folder per machine
 */
public record Home(Path root, Path binaries) {

    public Home {
        root = root.toAbsolutePath().normalize();
        binaries = binaries.toAbsolutePath().normalize();
    }

    public static Home at(Path root) {
        return new Home(root, root.resolve("binaries"));
    }

    /** Makes the folders that are missing. */
    public Home create() {
        try {
            Files.createDirectories(root);
            for (var folder : new Path[] {data(), logs(), run(), secrets()}) {
                Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PRIVATE_FOLDER));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make the folder " + root + ": " + e.getMessage(), e);
        }
        return this;
    }

    public Path data() {
        return root.resolve("data");
    }

    public Path data(String server) {
        return data().resolve(server);
    }

    public Path logs() {
        return root.resolve("logs");
    }

    public Path log(String process) {
        return logs().resolve(process + ".log");
    }

    public Path run() {
        return root.resolve("run");
    }

    public Path secrets() {
        return root.resolve("secrets");
    }

    public Path secretFile(String name) {
        return secrets().resolve(name);
    }

    /** The secret of that name; 256 random bits, made at its first use and kept in a file only the owner reads. */
    public String secret(String name) {
        return secret(name, Base64.getUrlEncoder().withoutPadding());
    }

    /** Like {@link #secret(String)}, in standard base64: what readers of key files expect. */
    public String key(String name) {
        return secret(name, Base64.getEncoder());
    }

    private String secret(String name, Base64.Encoder encoder) {
        var file = secretFile(name);
        try {
            if (!Files.exists(file)) {
                var random = new byte[32];
                new SecureRandom().nextBytes(random);
                writePrivately(file, encoder.encodeToString(random) + "\n");
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read or write the secret " + file + ": " + e.getMessage(), e);
        }
    }

    /** Writes a file that only its owner may read, whole or not at all. */
    public static void writePrivately(Path file, String content) throws IOException {
        Files.createDirectories(parent(file));
        var temporary = file.resolveSibling(
                file.getFileName() + "." + ProcessHandle.current().pid() + ".new");
        try {
            Files.createFile(temporary, PosixFilePermissions.asFileAttribute(PRIVATE_FILE));
        } catch (FileAlreadyExistsException e) {
            // Left by a process of the same id that was killed between these two steps.
            Files.setPosixFilePermissions(temporary, PRIVATE_FILE);
        }
        Files.write(temporary, content.getBytes(StandardCharsets.UTF_8));
        Files.move(temporary, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    static Path parent(Path file) {
        var parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException(file + " has no parent folder");
        }
        return parent;
    }

    private static final java.util.Set<java.nio.file.attribute.PosixFilePermission> PRIVATE_FILE =
            PosixFilePermissions.fromString("rw-------");
    private static final java.util.Set<java.nio.file.attribute.PosixFilePermission> PRIVATE_FOLDER =
            PosixFilePermissions.fromString("rwx------");
}

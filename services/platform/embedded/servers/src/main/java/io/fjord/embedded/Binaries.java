package io.fjord.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** Unpacks database binaries from their jars, once per folder, even when several processes want them at the same time. */
final class Binaries {

    private Binaries() {}

    interface Unpack {
        void into(Path folder) throws IOException;
    }

    /** The folder {@code name} below {@code binaries}, unpacked if it is not there yet; whole or not at all. */
    static Path once(Path binaries, String name, Unpack unpack) throws IOException {
        var folder = binaries.resolve(name);
        if (Files.isDirectory(folder)) {
            return folder;
        }
        Files.createDirectories(binaries);
        try (var channel = FileChannel.open(
                        binaries.resolve(name + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var lock = channel.lock()) {
            if (lock.isValid() && !Files.isDirectory(folder)) {
                deleteUnfinished(binaries, name);
                var temporary = Files.createTempDirectory(binaries, name + "-");
                Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
                unpack.into(temporary);
                Files.move(temporary, folder, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        return folder;
    }

    /** What an interrupted run left: under the lock nobody else is at it. */
    private static void deleteUnfinished(Path binaries, String name) throws IOException {
        try (var folders = Files.newDirectoryStream(
                binaries,
                path -> String.valueOf(path.getFileName()).matches(Pattern.quote(name) + "-\\d+")
                        && Files.isDirectory(path))) {
            for (var folder : folders) {
                Trees.delete(folder);
            }
        }
    }

    static void unpackTxz(InputStream resource, Path folder) throws IOException {
        try (var tar = new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(resource)))) {
            for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                var target = inside(folder, entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else if (entry.isSymbolicLink()) {
                    Files.createDirectories(Home.parent(target));
                    Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
                } else {
                    Files.createDirectories(Home.parent(target));
                    Files.copy(tar, target);
                    if ((entry.getMode() & 0100) != 0) {
                        Files.setPosixFilePermissions(target, EXECUTABLE);
                    }
                }
            }
        }
    }

    /** Unpacks what lies below {@code prefix} and is wanted; what lies in {@code bin} and {@code scripts} can be run. */
    static void unpackZip(Path jar, String prefix, Predicate<String> wanted, Path folder) throws IOException {
        try (var zip = new ZipInputStream(new BufferedInputStream(Files.newInputStream(jar)))) {
            for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.isDirectory() || !entry.getName().startsWith(prefix)) {
                    continue;
                }
                var name = entry.getName().substring(prefix.length());
                if (!wanted.test(name)) {
                    continue;
                }
                var target = inside(folder, name);
                Files.createDirectories(Home.parent(target));
                Files.copy(zip, target);
                if (name.startsWith("bin/") || name.startsWith("scripts/")) {
                    Files.setPosixFilePermissions(target, EXECUTABLE);
                }
            }
        }
    }

    private static Path inside(Path folder, String name) throws IOException {
        var target = folder.resolve(name).normalize();
        if (!target.startsWith(folder)) {
            throw new IOException("The archive holds a path outside its folder: " + name);
        }
        return target;
    }

    private static final java.util.Set<java.nio.file.attribute.PosixFilePermission> EXECUTABLE =
            PosixFilePermissions.fromString("rwxr-xr-x");
}

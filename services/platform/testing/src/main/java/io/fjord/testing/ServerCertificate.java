package io.fjord.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/**
 * A certificate for {@code localhost} and 127.0.0.1 that nobody signed but itself, made with the JDK's keytool, and its key:
 * {@code key.pem} and {@code certificate.pem} in a folder.
 */
public record ServerCertificate(Path key, Path file, Certificate certificate) {

    private static final String ALIAS = "server";
    private static final String PASSWORD = "of-a-test";

    /** Makes one; another that lies in the folder is replaced. */
    public static ServerCertificate make(Path folder, String name)
            throws IOException, GeneralSecurityException, InterruptedException {
        return make(folder, name, "dns:localhost,ip:127.0.0.1");
    }

    /**
     * As {@link #make(Path, String)}, for others.
     *
     * @param names as keytool writes them: {@code dns:example.org,ip:192.0.2.1}
     */
    public static ServerCertificate make(Path folder, String name, String names)
            throws IOException, GeneralSecurityException, InterruptedException {
        Path store = folder.resolve(name + ".p12");
        // Of a run before, which keytool would not write over.
        Files.deleteIfExists(store);
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-validity",
                        "2",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=" + names,
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
        if (!keytool.waitFor(30, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            throw new IOException("keytool made no certificate: " + Files.readString(folder.resolve(name + ".log")));
        }
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        Certificate certificate = keys.getCertificate(ALIAS);
        return new ServerCertificate(
                put(
                        folder.resolve("key.pem"),
                        "PRIVATE KEY",
                        keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded()),
                put(folder.resolve("certificate.pem"), "CERTIFICATE", certificate.getEncoded()),
                certificate);
    }

    private static Path put(Path file, String kind, byte[] content) throws IOException {
        Path half = file.resolveSibling(file.getFileName() + ".half");
        Files.writeString(
                half,
                "-----BEGIN " + kind + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                        + "\n-----END " + kind + "-----\n");
        return Files.move(half, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}

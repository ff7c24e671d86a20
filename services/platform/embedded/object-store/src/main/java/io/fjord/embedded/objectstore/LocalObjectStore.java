package io.fjord.embedded.objectstore;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.blobstore.BlobStore;

/** The local S3 store: S3Proxy over a folder, opened with its own keys or with keys derived of them for some of its files. */
public final class LocalObjectStore {

    private LocalObjectStore() {}

    /** @param arguments the file with S3Proxy's settings */
    public static void main(String[] arguments) throws Exception {
        Properties settings = new Properties();
        try (InputStream in = Files.newInputStream(Path.of(arguments[0]))) {
            settings.load(in);
        }
        BlobStore files = BlobStores.create(settings.getProperty("jclouds.provider"), settings);
        S3Proxy server =
                S3Proxy.Builder.fromProperties(settings).blobStore(files).build();
        server.setBlobStoreLocator(new DerivedKeys(
                settings.getProperty("s3proxy.identity"), settings.getProperty("s3proxy.credential"), files));
        server.start();
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                server.stop();
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        "object-store-shutdown"));
    }
}

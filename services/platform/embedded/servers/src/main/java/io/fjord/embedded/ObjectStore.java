package io.fjord.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The local S3: S3Proxy over a folder, one plain file per object; it knows keys that the catalog derives of its own. */
public final class ObjectStore extends ServerProcess {

    /** The bucket that exists from the start. */
    public static final String BUCKET = "lakehouse";

    private static final String MODULE = "services/platform/embedded/object-store";

    private final int heapMegabytes;

    public ObjectStore(Home home, int port, int heapMegabytes) {
        super(home, "object-store", port);
        this.heapMegabytes = heapMegabytes;
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port();
    }

    public String accessKey() {
        return home.secret("s3-access-key");
    }

    public String secretKey() {
        return home.secret("s3-secret-key");
    }

    /** Where it keeps its buckets, each a folder. */
    public Path folder() {
        return home.data("object-store");
    }

    @Override
    protected void prepare() throws IOException {
        Files.createDirectories(
                folder().resolve(BUCKET),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Home.writePrivately(
                configuration(),
                String.join(
                        "\n",
                        "s3proxy.endpoint=" + endpoint(),
                        "s3proxy.authorization=aws-v2-or-v4",
                        "s3proxy.identity=" + accessKey(),
                        "s3proxy.credential=" + secretKey(),
                        "jclouds.provider=filesystem-nio2",
                        "jclouds.identity=unused",
                        "jclouds.credential=unused",
                        "jclouds.filesystem.basedir=" + folder(),
                        ""));
    }

    private Path configuration() {
        return home.secretFile("object-store.properties");
    }

    @Override
    protected List<String> command() {
        // The jar holds everything it needs; its declared dependencies would stand on the class path twice.
        var jar = Checkout.jar(MODULE, "s3proxy-");
        // S3Proxy serves what others may read on disk to anybody, without a key: so nobody else may.
        return List.of(
                "sh",
                "-c",
                "umask 077; exec \"$@\"",
                "sh",
                java(),
                "-Xmx" + heapMegabytes + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-DLOG_LEVEL=warn",
                "-cp",
                Checkout.root().resolve(MODULE).resolve("target/classes") + File.pathSeparator + jar,
                "io.fjord.embedded.objectstore.LocalObjectStore",
                configuration().toString());
    }

    @Override
    protected boolean isReady() {
        return answersOnPort();
    }
}

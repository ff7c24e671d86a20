package io.fjord.ingest.produce;

import io.fjord.platform.http.HttpProblems;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** Bodies as they were before they were packed; never more than is let in. */
final class Bodies {

    static final int LARGEST = 32 << 20;

    private Bodies() {}

    /** @throws io.fjord.platform.http.ProblemException for what cannot be unpacked, or is too large then */
    static byte[] unpacked(byte[] body, @Nullable String encoding) {
        if (encoding == null || encoding.equalsIgnoreCase("identity")) {
            return body;
        }
        if (!encoding.equalsIgnoreCase("gzip")) {
            throw EventProblems.notUnpacked("'" + encoding + "' is not read here");
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body), 64 * 1024)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream(Math.min(LARGEST, body.length * 4 + 64));
            byte[] buffer = new byte[64 * 1024];
            int read = in.read(buffer);
            while (read >= 0) {
                if (out.size() + read > LARGEST) {
                    throw HttpProblems.bodyTooLarge(LARGEST);
                }
                out.write(buffer, 0, read);
                read = in.read(buffer);
            }
            return out.toByteArray();
        } catch (ZipException | EOFException e) {
            throw EventProblems.notUnpacked("It is not whole gzip");
        } catch (IOException e) {
            throw new IllegalStateException("A body in memory cannot be read", e);
        }
    }
}

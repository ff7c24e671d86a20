package io.fjord.catalog;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.net.http.HttpClient;
import java.util.Random;

/** What Jazzer drives: each of its inputs becomes some requests to a catalog in its process. */
public final class RoutesFuzzTarget {

    private static final int MOST_REQUESTS = 4;
    private static final String NAMESPACE = "fuzz";

    private static Refusals refusals;

    private RoutesFuzzTarget() {}

    /** Called once by Jazzer; {@link RoutesFuzzIT} says by environment where the servers are. */
    @SuppressWarnings("resource") // lives as long as the process
    public static void fuzzerInitialize() throws Exception {
        ServedCatalog served = new ServedCatalog(
                System.getenv("FUZZ_KAFKA"),
                System.getenv("FUZZ_DATABASE"),
                System.getenv("FUZZ_S3"),
                System.getenv("FUZZ_S3_ACCESS_KEY"),
                System.getenv("FUZZ_S3_SECRET_KEY"));
        refusals = new Refusals(HttpClient.newHttpClient(), served.uri().replaceAll("/iceberg$", ""), "any", NAMESPACE);
        refusals.furnish();
    }

    /** Called by Jazzer. */
    public static void fuzzerTestOneInput(FuzzedDataProvider data) {
        Malformed malformed = new Malformed(new Drawn(data), NAMESPACE);
        for (int i = 0; i < MOST_REQUESTS && (i == 0 || data.remainingBytes() > 0); i++) {
            refusals.fault(malformed.request()).ifPresent(fault -> {
                throw new AssertionError(fault);
            });
        }
    }

    /** Draws what Jazzer gives it to draw. */
    private static final class Drawn extends Random {

        private static final long serialVersionUID = 1L;

        private final transient FuzzedDataProvider data;

        Drawn(FuzzedDataProvider data) {
            this.data = data;
        }

        @Override
        protected int next(int bits) {
            return data.consumeInt() >>> (Integer.SIZE - bits);
        }

        @Override
        public int nextInt(int bound) {
            return data.consumeInt(0, bound - 1);
        }

        @Override
        public boolean nextBoolean() {
            return data.consumeBoolean();
        }
    }
}

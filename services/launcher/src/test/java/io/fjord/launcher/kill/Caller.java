package io.fjord.launcher.kill;

import java.io.IOException;

/** Who a client is, and how it proves that at each call. */
record Caller(String actor, Credential credential) {

    interface Credential {
        /** Fails with an {@code IOException} while there is none to be had. */
        String token() throws IOException, InterruptedException;
    }
}

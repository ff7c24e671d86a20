package io.fjord.ingestion.capture;

import io.fjord.contract.Networks;
import io.fjord.ingestion.CannotGoOn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses source databases may have: those of private networks too, for that is where databases are, but none by which this
 * machine or a cloud's metadata is reached.
 */
final class Reach {

    private final Networks networks;

    /** @param allowed networks that may be reached although they are special: {@code 127.0.0.0/8} */
    Reach(List<String> allowed) {
        this.networks = Networks.privateToo(allowed);
    }

    /** What to connect to; the name is asked once, so that it cannot mean something else a moment later. */
    InetAddress address(String host) throws CannotGoOn, IOException {
        InetAddress[] all;
        try {
            all = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw new IOException("The host '" + host + "' of the database is not known", e);
        }
        // One address that may not be reached is enough: a name that means both is nobody's honest database.
        for (InetAddress address : all) {
            Optional<String> refusal = networks.refusal(address);
            if (refusal.isPresent()) {
                throw new CannotGoOn("The host '" + host + "' of the database may not be reached: " + refusal.get()
                        + ". Who runs the platform can allow its network (FJORD_SOURCES_NETWORKS).");
            }
        }
        return all[0];
    }
}

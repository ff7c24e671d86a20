package io.fjord.ingest;

import io.fjord.kernel.Guard;
import io.fjord.platform.http.Doorkeeper;
import io.fjord.platform.kafka.KafkaConfig;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;

/**
 * Settings of ingest.
 *
 * @param databaseUrl {@code postgresql://…} or {@code mariadb://…}
 * @param gateway where journals are read from, when a topic does not have all
 * @param token the operator's, for that
 * @param doorkeeper lets in who may
 * @param guards of this service's own commands
 * @param port 0 for any
 * @param deduplicationBytes that all streams together may use to know their recent events
 */
public record IngestConfig(
        KafkaConfig kafka,
        String databaseUrl,
        URI gateway,
        Supplier<String> token,
        Doorkeeper doorkeeper,
        List<Guard> guards,
        String host,
        int port,
        long deduplicationBytes) {

    private static final int OF_THE_HEAP = 4;

    public IngestConfig {
        guards = List.copyOf(guards);
    }

    /** A quarter of the heap is for recent events. */
    public IngestConfig(
            KafkaConfig kafka,
            String databaseUrl,
            URI gateway,
            Supplier<String> token,
            Doorkeeper doorkeeper,
            List<Guard> guards,
            String host,
            int port) {
        this(
                kafka,
                databaseUrl,
                gateway,
                token,
                doorkeeper,
                guards,
                host,
                port,
                Runtime.getRuntime().maxMemory() / OF_THE_HEAP);
    }

    @Override
    public String toString() {
        return "IngestConfig[" + host + ":" + port + "]";
    }
}

package io.fjord.sql;

import io.fjord.kernel.AccessChanges;
import io.fjord.kernel.Journals;
import io.fjord.platform.http.Authenticator;
import io.fjord.platform.kafka.KafkaConfig;
import io.fjord.sql.statement.StatementLimits;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Settings of the SQL service.
 *
 * @param databaseUrl the metastore, as {@link io.fjord.platform.sql.Database#open} takes it
 * @param journals where core's events are read from when its topic lacks some
 * @param masterKey 32 bytes that seal what statements say
 * @param spool folder of the results
 * @param gateway base address of the platform's API, asked for the credentials of clusters
 * @param token what this service shows at the gateway
 * @param access what runs for who is suspended or has left is ended
 * @param authenticator who may call
 * @param port 0 for any
 */
public record SqlConfig(
        String databaseUrl,
        KafkaConfig kafka,
        Journals journals,
        byte[] masterKey,
        Path spool,
        String gateway,
        Supplier<String> token,
        AccessChanges access,
        Authenticator authenticator,
        String host,
        int port,
        StatementLimits limits) {

    /** Without what is secret in it. */
    @Override
    public String toString() {
        return "SqlConfig[" + host + ":" + port + ", spool " + spool + ", " + limits + "]";
    }
}

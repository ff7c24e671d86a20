package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A table of a user's own database: what stands in it is read first, then every change as it is committed, by Debezium.
 *
 * @param port null for the usual one
 * @param user who may read the table and replicate
 * @param tables one; {@code public.orders}, or {@code orders} for PostgreSQL's public or the database's own
 * @param tls null for {@code REQUIRE}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DatabaseSource(
        DatabaseKind kind,
        String host,
        @Nullable Integer port,
        String database,
        String user,
        SecretName password,
        List<String> tables,
        @Nullable DatabaseTls tls) {

    public DatabaseSource {
        tables = List.copyOf(tables);
    }

    public int portOrDefault() {
        return port == null ? kind.defaultPort() : port;
    }

    public DatabaseTls tlsOrDefault() {
        return Objects.requireNonNullElse(tls, DatabaseTls.REQUIRE);
    }

    /** The schema of its table; on MySQL and MariaDB that is the database. */
    public String schema() {
        int dot = tables.get(0).indexOf('.');
        String otherwise = kind == DatabaseKind.POSTGRESQL ? "public" : database;
        return dot < 0 ? otherwise : tables.get(0).substring(0, dot);
    }

    public String table() {
        return tables.get(0).substring(tables.get(0).indexOf('.') + 1);
    }
}

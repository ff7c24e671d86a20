package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What a user's own database is. */
public enum DatabaseKind {
    @JsonProperty("postgresql")
    POSTGRESQL,
    @JsonProperty("mysql")
    MYSQL,
    @JsonProperty("mariadb")
    MARIADB;

    public int defaultPort() {
        return this == POSTGRESQL ? 5432 : 3306;
    }
}

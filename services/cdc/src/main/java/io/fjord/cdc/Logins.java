package io.fjord.cdc;

import io.fjord.capture.DatabaseLogin;
import io.fjord.contract.core.pipeline.DatabaseKind;
import io.fjord.contract.core.pipeline.DatabaseTls;
import io.fjord.platform.sql.DatabaseUrl;

/** The platform's own databases, as Debezium and JDBC reach them. */
public final class Logins {

    private Logins() {}

    public static DatabaseLogin of(DatabaseUrl url) {
        return new DatabaseLogin(
                switch (url.dialect()) {
                    case POSTGRES -> DatabaseKind.POSTGRESQL;
                    case MYSQL -> DatabaseKind.MYSQL;
                    case MARIADB -> DatabaseKind.MARIADB;
                },
                url.host(),
                url.port(),
                url.database(),
                url.user(),
                url.password(),
                switch (url.tls()) {
                    case DISABLE -> DatabaseTls.DISABLE;
                    case REQUIRE -> DatabaseTls.REQUIRE;
                    case VERIFY_FULL -> DatabaseTls.VERIFY_FULL;
                });
    }
}

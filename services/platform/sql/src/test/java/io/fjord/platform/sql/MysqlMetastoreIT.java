package io.fjord.platform.sql;

import org.junit.jupiter.api.TestInstance;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.mysql.MySQLContainer;

/** Where there is Docker: MySQL 8 by Testcontainers. */
@Testcontainers(disabledWithoutDocker = true)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MysqlMetastoreIT extends SqlMetastoreContract {

    @Container
    private static final MySQLContainer MYSQL =
            new MySQLContainer("mysql:8.4").withUsername("root").withPassword("fjord");

    @Override
    protected String url() {
        return "mysql://root:fjord@" + MYSQL.getHost() + ":" + MYSQL.getMappedPort(3306) + "/"
                + MYSQL.getDatabaseName();
    }

    @Override
    protected String suicide() {
        return "kill connection_id()";
    }
}

package io.fjord.catalog;

import io.fjord.catalog.explorer.SensitiveClassifications;
import io.fjord.catalog.iceberg.ObjectStorage;
import io.fjord.kernel.Guard;
import io.fjord.platform.http.Authenticator;
import io.fjord.platform.kafka.KafkaConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * How the catalog is set up.
 *
 * @param kafka where the topic is that the journal is compared with at start
 * @param databaseUrl of the metastore: {@code postgresql|mariadb|mysql://user:password@host:port/database}
 * @param objectStore where metadata files are written
 * @param clientS3Endpoint the object store as clients reach it
 * @param domains those that have a catalog, each a warehouse of its name
 * @param host to listen at
 * @param port to listen at; 0 for any
 * @param masterKey of the vault in which the keys to storages are
 * @param guards who may say no before a command is decided
 * @param index folder of the search index; what is lost with it is made again from the events
 * @param keepDropped how long a dropped table can be had back, where its catalog does not say
 * @param followsHive whether the tables of a Hive Metastore, captured by {@code cdc}, stand in the catalog too
 * @param beginsWithNamespace whether the catalog of each domain has the namespace {@code default} from the first start on,
 *     where JDBC clients, PyHive and dbt begin
 * @param sensitive what is hidden in samples of tables
 */
public record CatalogConfig(
        KafkaConfig kafka,
        String databaseUrl,
        ObjectStorage objectStore,
        String clientS3Endpoint,
        Set<String> domains,
        String host,
        int port,
        Authenticator authenticator,
        byte[] masterKey,
        List<Guard> guards,
        Path index,
        Duration keepDropped,
        boolean followsHive,
        boolean beginsWithNamespace,
        SensitiveClassifications sensitive) {

    private static final Duration A_WEEK = Duration.ofDays(7);

    public CatalogConfig {
        masterKey = masterKey.clone();
        guards = List.copyOf(guards);
    }

    public CatalogConfig(
            KafkaConfig kafka,
            String databaseUrl,
            ObjectStorage objectStore,
            String clientS3Endpoint,
            Set<String> domains,
            String host,
            int port,
            Authenticator authenticator,
            byte[] masterKey,
            List<Guard> guards,
            Path index) {
        this(
                kafka,
                databaseUrl,
                objectStore,
                clientS3Endpoint,
                domains,
                host,
                port,
                authenticator,
                masterKey,
                guards,
                index,
                A_WEEK,
                false,
                false,
                SensitiveClassifications.DEFAULT);
    }

    /** With the tables of the Hive Metastore, if there is one. */
    public CatalogConfig followingHive(boolean follows) {
        return new CatalogConfig(
                kafka,
                databaseUrl,
                objectStore,
                clientS3Endpoint,
                domains,
                host,
                port,
                authenticator,
                masterKey,
                guards,
                index,
                keepDropped,
                follows,
                beginsWithNamespace,
                sensitive);
    }

    /** With a namespace to begin in. */
    public CatalogConfig beginningWithNamespace() {
        return new CatalogConfig(
                kafka,
                databaseUrl,
                objectStore,
                clientS3Endpoint,
                domains,
                host,
                port,
                authenticator,
                masterKey,
                guards,
                index,
                keepDropped,
                followsHive,
                true,
                sensitive);
    }

    /** With other classifications that say that not everybody is to see the values. */
    public CatalogConfig hiding(Set<String> classifications) {
        return new CatalogConfig(
                kafka,
                databaseUrl,
                objectStore,
                clientS3Endpoint,
                domains,
                host,
                port,
                authenticator,
                masterKey,
                guards,
                index,
                keepDropped,
                followsHive,
                beginsWithNamespace,
                new SensitiveClassifications(classifications));
    }
}

package io.fjord.runtime;

import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.TableIdentifier;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.command.RunnableCommand;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Lets commands of Spark's own that go to the Hive Metastore past the session catalog ({@code TRUNCATE}, {@code LOAD DATA}, {@code ALTER
 * TABLE … DROP PARTITION}, {@code ANALYZE}, views) pass only for who may do so.
 */
public final class MetastoreCommands extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {

    /** These only tell. Who can name the table has been allowed to read it. */
    private static final Set<String> READING = Set.of("describe", "show", "explain", "cache", "uncache", "refresh");

    private static final Set<String> MANAGING = Set.of("drop", "altertablerename");

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        extensions.injectCheckRule(new AbstractFunction1<>() {
            @Override
            public scala.Function1<LogicalPlan, BoxedUnit> apply(SparkSession session) {
                return new AbstractFunction1<>() {
                    @Override
                    public BoxedUnit apply(LogicalPlan plan) {
                        check(plan);
                        return BoxedUnit.UNIT;
                    }
                };
            }
        });
        return BoxedUnit.UNIT;
    }

    private static void check(LogicalPlan plan) {
        if (plan instanceof RunnableCommand) {
            var name = plan.productPrefix().toLowerCase(Locale.ROOT);
            if (READING.stream().noneMatch(name::startsWith)) {
                CollectionConverters.asJava(plan.productIterator()).forEachRemaining(part -> {
                    var named = part instanceof CatalogTable made ? made.identifier() : part;
                    if (named instanceof TableIdentifier table
                            && table.database().isDefined()) {
                        MetastoreCatalog.require(
                                null,
                                name.contains("view") ? "view" : "table",
                                MANAGING.stream().anyMatch(name::startsWith) ? "manage" : "write",
                                table.database().get(),
                                table.table());
                    }
                });
            }
        }
    }
}

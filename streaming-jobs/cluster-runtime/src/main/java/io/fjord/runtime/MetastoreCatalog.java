package io.fjord.runtime;

import java.util.Map;
import java.util.Set;
import org.apache.iceberg.spark.SparkSessionCatalog;
import org.apache.spark.sql.catalyst.analysis.NamespaceAlreadyExistsException;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.catalyst.analysis.NoSuchViewException;
import org.apache.spark.sql.catalyst.analysis.NonEmptyNamespaceException;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.catalyst.analysis.ViewAlreadyExistsException;
import org.apache.spark.sql.catalyst.catalog.CatalogTableType;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.NamespaceChange;
import org.apache.spark.sql.connector.catalog.StagedTable;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.catalog.TableInfo;
import org.apache.spark.sql.connector.catalog.TableWritePrivilege;
import org.apache.spark.sql.connector.catalog.V1Table;
import org.apache.spark.sql.connector.catalog.View;
import org.apache.spark.sql.connector.catalog.ViewCatalog;
import org.apache.spark.sql.connector.catalog.ViewChange;
import org.apache.spark.sql.connector.catalog.ViewInfo;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The session catalog of a cluster with a Hive Metastore: Spark's own tables and Iceberg's side by side, each asked for as the owner
 * of the session may, see {@link TableRights}. Made by Spark by name, once for each session.
 */
public final class MetastoreCatalog<T extends TableCatalog & FunctionCatalog & SupportsNamespaces & ViewCatalog>
        extends SparkSessionCatalog<T> {

    private static volatile @Nullable TableRights rights;

    private final @Nullable SessionOwner made = SessionOwner.current();

    /** Whom to ask, for the whole process. */
    static void ask(TableRights who) {
        rights = who;
    }

    private void require(String kind, String verb, String... levels) {
        require(made, kind, verb, levels);
    }

    static void require(@Nullable SessionOwner otherwise, String kind, String verb, String... levels) {
        var asked = rights;
        if (asked == null) {
            throw new SecurityException("Nobody says who may use the tables of the Hive Metastore.");
        }
        var owner = SessionOwner.current();
        asked.require(owner == null ? otherwise : owner, kind, verb, levels);
    }

    private void require(Identifier table, String kind, String verb) {
        var levels = java.util.Arrays.copyOf(table.namespace(), table.namespace().length + 1);
        levels[table.namespace().length] = table.name();
        require(kind, verb, levels);
    }

    /** It is known only of a loaded one whether it is a view. */
    private Table readable(Identifier name, Table table) {
        require(name, isView(table) ? "view" : "table", "read");
        return table;
    }

    private static boolean isView(Table table) {
        return table instanceof V1Table hive && hive.catalogTable().tableType().equals(CatalogTableType.VIEW());
    }

    // Tables

    @Override
    public Table loadTable(Identifier name) throws NoSuchTableException {
        return readable(name, super.loadTable(name));
    }

    @Override
    public Table loadTable(Identifier name, String version) throws NoSuchTableException {
        return readable(name, super.loadTable(name, version));
    }

    @Override
    public Table loadTable(Identifier name, long timestamp) throws NoSuchTableException {
        return readable(name, super.loadTable(name, timestamp));
    }

    @Override
    public Table loadTable(Identifier name, Set<TableWritePrivilege> changes) throws NoSuchTableException {
        require(name, "table", "write");
        return super.loadTable(name);
    }

    @Override
    public Table createTable(Identifier name, StructType schema, Transform[] partitions, Map<String, String> properties)
            throws TableAlreadyExistsException, NoSuchNamespaceException {
        require(name, "table", "write");
        return super.createTable(name, schema, partitions, properties);
    }

    @Override
    public Table createTable(Identifier name, TableInfo table)
            throws TableAlreadyExistsException, NoSuchNamespaceException {
        require(name, "table", "write");
        return super.createTable(name, table);
    }

    @Override
    public StagedTable stageCreate(
            Identifier name, StructType schema, Transform[] partitions, Map<String, String> properties)
            throws TableAlreadyExistsException, NoSuchNamespaceException {
        require(name, "table", "write");
        return super.stageCreate(name, schema, partitions, properties);
    }

    @Override
    public StagedTable stageCreate(Identifier name, TableInfo table)
            throws TableAlreadyExistsException, NoSuchNamespaceException {
        require(name, "table", "write");
        return super.stageCreate(name, table);
    }

    @Override
    public StagedTable stageReplace(
            Identifier name, StructType schema, Transform[] partitions, Map<String, String> properties)
            throws NoSuchNamespaceException, NoSuchTableException {
        require(name, "table", "write");
        return super.stageReplace(name, schema, partitions, properties);
    }

    @Override
    public StagedTable stageReplace(Identifier name, TableInfo table)
            throws NoSuchNamespaceException, NoSuchTableException {
        require(name, "table", "write");
        return super.stageReplace(name, table);
    }

    @Override
    public StagedTable stageCreateOrReplace(
            Identifier name, StructType schema, Transform[] partitions, Map<String, String> properties)
            throws NoSuchNamespaceException {
        require(name, "table", "write");
        return super.stageCreateOrReplace(name, schema, partitions, properties);
    }

    @Override
    public StagedTable stageCreateOrReplace(Identifier name, TableInfo table) throws NoSuchNamespaceException {
        require(name, "table", "write");
        return super.stageCreateOrReplace(name, table);
    }

    @Override
    public Table alterTable(Identifier name, TableChange... changes) throws NoSuchTableException {
        require(name, "table", "write");
        return super.alterTable(name, changes);
    }

    @Override
    public boolean dropTable(Identifier name) {
        require(name, "table", "manage");
        return super.dropTable(name);
    }

    @Override
    public boolean purgeTable(Identifier name) {
        require(name, "table", "manage");
        return super.purgeTable(name);
    }

    @Override
    public void renameTable(Identifier from, Identifier to) throws NoSuchTableException, TableAlreadyExistsException {
        require(from, "table", "manage");
        require(to, "table", "write");
        super.renameTable(from, to);
    }

    // Views of Iceberg's kind; Hive's own are checked by MetastoreCommands

    /** Looked for under the name of every table too: only of one that is there is anything asked. */
    @Override
    public View loadView(Identifier name) throws NoSuchViewException {
        View found = super.loadView(name);
        require(name, "view", "read");
        return found;
    }

    @Override
    public View createView(ViewInfo view) throws ViewAlreadyExistsException, NoSuchNamespaceException {
        require(view.ident(), "view", "write");
        return super.createView(view);
    }

    @Override
    public View replaceView(
            Identifier name,
            String sql,
            String currentCatalog,
            String[] currentNamespace,
            StructType schema,
            String[] queryColumnNames,
            String[] columnAliases,
            String[] columnComments,
            Map<String, String> properties)
            throws NoSuchNamespaceException, NoSuchViewException {
        require(name, "view", "write");
        return super.replaceView(
                name,
                sql,
                currentCatalog,
                currentNamespace,
                schema,
                queryColumnNames,
                columnAliases,
                columnComments,
                properties);
    }

    @Override
    public View alterView(Identifier name, ViewChange... changes) throws NoSuchViewException {
        require(name, "view", "write");
        return super.alterView(name, changes);
    }

    @Override
    public boolean dropView(Identifier name) {
        require(name, "view", "manage");
        return super.dropView(name);
    }

    @Override
    public void renameView(Identifier from, Identifier to) throws NoSuchViewException, ViewAlreadyExistsException {
        require(from, "view", "manage");
        require(to, "view", "write");
        super.renameView(from, to);
    }

    /** They reach below tables, where nobody asks again. */
    @Override
    public UnboundProcedure loadProcedure(Identifier name) {
        require("catalog", "manage");
        return super.loadProcedure(name);
    }

    // Databases

    @Override
    public void createNamespace(String[] levels, Map<String, String> properties)
            throws NamespaceAlreadyExistsException {
        require("namespace", "write", levels);
        super.createNamespace(levels, properties);
    }

    @Override
    public void alterNamespace(String[] levels, NamespaceChange... changes) throws NoSuchNamespaceException {
        require("namespace", "write", levels);
        super.alterNamespace(levels, changes);
    }

    @Override
    public boolean dropNamespace(String[] levels, boolean cascade)
            throws NoSuchNamespaceException, NonEmptyNamespaceException {
        require("namespace", "manage", levels);
        return super.dropNamespace(levels, cascade);
    }
}

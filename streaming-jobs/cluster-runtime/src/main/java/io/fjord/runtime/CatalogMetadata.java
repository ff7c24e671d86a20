package io.fjord.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.catalyst.analysis.NoSuchViewException;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.connector.catalog.CatalogManager;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.CatalogV2Util;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.ViewCatalog;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The catalogs, schemas, tables and columns a session sees, as JDBC's metadata calls ask for them.
 *
 * <p>Patterns are JDBC's: {@code %} any text, {@code _} any character, {@code \} before either means itself; null or empty asks for
 * all. Of nested namespaces only those are listed whose name is given without a pattern: a walk would cost a call for each.
 */
public final class CatalogMetadata {

    public static final String TABLE = "TABLE";
    public static final String VIEW = "VIEW";

    private static final Pattern CATALOG_KEY = Pattern.compile("spark\\.sql\\.catalog\\.([^.]+)");

    public record Schema(String catalog, String name) {}

    public record Table(String catalog, String schema, String name, String type) {}

    private final SparkSession session;

    public CatalogMetadata(SparkSession session) {
        this.session = session;
    }

    /** Those that are configured, known or not yet used; Spark's own session catalog only when there is no other. */
    public List<String> catalogs() {
        var names = new TreeSet<String>();
        for (var key : scala.jdk.javaapi.CollectionConverters.asJava(
                session.conf().getAll().keySet())) {
            var catalog = CATALOG_KEY.matcher(key);
            if (catalog.matches()) {
                names.add(catalog.group(1));
            }
        }
        if (names.isEmpty()) {
            names.add(CatalogManager.SESSION_CATALOG_NAME());
        }
        return List.copyOf(names);
    }

    public String currentCatalog() {
        return session.sessionState().catalogManager().currentCatalog().name();
    }

    public List<Schema> schemas(@Nullable String catalog, @Nullable String schemaPattern) {
        var schemas = new ArrayList<Schema>();
        for (var name : catalogsNamed(catalog)) {
            if (plugin(name) instanceof SupportsNamespaces namespaces) {
                schemasOf(namespaces, schemaPattern, levels -> schemas.add(new Schema(name, String.join(".", levels))));
            }
        }
        return schemas;
    }

    private static void schemasOf(SupportsNamespaces catalog, @Nullable String pattern, Consumer<String[]> found) {
        if (pattern != null && pattern.contains(".") && isExact(pattern)) {
            var levels = SparkEngine.levels(unescaped(pattern)).toArray(String[]::new);
            if (catalog.namespaceExists(levels)) {
                found.accept(levels);
            }
            return;
        }
        var like = like(pattern);
        try {
            Arrays.stream(catalog.listNamespaces())
                    .filter(levels -> like.test(String.join(".", levels)))
                    .sorted((a, b) -> String.join(".", a).compareTo(String.join(".", b)))
                    .forEach(found);
        } catch (NoSuchNamespaceException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sorted by catalog, schema and name; {@code types} null or empty asks for tables and views. */
    public List<Table> tables(
            @Nullable String catalog,
            @Nullable String schemaPattern,
            @Nullable String tablePattern,
            @Nullable List<String> types) {
        var all = types == null || types.isEmpty();
        var like = like(tablePattern);
        var tables = new ArrayList<Table>();
        for (var schema : schemas(catalog, schemaPattern)) {
            var plugin = plugin(schema.catalog());
            var levels = SparkEngine.levels(schema.name()).toArray(String[]::new);
            var names = new ArrayList<Table>();
            if (plugin instanceof ViewCatalog views) {
                for (var view : viewsIn(views, levels)) {
                    names.add(new Table(schema.catalog(), schema.name(), view.name(), VIEW));
                }
            }
            if (plugin instanceof TableCatalog catalogOfTables) {
                for (var table : tablesIn(catalogOfTables, levels)) {
                    // Some catalogs list views among the tables too.
                    if (names.stream().noneMatch(view -> view.name().equals(table.name()))) {
                        names.add(new Table(schema.catalog(), schema.name(), table.name(), TABLE));
                    }
                }
            }
            names.stream()
                    .filter(table -> like.test(table.name()))
                    .filter(table -> all || hasType(types, table.type()))
                    .sorted((a, b) -> a.name().compareTo(b.name()))
                    .forEach(tables::add);
        }
        return tables;
    }

    private static boolean hasType(@Nullable List<String> types, String type) {
        return types != null && types.stream().anyMatch(type::equalsIgnoreCase);
    }

    // A schema dropped while we list has no tables.
    private static Identifier[] tablesIn(TableCatalog catalog, String[] levels) {
        try {
            return catalog.listTables(levels);
        } catch (NoSuchNamespaceException e) {
            return new Identifier[0];
        }
    }

    private static Identifier[] viewsIn(ViewCatalog catalog, String[] levels) {
        try {
            return catalog.listViews(levels);
        } catch (NoSuchNamespaceException | UnsupportedOperationException e) {
            return new Identifier[0];
        }
    }

    /** The columns of a table or view; null when it was dropped meanwhile. */
    public @Nullable StructType columns(Table table) {
        var name = Identifier.of(SparkEngine.levels(table.schema()).toArray(String[]::new), table.name());
        var plugin = plugin(table.catalog());
        try {
            if (table.type().equals(VIEW) && plugin instanceof ViewCatalog views) {
                return views.loadView(name).schema();
            }
            return plugin instanceof TableCatalog tables
                    ? CatalogV2Util.v2ColumnsToStructType(tables.loadTable(name).columns())
                    : null;
        } catch (NoSuchTableException | NoSuchViewException e) {
            return null;
        }
    }

    private List<String> catalogsNamed(@Nullable String catalog) {
        if (catalog == null || catalog.isEmpty()) {
            return catalogs();
        }
        var like = like(catalog);
        return catalogs().stream().filter(like).toList();
    }

    private CatalogPlugin plugin(String catalog) {
        return session.sessionState().catalogManager().catalog(catalog);
    }

    /** Names are compared without case, as Spark does. */
    public static Predicate<String> like(@Nullable String pattern) {
        if (pattern == null || pattern.isEmpty() || pattern.equals("%") || pattern.equals("*")) {
            return name -> true;
        }
        var regex = new StringBuilder();
        for (var i = 0; i < pattern.length(); i++) {
            var c = pattern.charAt(i);
            if (c == '\\' && i + 1 < pattern.length()) {
                regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
            } else if (c == '%' || c == '*') {
                regex.append(".*");
            } else if (c == '_') {
                regex.append('.');
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        var compiled = Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
        return name -> compiled.matcher(name).matches();
    }

    private static boolean isExact(String pattern) {
        return !pattern.replaceAll("\\\\.", "").matches("(?s).*[%_*].*");
    }

    private static String unescaped(String pattern) {
        return pattern.replaceAll("\\\\(.)", "$1");
    }
}

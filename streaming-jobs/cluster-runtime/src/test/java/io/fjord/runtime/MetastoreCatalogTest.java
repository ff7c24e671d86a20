package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.ViewInfo;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever another version of Spark or Iceberg can do with the tables of a metastore must be asked for here first. */
class MetastoreCatalogTest {

    /** About the catalog itself, or about names, which are no secret: who reads what has them is asked. */
    private static final Set<String> HARMLESS = Set.of(
            "capabilities()",
            "defaultNamespace()",
            "functionExists(Identifier)",
            "icebergCatalog()",
            "initialize(String, CaseInsensitiveStringMap)",
            "invalidateTable(Identifier)",
            "invalidateView(Identifier)",
            "isExistingNamespace(String[])",
            "isFunctionNamespace(String[])",
            "listFunctions(String[])",
            "listNamespaces()",
            "listNamespaces(String[])",
            "listProcedures(String[])",
            "listTables(String[])",
            "listViews(String[])",
            "loadFunction(Identifier)",
            "loadNamespaceMetadata(String[])",
            "name()",
            "namespaceExists(String[])",
            "setDelegateCatalog(CatalogPlugin)",
            "supportedCustomMetrics()",
            "tableExists(Identifier)",
            "useNullableQuerySchema()",
            "viewExists(Identifier)");

    /** With a body in the interface that asks for others, by way of {@code this}. */
    private static final Set<String> MADE_OF_OTHERS = Set.of(
            "createTable(Identifier, Column[], Transform[], Map)",
            "listTableSummaries(String[])",
            "replaceView(ViewInfo, boolean)",
            "stageCreate(Identifier, Column[], Transform[], Map)",
            "stageCreateOrReplace(Identifier, Column[], Transform[], Map)",
            "stageReplace(Identifier, Column[], Transform[], Map)");

    @Test
    void nothing_reaches_the_metastore_unasked() {
        Set<String> unasked = signatures(Stream.of(MetastoreCatalog.class.getMethods())
                .filter(method -> method.getDeclaringClass() != Object.class));
        unasked.removeAll(signatures(Stream.of(MetastoreCatalog.class.getDeclaredMethods())));
        unasked.removeAll(HARMLESS);
        unasked.removeAll(MADE_OF_OTHERS);

        assertThat(unasked)
                .as("goes to the metastore without a question who may do so")
                .isEmpty();
    }

    @Test
    void what_is_made_of_others_has_its_body_in_an_interface() {
        for (Method method : MetastoreCatalog.class.getMethods()) {
            if (MADE_OF_OTHERS.contains(signature(method)) && !method.isBridge()) {
                assertThat(method.isDefault()).as(signature(method)).isTrue();
            }
        }
    }

    /** Overridden is not yet asked: nobody has said here who may do what, so each must refuse before it does anything. */
    @Test
    void each_that_is_overridden_asks() throws Exception {
        MetastoreCatalog<?> catalog = new MetastoreCatalog<>();
        for (Method method : MetastoreCatalog.class.getDeclaredMethods()) {
            // A name has to be looked up before it is known whether it is a view; there is no metastore here.
            boolean looksFirst = method.getName().equals("loadView")
                    || method.getName().equals("loadTable")
                            && !signature(method).contains("Set");
            if (!Modifier.isPublic(method.getModifiers()) || method.isSynthetic() || looksFirst) {
                continue;
            }
            Object[] arguments = Arrays.stream(method.getParameterTypes())
                    .map(MetastoreCatalogTest::some)
                    .toArray();
            assertThatThrownBy(() -> method.invoke(catalog, arguments))
                    .as(signature(method))
                    .isInstanceOfSatisfying(
                            InvocationTargetException.class,
                            failed -> assertThat(failed.getCause()).isInstanceOf(SecurityException.class));
        }
    }

    private static @Nullable Object some(Class<?> type) {
        if (type == Identifier.class) {
            return Identifier.of(new String[] {"shop"}, "orders");
        }
        if (type == ViewInfo.class) {
            return new ViewInfo(
                    Identifier.of(new String[] {"shop"}, "orders"),
                    "SELECT 1",
                    "spark_catalog",
                    new String[] {"shop"},
                    new StructType(),
                    new String[0],
                    new String[0],
                    new String[0],
                    Map.of());
        }
        if (type == String[].class) {
            return new String[] {"shop"};
        }
        return type == boolean.class ? Boolean.FALSE : null;
    }

    private static Set<String> signatures(Stream<Method> methods) {
        return methods.filter(method -> Modifier.isPublic(method.getModifiers())
                        && !Modifier.isStatic(method.getModifiers())
                        && !method.isSynthetic())
                .map(MetastoreCatalogTest::signature)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String signature(Method method) {
        return method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(", ", "(", ")"));
    }
}

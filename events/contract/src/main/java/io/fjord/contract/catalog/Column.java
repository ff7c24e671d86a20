package io.fjord.contract.catalog;

import org.jspecify.annotations.Nullable;

/**
 * A column of a table or view.
 *
 * @param id Iceberg's field id, which a renamed column keeps; of a table that is Hive's own its place among the others, from 1
 * @param name with the names of the structs it lies in: {@code address.city}
 * @param type as its metastore writes it; Iceberg {@code long}, {@code decimal(10, 2)}, {@code timestamptz}; Hive {@code
 *     bigint}, {@code decimal(10,2)}, {@code timestamp}
 */
public record Column(
        int id,
        String name,
        String type,
        boolean required,
        @Nullable String doc) {}

package io.fjord.contract.catalog;

import org.jspecify.annotations.Nullable;

/**
 * A column of a table or view.
 *
 * @param id Iceberg's field id, which a renamed column keeps
 * @param name with the names of the structs it lies in: {@code address.city}
 * @param type as Iceberg writes it: {@code long}, {@code decimal(10, 2)}, {@code timestamptz}
 */
public record Column(
        int id,
        String name,
        String type,
        boolean required,
        @Nullable String doc) {}

package io.fjord.contract.catalog.table;

import io.fjord.contract.catalog.Column;
import java.util.List;

/** How the columns of a table differ from those before the commit; columns are the same if their field ids are. */
public record SchemaChange(List<Column> added, List<Column> removed, List<Renamed> renamed, List<Retyped> retyped) {

    public record Renamed(int id, String from, String to) {}

    /** A wider type, or a column that need not be there any more. */
    public record Retyped(int id, String name, String from, String to, boolean requiredBefore, boolean requiredNow) {}
}

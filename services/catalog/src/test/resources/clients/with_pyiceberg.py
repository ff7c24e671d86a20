"""Works with the catalog as pyiceberg's own documentation says: address, token and warehouse, and nothing else."""

import os

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.types import LongType, StringType


def rows(table, **how):
    return sorted(tuple(row.values()) for row in table.scan(**how).to_arrow().to_pylist())


def fails(expected, work):
    try:
        work()
    except expected:
        return
    raise AssertionError(f"{expected.__name__} was expected")


catalog = load_catalog(
    "fjord", type="rest", uri=os.environ["FJORD_URI"], token=os.environ["FJORD_TOKEN"], warehouse="default"
)

catalog.create_namespace("python", {"owner": "ops"})
assert catalog.load_namespace_properties("python")["owner"] == "ops"
catalog.create_namespace(("python", "deep"))
assert ("python", "deep") in catalog.list_namespaces("python")

schema = pa.schema([("iata", pa.string()), ("elevation", pa.int32())])
table = catalog.create_table("python.airports", schema=schema)
fails(TableAlreadyExistsError, lambda: catalog.create_table("python.airports", schema=schema))
table.append(pa.table({"iata": ["TRD", "OSL"], "elevation": [17, 208]}, schema=schema))
assert rows(table) == [("OSL", 208), ("TRD", 17)]
first = table.current_snapshot().snapshot_id

with table.update_schema() as change:
    change.add_column("city", StringType())
    change.update_column("elevation", LongType())
    change.rename_column("elevation", "feet")
table.append(pa.table({"iata": ["BGO"], "feet": pa.array([170], pa.int64()), "city": ["Bergen"]}))
assert rows(table) == [("BGO", 170, "Bergen"), ("OSL", 208, None), ("TRD", 17, None)]
assert rows(table, row_filter="feet > 100", selected_fields=("iata",)) == [("BGO",), ("OSL",)]

table.delete("iata = 'OSL'")
assert rows(table) == [("BGO", 170, "Bergen"), ("TRD", 17, None)]
assert rows(table, snapshot_id=first) == [("OSL", 208), ("TRD", 17)]
table.overwrite(pa.table({"iata": ["TOS"], "feet": pa.array([32], pa.int64()), "city": ["Tromsø"]}))
assert rows(catalog.load_table("python.airports")) == [("TOS", 32, "Tromsø")]

# Two that started from the same state: the one who only adds is not sent back.
other = catalog.load_table("python.airports")
more = pa.table({"iata": ["SVG"], "feet": pa.array([29], pa.int64()), "city": ["Stavanger"]})
table.append(more)
other.append(more)
assert len(rows(catalog.load_table("python.airports"))) == 3

table = catalog.load_table("python.airports")
table.manage_snapshots().create_tag(first, "first").commit()
with table.transaction() as transaction:
    transaction.set_properties({"comment": "of Norway"})
assert catalog.load_table("python.airports").properties["comment"] == "of Norway"
assert rows(table, snapshot_id=table.snapshot_by_name("first").snapshot_id) == [("OSL", 208), ("TRD", 17)]

# Who knows only how to ask for a token shows it as a client's secret.
asking = load_catalog(
    "asking", type="rest", uri=os.environ["FJORD_URI"], credential="any:" + os.environ["FJORD_TOKEN"], warehouse="default"
)
assert len(rows(asking.load_table("python.airports"))) == 3

catalog.rename_table("python.airports", "python.deep.airfields")
assert catalog.list_tables("python.deep") == [("python", "deep", "airfields")]
fails(NoSuchTableError, lambda: catalog.load_table("python.airports"))
catalog.purge_table("python.deep.airfields")
assert catalog.list_tables("python.deep") == []
catalog.drop_namespace(("python", "deep"))
catalog.drop_namespace("python")

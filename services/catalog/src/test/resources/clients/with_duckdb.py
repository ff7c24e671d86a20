"""Works with the catalog in SQL as DuckDB's own documentation says: address, token and warehouse, and nothing else."""

import importlib
import os
import pathlib

import duckdb

database = duckdb.connect()
for extension in ("httpfs", "avro", "iceberg"):
    module = importlib.import_module(f"duckdb_extension_{extension}")
    file = next(pathlib.Path(module.__file__).parent.rglob("*.duckdb_extension"))
    database.execute(f"LOAD '{file}'")


def rows(query):
    return database.sql(query).fetchall()


database.execute(f"CREATE SECRET (TYPE iceberg, TOKEN '{os.environ['FJORD_TOKEN']}')")
database.execute(f"ATTACH 'default' AS lake (TYPE iceberg, ENDPOINT '{os.environ['FJORD_URI']}')")

database.execute("CREATE SCHEMA lake.duck")
database.execute("CREATE TABLE lake.duck.airports (iata VARCHAR, elevation INTEGER)")
database.execute("INSERT INTO lake.duck.airports VALUES ('TRD', 17), ('OSL', 208), ('BGO', 170)")
assert rows("SELECT * FROM lake.duck.airports WHERE elevation > 100 ORDER BY iata") == [("BGO", 170), ("OSL", 208)]
database.execute("DELETE FROM lake.duck.airports WHERE iata = 'OSL'")
database.execute("UPDATE lake.duck.airports SET elevation = 18 WHERE iata = 'TRD'")
assert rows("SELECT * FROM lake.duck.airports ORDER BY iata") == [("BGO", 170), ("TRD", 18)]

database.execute("BEGIN")
database.execute("INSERT INTO lake.duck.airports VALUES ('SVG', 29)")
database.execute("ROLLBACK")
assert rows("SELECT count(*) FROM lake.duck.airports") == [(2,)]
assert ("duck", "airports") in rows("SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake'")
snapshots = rows("SELECT snapshot_id FROM iceberg_snapshots(lake.duck.airports)")
assert len(snapshots) >= 3, snapshots

database.execute("DROP TABLE lake.duck.airports")
database.execute("DROP SCHEMA lake.duck")

"""DuckDB: SQL alone. One recursive query walks down from the roots, one closes the relation (every
distributor with everyone above him), and everything else is a GROUP BY on it.
"""

from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from benchmarks.engine_input import read_orders, read_people
from benchmarks.peers.figures import LEVELS, PERCENT, ROLL_UPS, Figures

UPLINE = """
CREATE OR REPLACE TABLE upline AS
WITH RECURSIVE down AS (
    SELECT "row", sponsor, 0 AS depth,
        NULL::INTEGER AS above_1, NULL::INTEGER AS above_2, NULL::INTEGER AS above_3,
        CASE WHEN active THEN "row" END AS earner_1,
        NULL::INTEGER AS earner_2, NULL::INTEGER AS earner_3
    FROM people WHERE sponsor = -1
  UNION ALL
    SELECT p."row", p.sponsor, d.depth + 1, d.earner_1, d.earner_2, d.earner_3,
        CASE WHEN p.active THEN p."row" ELSE d.earner_1 END,
        CASE WHEN p.active THEN d.earner_1 ELSE d.earner_2 END,
        CASE WHEN p.active THEN d.earner_2 ELSE d.earner_3 END
    FROM down d JOIN people p ON p.sponsor = d."row"
)
SELECT * FROM down
"""
CLOSURE = """
CREATE OR REPLACE TABLE closure AS
WITH RECURSIVE up AS (
    SELECT "row", sponsor AS ancestor, 1 AS distance FROM people WHERE sponsor <> -1
  UNION ALL
    SELECT u."row", p.sponsor, u.distance + 1
    FROM up u JOIN people p ON p."row" = u.ancestor WHERE p.sponsor <> -1
)
SELECT * FROM up
"""
ENTRIES = "CREATE OR REPLACE TABLE entries AS " + " UNION ALL ".join(
    f"""
SELECT o."order", CASE WHEN o.himself THEN {f"u.above_{level - 1}" if level > 1 else "NULL"}
    ELSE u.earner_{level} END AS beneficiary,
    {level}::TINYINT AS level, (o.base * {percent} + 50) // 100 AS amount
FROM orders o JOIN upline u ON u."row" = o.seller
WHERE beneficiary IS NOT NULL AND amount > 0
"""
    for level, percent in enumerate(PERCENT, 1)
)
SUMS = f"""
CREATE OR REPLACE TABLE sums AS
WITH sold AS (
    SELECT seller, count(*) AS orders, sum(base)::BIGINT AS volume FROM orders GROUP BY seller
), below AS (
    SELECT c.ancestor, count(*) AS downline, max(c.distance) AS height,
        count(*) FILTER (c.distance = 1) AS children, sum(s.volume)::BIGINT AS volume
    FROM closure c LEFT JOIN sold s ON s.seller = c."row" GROUP BY c.ancestor
), earned AS (
    SELECT beneficiary, {
    ", ".join(
        f"(sum(amount) FILTER (level = {level}))::BIGINT AS earned_{level}"
        for level in range(1, LEVELS + 1)
    )
}
    FROM entries GROUP BY beneficiary
)
SELECT u."row", u.depth, ifnull(b.downline, 0) AS downline, ifnull(b.height, 0) AS height,
    ifnull(b.children, 0) AS children, ifnull(s.orders, 0) AS orders,
    ifnull(s.volume, 0) AS volume, ifnull(s.volume, 0) + ifnull(b.volume, 0) AS group_volume,
    {", ".join(f"ifnull(e.earned_{level}, 0) AS earned_{level}" for level in range(1, LEVELS + 1))}
FROM upline u LEFT JOIN below b ON b.ancestor = u."row" LEFT JOIN sold s ON s.seller = u."row"
    LEFT JOIN earned e ON e.beneficiary = u."row"
"""


class Given(NamedTuple):
    """A database in memory with the tables people and orders."""

    database: duckdb.DuckDBPyConnection


def load(folder: Path) -> Given:
    """Tables of the columns; one thread."""
    database = duckdb.connect(config={"threads": 1})
    for name, columns, key in (
        ("people", read_people(folder), "row"),
        ("orders", read_orders(folder), "order"),
    ):
        given = pa.table({one: pa.array(column) for one, column in columns._asdict().items()})
        database.register("given", given)
        database.execute(
            f'CREATE TABLE {name} AS SELECT (row_number() OVER ())::INTEGER - 1 AS "{key}", *'
            " FROM given"
        )
        database.unregister("given")
    return Given(database)


def work(given: Given) -> None:
    """The job; its results stay in the tables entries and sums."""
    for statement in (UPLINE, CLOSURE, ENTRIES, SUMS):
        given.database.execute(statement)


def figures(given: Given, result: None) -> Figures:
    """The tables as columns."""
    entries = given.database.sql('SELECT "order", beneficiary, level, amount FROM entries')
    sums = given.database.sql('SELECT * FROM sums ORDER BY "row"').fetchnumpy()
    return Figures(entries.fetchnumpy(), {name: sums[name] for name in ROLL_UPS})

"""The digest of a graph: one sha256 per label over natural ids and business properties.

Left out is what may differ between two ways to the same graph: dense keys, change cursors, runs,
loads, locks and counters. Rows are read in the order of their natural ids, a page at a time, so
memory stays bounded at any size.
"""

from graph.connection import Database


def of(db: Database) -> dict[str, str]:
    """sha256 (hex) by label; a label without nodes has the digest of nothing."""
    raise NotImplementedError

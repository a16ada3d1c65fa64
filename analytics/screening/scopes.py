"""Where rules are evaluated: the network, its organisers and its branches.

An organiser is a root with anybody below, or a group of roots that one person or one bank account
holds together, each of three levels at least (2013 opinion, point 1: such organisations are added
up). A branch is any other distributor with ten persons or more below.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from analytics.facts.frames import IDENTIFIER_KINDS, Facts, Ints
from analytics.measures import BRANCH, NETWORK, ORGANISER, Scopes
from analytics.network import Rows
from analytics.sums_below import most_below
from graph.model import OWNER_KIND

PERSONS_BELOW = 10
LEVELS = 3

Tops = tuple[int, ...]


def of(facts: Facts) -> Scopes:
    """The network first, then organisers by row, groups, and branches in preorder."""
    roots = organisers(facts)
    groups = merged(facts)
    branches = _branches(facts)
    kinds = (NETWORK, *(ORGANISER,) * (len(roots) + len(groups)), *(BRANCH,) * len(branches))
    tops: Iterator[Tops] = ((row,) for row in roots.tolist())
    below: Iterator[Tops] = ((row,) for row in branches.tolist())
    return Scopes(facts.network, kinds, ((), *tops, *groups, *below))


def only_network(facts: Facts) -> Scopes:
    """The network alone."""
    return Scopes(facts.network, (NETWORK,), ((),))


def id_of(facts: Facts, tops: Tops) -> str:
    """The id of a scope: blank for the network, the ids of a group joined by `+`."""
    ids = facts.columns.distributors["id"]
    return "+".join(ids[row] for row in tops)


def path_of(facts: Facts, tops: Tops) -> tuple[str, ...]:
    """Ids from the root down to a single top; of a group its roots."""
    if len(tops) != 1:
        return tuple(facts.columns.distributors["id"][row] for row in tops)
    rows = [tops[0]]
    while (above := int(facts.network.parent[rows[-1]])) >= 0:
        rows.append(above)
    return tuple(facts.columns.distributors["id"].gather(rows[::-1]))


def organisers(facts: Facts) -> Rows:
    """Rows of the roots with anybody below."""
    rooted = (facts.network.depth == 0) & (facts.network.sizes() > 0)
    return np.flatnonzero(rooted).astype(np.int32)


def merged(facts: Facts) -> tuple[Tops, ...]:
    """Groups of two roots or more that share a person or a bank account, each deep enough."""
    deep = _levels(facts)
    roots = np.array([row for row in organisers(facts).tolist() if deep[row] >= LEVELS], np.int64)
    held = _holders(facts, roots)
    if held.is_empty():
        return ()
    groups = _connected(held, len(facts.network.position))
    labelled = np.split(*_by_label(roots, groups))
    return tuple(tuple(group.tolist()) for group in labelled if len(group) > 1)


def _levels(facts: Facts) -> Ints:
    """By row: levels counted from it downwards, its own included."""
    scopes = only_network(facts)
    depth = np.append(facts.network.depth, 0).astype(np.float64)
    deepest = most_below(scopes.layout, depth[:-1])
    return (deepest - facts.network.depth + 1).astype(np.int64)


def _holders(facts: Facts, roots: Ints) -> pl.DataFrame:
    """(row, what it shares) of roots: persons and unshared bank accounts."""
    person = pl.DataFrame({"row": roots, "held": facts.accounts["person"].to_numpy()[roots]})
    bank = facts.identifiers.filter(
        (pl.col("owner_kind") == OWNER_KIND.index("distributor"))
        & (pl.col("kind") == IDENTIFIER_KINDS.index("bank"))
        & pl.col("owner_row").is_in(roots.tolist())
    ).select(pl.col("owner_row").alias("row"), -pl.col("value").alias("held") - 1)
    both = pl.concat([person.cast(pl.Int64), bank.cast(pl.Int64)])
    return both.filter(pl.len().over("held") > 1)


def _connected(held: pl.DataFrame, rows: int) -> Ints:
    """A label by row: rows that hold something in common have the same."""
    first = held.with_columns(pl.col("row").first().over("held").alias("first"))
    ones = np.ones(held.height)
    at = (first["row"].to_numpy(), first["first"].to_numpy())
    labels: Ints = connected_components(coo_matrix((ones, at), (rows, rows)), directed=False)[1]
    return labels


def _by_label(roots: Ints, labels: Ints) -> tuple[Ints, Ints]:
    ordered = roots[np.argsort(labels[roots], kind="stable")]
    return ordered, np.flatnonzero(np.diff(labels[ordered])) + 1


def _branches(facts: Facts) -> Rows:
    network = facts.network
    large = np.flatnonzero((network.sizes() >= PERSONS_BELOW) & (network.depth > 0))
    candidates = Scopes(network, (BRANCH,) * len(large), tuple((row,) for row in large.tolist()))
    places = np.arange(facts.places, dtype=np.int32)
    persons = candidates.distinct(places, facts.accounts["person"].to_numpy().astype(np.int64))
    found = large[persons - 1 >= PERSONS_BELOW]
    return found[np.argsort(network.position[found])].astype(np.int32)

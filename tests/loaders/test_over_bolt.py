"""The order and the parts in which a load writes: pure."""

import polars as pl

import graph.keys
import loaders.over_bolt


def test_nobody_comes_before_his_sponsor() -> None:
    people = pl.DataFrame(
        {
            "distributor_id": ["D4", "D3", "D2", "D1", "D9"],
            "sponsor_id": ["D3", "D2", "D1", None, "somebody in the graph"],
        }
    )
    (batch,) = loaders.over_bolt.sponsors_first(people)
    assert batch["distributor_id"].to_list() == ["D1", "D9", "D2", "D3", "D4"]


def test_a_chain_of_a_hundred_thousand_written_backwards() -> None:
    size = 100_000
    ids = [f"D{i}" for i in range(size)]
    people = pl.DataFrame({"distributor_id": ids, "sponsor_id": [*ids[1:], None]})
    whole = pl.concat(loaders.over_bolt.sponsors_first(people))
    assert whole["distributor_id"].to_list() == ids[::-1]


def test_the_edges_of_a_child_are_never_torn_apart() -> None:
    size = graph.keys.BATCH_ROWS_MAX
    children = [f"D{i:06}" for i in range(size - 1)] + ["D999998"] * 3 + ["D999999"]
    edges = pl.DataFrame({"child_id": children, "since_ms": range(len(children))})
    parts = list(loaders.over_bolt.whole_children(edges))
    assert [part.height for part in parts] == [size + 2, 1]
    assert pl.concat(parts).equals(edges)
    assert not list(loaders.over_bolt.whole_children(edges.clear()))

"""Sponsors: cycles, cascades, dated edges; plain walks in Python as the oracle."""

import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import loaders.cycles
import loaders.references
from graph.model import OPEN_MS
from loaders.cycles import Edges
from tests.loaders.folders import DISTRIBUTORS, Frames, codes, ids, read, rejects

HEAD = "distributor_id,sponsor_id,joined_at\n"
CHANGES = "distributor_id,sponsor_id,valid_from,reason\n"
DAY = 86_400_000
JAN = 1_767_225_600_000  # 2026-01-01T00:00:00Z


def ring(size: int) -> str:
    """A good root, then `size` distributors in a cycle."""
    rows = [f"C{i},C{(i + 1) % size},2026-01-01" for i in range(size)]
    return HEAD + "\n".join(["ROOT,,2026-01-01", *rows]) + "\n"


@pytest.mark.parametrize("size", [2, 3, 10_000])
def test_every_member_of_a_cycle_is_rejected_and_the_whole_is_named(
    tmp_path: Path, size: int
) -> None:
    files = {
        "distributors.csv": ring(size) + "BELOW,C0,2026-01-02\n",
        "orders.csv": "order_id,seller_id,ordered_at\nO1,BELOW,2026-02-01\nO2,ROOT,2026-02-01\n",
    }
    intake = read(tmp_path, files)
    assert ids(intake, "distributors") == ["ROOT"]
    assert ids(intake, "orders") == ["O2"]
    assert intake.report.rejected["distributors"] == {"sponsor_cycle": size, "unknown_sponsor": 1}
    assert intake.report.first_causes == {"sponsor_cycle": size + 2}
    reasons = [r["reason"] for r in rejects(intake) if r["code"] == "sponsor_cycle"]
    whole = " → ".join([f"C{i}" for i in range(size)] + ["C0"])
    assert reasons[0].endswith(f": {whole}; mend the wrong sponsor among them")
    if size > 20:
        assert all(f"({size}; distributors.csv 2)" in reason for reason in reasons[1:])
        assert sum(map(len, reasons)) < 300 * size


def test_a_chain_of_a_hundred_thousand_is_good_and_falls_whole_with_its_root(
    tmp_path: Path,
) -> None:
    size = 100_000
    chain = "".join(f"N{i},N{i - 1},2026-01-01\n" for i in range(size - 1, 0, -1))
    began = time.perf_counter()
    good = read(tmp_path / "good", {"distributors.csv": HEAD + chain + "N0,,2026-01-01\n"})
    assert good.tables["distributors"].rows == size and not good.report.rejects
    assert good.tables["sponsor_edges"].rows == size - 1
    bad = read(tmp_path / "bad", {"distributors.csv": HEAD + chain + "N0,,soon\n"})
    assert bad.tables["distributors"].rows == 0
    assert bad.report.first_causes == {"bad_time": size}
    assert time.perf_counter() - began < 60


def test_cycles_and_climbs_of_a_million_are_quick() -> None:
    size = 1_000_000
    sponsor = np.arange(-1, size - 1)
    stop = np.zeros(size, np.bool_)
    stop[[0, 500_000]] = True
    began = time.perf_counter()
    root = loaders.cycles.nearest(sponsor, stop)
    assert root[499_999] == 0 and root[-1] == 500_000
    assert loaders.cycles.standing(sponsor) == []
    sponsor[0] = 9_999
    assert [len(cycle.nodes) for cycle in loaders.cycles.standing(sponsor)] == [10_000]
    closing = Edges(
        np.append(np.arange(1, size), 0),
        np.append(np.arange(size - 1), size - 1),
        np.append(np.zeros(size - 1, np.int64), 5),
    )
    assert [len(cycle.nodes) for cycle in loaders.cycles.dated(closing, size)] == [size]
    assert time.perf_counter() - began < 60


@pytest.mark.parametrize("edge", [(-1, 0), (0, -1), (2, 0), (0, 2)])
def test_an_edge_to_no_node_is_refused_and_not_written_beside_the_arrays(
    edge: tuple[int, int],
) -> None:
    edges = Edges(*(np.array([end], np.int64) for end in (*edge, 0)))
    with pytest.raises(ValueError, match="no node"):
        loaders.cycles.dated(edges, 2)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-1, 9), min_size=10, max_size=10))
def test_standing_cycles_are_those_that_a_walk_finds(sponsors: list[int]) -> None:
    found = loaders.cycles.standing(np.array(sponsors))
    members = sorted(int(node) for cycle in found for node in cycle.nodes)
    assert members == [node for node in range(10) if node in walk(sponsors, node)]
    for cycle in found:
        assert [sponsors[node] for node in cycle.nodes] == np.roll(cycle.nodes, -1).tolist()


def walk(sponsors: list[int], node: int) -> list[int]:
    """Everybody above a node, itself only if it stands above itself."""
    above: list[int] = []
    while (node := sponsors[node]) >= 0 and node not in above:
        above.append(node)
    return above


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 4)).filter(
            lambda edge: edge[0] != edge[1]
        ),
        max_size=14,
        unique_by=lambda edge: (edge[0], edge[2]),
    )
)
def test_dated_cycles_are_those_that_stand_at_some_moment(
    drawn: list[tuple[int, int, int]],
) -> None:
    edges = Edges(*(np.array([edge[i] for edge in drawn], np.int64) for i in range(3)))
    found = loaders.cycles.dated(edges, 6)
    sponsors = [-1] * 6
    expected: list[list[int]] = []
    for moment in range(5):
        for child, sponsor, since in drawn:
            if since == moment:
                sponsors[child] = sponsor
        for node in range(6):
            above = walk(sponsors, node)
            if node in above:
                members = [node, *above[: above.index(node)]]
                expected.append(sorted(members))
                for member in members:
                    sponsors[member] = -1
    assert sorted(sorted(cycle.nodes.tolist()) for cycle in found) == sorted(expected)
    for cycle in found:
        assert edges.child[cycle.edges].tolist() == cycle.nodes.tolist()
        assert edges.sponsor[cycle.edges].tolist() == np.roll(cycle.nodes, -1).tolist()


def test_changes_become_dated_edges(tmp_path: Path) -> None:
    changes = CHANGES + "D3,D1,2026-01-05,moved\nD3,D2,2026-01-09,back\nD2,D1,2026-01-20,\n"
    intake = read(tmp_path, {"distributors.csv": DISTRIBUTORS, "sponsor_changes.csv": changes})
    assert intake.tables["sponsor_edges"].frame().rows() == [
        ("D2", "D1", JAN + DAY, JAN + 19 * DAY, None),
        ("D2", "D1", JAN + 19 * DAY, OPEN_MS, None),
        ("D3", "D2", JAN + 2 * DAY, JAN + 4 * DAY, None),
        ("D3", "D1", JAN + 4 * DAY, JAN + 8 * DAY, "moved"),
        ("D3", "D2", JAN + 8 * DAY, OPEN_MS, "back"),
    ]


def test_a_change_that_closes_a_cycle_takes_its_members_out(tmp_path: Path) -> None:
    files = {
        "distributors.csv": DISTRIBUTORS + "D4,D1,2026-01-04T00:00:00Z,four\n",
        "sponsor_changes.csv": CHANGES + "D4,D1,2026-01-05,\nD1,D3,2026-01-09,\n",
    }
    intake = read(tmp_path, files)
    named = {(r["file"], r["row"]): r for r in rejects(intake)}
    assert {place: r["code"] for place, r in named.items()} == {
        ("distributors.csv", "1"): "sponsor_cycle",
        ("distributors.csv", "2"): "sponsor_cycle",
        ("distributors.csv", "3"): "sponsor_cycle",
        ("distributors.csv", "4"): "unknown_sponsor",
        ("sponsor_changes.csv", "1"): "unknown_distributor",
        ("sponsor_changes.csv", "2"): "sponsor_cycle",
    }
    assert "D1 → D3 → D2 → D1" in named["sponsor_changes.csv", "2"]["reason"]


def test_crossing_moves_that_never_stand_in_a_cycle_are_good(tmp_path: Path) -> None:
    """D2 moves under D3 after D3 has left the place under D2."""
    changes = CHANGES + "D3,D1,2026-01-05,\nD2,D3,2026-01-06,\n"
    intake = read(tmp_path, {"distributors.csv": DISTRIBUTORS, "sponsor_changes.csv": changes})
    assert not intake.report.rejects
    swapped = changes.replace("01-06", "01-04")
    intake = read(
        tmp_path / "bad", {"distributors.csv": DISTRIBUTORS, "sponsor_changes.csv": swapped}
    )
    assert intake.report.rejected["sponsor_changes"]["sponsor_cycle"] == 1


def test_two_sponsors_at_once_reject_the_distributor(tmp_path: Path) -> None:
    changes = CHANGES + "D3,D1,2026-01-05,\nD3,D2,2026-01-05,\n"
    files = {
        "distributors.csv": DISTRIBUTORS,
        "sponsor_changes.csv": changes,
        "orders.csv": "order_id,seller_id,ordered_at\nO1,D3,2026-02-01\n",
    }
    intake = read(tmp_path, files)
    assert sorted(codes(intake)) == [
        ("distributors.csv", "3", "sponsor_id", "two_sponsors"),
        ("orders.csv", "1", "seller_id", "unknown_seller"),
        ("sponsor_changes.csv", "1", "distributor_id", "two_sponsors"),
        ("sponsor_changes.csv", "2", "distributor_id", "two_sponsors"),
    ]
    assert "also at sponsor_changes.csv 2" in rejects(intake)[0]["reason"]


def test_a_change_on_the_day_of_joining_contradicts_the_row(tmp_path: Path) -> None:
    changes = CHANGES + "D3,D1,2026-01-03,\n"
    intake = read(tmp_path, {"distributors.csv": DISTRIBUTORS, "sponsor_changes.csv": changes})
    assert {code[3] for code in codes(intake)} == {"two_sponsors"}
    others = [r["reason"].split("also at ")[1].split(")")[0] for r in rejects(intake)]
    assert others == ["sponsor_changes.csv 1", "distributors.csv 3"]
    assert ids(intake, "distributors") == ["D1", "D2"]


def test_joining_is_compared_by_day_where_the_recruit_has_a_bare_date(tmp_path: Path) -> None:
    noon = "2026-01-02T12:00:00Z"
    rows = f"S,,{noon}\nA,S,2026-01-02\nB,S,2026-01-02T11:59:59Z\nC,S,{noon}\n"
    intake = read(tmp_path, {"distributors.csv": HEAD + rows})
    assert ids(intake, "distributors") == ["S", "A", "C"]
    assert codes(intake) == [("distributors.csv", "3", "joined_at", "sponsor_not_joined")]
    changes = "D3,D2,2026-01-01\nD1,D3,2026-01-02T00:00:00Z\n"
    intake = read(
        tmp_path / "changes",
        {
            "distributors.csv": DISTRIBUTORS,
            "sponsor_changes.csv": CHANGES.replace(",reason", "") + changes,
        },
    )
    assert [code[3] for code in codes(intake)] == ["sponsor_not_joined"] * 2


def known() -> Frames:
    """A graph of D1 over K2 over K3, all joined on 2026-01-01."""
    names = ["D1", "K2", "K3"]
    distributors = pl.DataFrame(
        {"id": names, "joined_at": [JAN] * 3, "region": [None] * 3},
        schema=loaders.references.DISTRIBUTORS,
    )
    rows = [("K2", "D1", JAN, OPEN_MS, None), ("K3", "K2", JAN, OPEN_MS, "old")]
    sponsor_edges = pl.DataFrame(rows, schema=loaders.references.SPONSOR_EDGES, orient="row")
    return Frames(distributors=distributors, sponsor_edges=sponsor_edges)


def test_what_the_graph_holds_is_a_sponsor_too(tmp_path: Path) -> None:
    rows = HEAD + "N1,K3,2026-01-05\nN2,K9,2026-01-05\nD1,,2026-01-01\n"
    intake = read(tmp_path, {"distributors.csv": rows}, known=known())
    assert ids(intake, "distributors") == ["N1", "D1"]
    assert intake.tables["sponsor_edges"].frame()["child_id"].to_list() == ["N1"]


def test_a_change_ends_the_edge_that_the_graph_holds(tmp_path: Path) -> None:
    changes = {"sponsor_changes.csv": CHANGES + "K3,D1,2026-01-05,new\n"}
    intake = read(tmp_path, changes, known=known())
    assert intake.tables["sponsor_edges"].frame().rows() == [
        ("K3", "K2", JAN, JAN + 4 * DAY, "old"),
        ("K3", "D1", JAN + 4 * DAY, OPEN_MS, "new"),
    ]


def test_a_change_cannot_close_a_cycle_with_the_graph(tmp_path: Path) -> None:
    files = {
        "distributors.csv": HEAD + "N1,K3,2026-01-05\n",
        "sponsor_changes.csv": CHANGES + "K2,N1,2026-01-06,\n",
    }
    intake = read(tmp_path, files, known=known())
    assert sorted(codes(intake)) == [
        ("distributors.csv", "1", "sponsor_id", "sponsor_cycle"),
        ("sponsor_changes.csv", "1", "sponsor_id", "sponsor_cycle"),
    ]


def test_a_known_distributor_stays_though_his_row_is_bad(tmp_path: Path) -> None:
    files = {
        "distributors.csv": HEAD + "K2,D1,soon\nN1,K2,2026-01-05\n",
        "orders.csv": "order_id,seller_id,ordered_at\nO1,K2,2026-02-01\n",
    }
    intake = read(tmp_path, files, known=known())
    assert [code[1] for code in codes(intake)] == ["1"]
    assert ids(intake, "orders") == ["O1"]

"""The steps of `analytics.live`, compiled: what one event changes on the way up, and nothing else.

A person is one record of 64 bytes, a cache line, with all that an ancestor needs: a climb touches
one line per ancestor. Children hang on their sponsor as a doubly linked list, so that a subtree is
walked without a stack and a child leaves in one step. `tallest` counts the children that give a
sponsor his height: only when the last of them goes must the others be asked. Nothing recurses.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.amounts import round_ratio
from analytics.kernels import compiled, inner, whole
from analytics.network import ABSENT, Flags, Ints, Rows
from graph.model import NOBODY
from graph.money import HALF_UP

KINDS = ("order", "join", "move", "qualify")
ORDER, JOIN, MOVE, QUALIFY = range(len(KINDS))

OUTCOMES = (
    "taken",
    "unknown_kind",
    "unknown_distributor",
    "unknown_sponsor",
    "no_place",
    "already_there",
    "cycle",
)
(
    TAKEN,
    UNKNOWN_KIND,
    UNKNOWN_DISTRIBUTOR,
    UNKNOWN_SPONSOR,
    NO_PLACE,
    ALREADY_THERE,
    CYCLE,
) = range(len(OUTCOMES))

WINDOWS = 3
PERSON = np.dtype(
    [
        ("group", np.int64),  # his own volume and his downline's
        ("own", np.int64),
        ("parent", np.int32),
        ("depth", np.int32),  # as in analytics.network
        ("downline", np.int32),
        ("height", np.int32),
        ("tallest", np.int32),  # children of height - 1
        ("children", np.int32),
        ("first_child", np.int32),
        ("next_child", np.int32),  # of his sponsor
        ("previous_child", np.int32),
        ("below", np.int32, (WINDOWS,)),  # recruits of the last days, in the downline
    ]
)
assert PERSON.itemsize == 64

Records = Any
"""An array of PERSON; NumPy's types know no fields."""


class Forest(NamedTuple):
    """Everyone, by distributor row; there may be room for more than have come."""

    people: Records  # of PERSON
    recruits: Rows  # by window: his own
    joined: Ints
    qualified: Flags
    earned: Ints  # by level


class Rules(NamedTuple):
    """What stays the same from event to event."""

    rates: Ints  # by level, numerators over `scale`
    scale: int
    since: Ints  # by window: whoever joined after it counts


class Events(NamedTuple):
    """A batch, in the order in which it happened.

    `value` is the paid base of an order in minor units (below 0: it came back), the moment of a
    joining in ms UTC, or whether a distributor qualifies (0, 1); a move has none.
    """

    kind: npt.NDArray[np.uint8]  # position in KINDS
    row: Rows  # the seller, or whom it concerns
    sponsor: Rows  # of a joining or a move, NOBODY for a root
    value: Ints


class Outcomes(NamedTuple):
    """What became of each event, and the entries of each order: NOBODY where a level pays none."""

    code: npt.NDArray[np.uint8]  # position in OUTCOMES
    beneficiary: Rows  # by level
    amount: Ints  # by level


@compiled
def build(forest: Forest, order: Rows, since: Ints) -> None:
    """Fill in what follows from parent, depth and own volume; `order` is the preorder."""
    people = forest.people
    for i in range(len(order) - 1, -1, -1):
        row = order[i]
        people[row].group += people[row].own
        above = people[row].parent
        if above >= 0:
            _link(people, row, above)
            _count_height(people, row, above)
            _count_recent(forest, row, above, since, 1)
            people[above].group += people[row].group
            people[above].downline += people[row].downline + 1
            for window in range(WINDOWS):
                new = forest.joined[row] > since[window]
                people[above].below[window] += people[row].below[window] + new


@compiled
def apply(forest: Forest, count: int, events: Events, rules: Rules, out: Outcomes) -> int:
    """Work every event in, or leave everything as it is and say why; how many there are then."""
    for i in range(len(events.kind)):
        kind, row, sponsor = events.kind[i], whole(events.row[i]), whole(events.sponsor[i])
        if kind == JOIN:
            code = _joins(forest, count, row, sponsor)
            if code == TAKEN:
                count = max(count, row + 1)
                _join(forest, row, sponsor, events.value[i], rules.since)
        elif kind > QUALIFY:
            code = UNKNOWN_KIND
        elif row < 0 or row >= count:
            code = UNKNOWN_DISTRIBUTOR
        elif kind == QUALIFY:
            code = TAKEN
            forest.qualified[row] = events.value[i] != 0
        elif forest.people[row].depth < 0:
            code = NO_PLACE
        elif kind == ORDER:
            code = TAKEN
            _sell(forest, row, events.value[i], rules, out, i)
        else:
            code = _moves(forest.people, count, row, sponsor)
            if code == TAKEN and sponsor != forest.people[row].parent:
                _move(forest, row, sponsor, rules.since)
        out.code[i] = code
    return count


@compiled
def expire(forest: Forest, rows: Ints, before: Ints, since: Ints) -> None:
    """Count out whoever of `rows` joined after `before` but not after `since`, by window."""
    people = forest.people
    for row in rows:
        above = people[row].parent
        if people[row].depth < 0 or above < 0:
            continue
        for window in range(WINDOWS):
            if before[window] < forest.joined[row] <= since[window]:
                forest.recruits[above, window] -= 1
                here = above
                while here >= 0:
                    people[here].below[window] -= 1
                    here = people[here].parent


@inner
def _sell(forest: Forest, row: int, amount: int, rules: Rules, out: Outcomes, i: int) -> None:
    """Volume for the seller and all above him; the first of them take a level each, paid or not."""
    people, level, here = forest.people, 0, row
    people[row].own += amount
    while here >= 0:
        people[here].group += amount
        if level < len(rules.rates):
            paid = _share(amount, rules.rates[level], rules.scale) if forest.qualified[here] else 0
            if paid != 0:
                out.beneficiary[i, level] = here
                out.amount[i, level] = paid
                forest.earned[here, level] += paid
            level += 1
        here = whole(people[here].parent)


@inner
def _share(amount: int, rate: int, scale: int) -> int:
    """A rate of an amount, rounded half up; whole scales first, so that 64 bits hold it."""
    size = abs(amount)
    share = size // scale * rate + round_ratio(size % scale * rate, scale, HALF_UP)
    return share if amount >= 0 else -share


@inner
def _joins(forest: Forest, count: int, row: int, sponsor: int) -> int:
    """Whether a distributor may come: as the next row, or as one who had not joined yet."""
    if row < 0 or row > count:
        return UNKNOWN_DISTRIBUTOR
    if row < count and forest.people[row].depth != ABSENT:
        return ALREADY_THERE
    return _sponsors(forest.people, count, sponsor)


@inner
def _sponsors(people: Records, count: int, sponsor: int) -> int:
    if sponsor < NOBODY or sponsor >= count:
        return UNKNOWN_SPONSOR
    return NO_PLACE if sponsor >= 0 and people[sponsor].depth < 0 else TAKEN


@inner
def _join(forest: Forest, row: int, sponsor: int, joined: int, since: Ints) -> None:
    people = forest.people
    forest.joined[row] = joined
    people[row].group = people[row].own
    people[row].depth = people[sponsor].depth + 1 if sponsor >= 0 else 0
    _attach(forest, row, sponsor, since)


@inner
def _moves(people: Records, count: int, row: int, sponsor: int) -> int:
    """Whether `sponsor` may stand above `row`: not when `row` stands above him already."""
    code = _sponsors(people, count, sponsor)
    if code != TAKEN or sponsor < 0:
        return code
    here = sponsor
    while people[here].depth > people[row].depth:
        here = whole(people[here].parent)
    return CYCLE if here == row else TAKEN


@inner
def _move(forest: Forest, row: int, sponsor: int, since: Ints) -> None:
    people = forest.people
    before = whole(people[row].depth)
    depth = people[sponsor].depth + 1 if sponsor >= 0 else 0
    if people[row].parent >= 0:
        _detach(forest, row, since)
    if depth != before:
        _shift(people, row, depth - before)
    _attach(forest, row, sponsor, since)


@inner
def _shift(people: Records, top: int, by: int) -> None:
    """Put `top` and everyone below him `by` deeper: down to a child, across, or up and across."""
    here = top
    while True:
        people[here].depth += by
        if people[here].first_child >= 0:
            here = whole(people[here].first_child)
            continue
        while here != top and people[here].next_child < 0:
            here = whole(people[here].parent)
        if here == top:
            return
        here = whole(people[here].next_child)


@inner
def _attach(forest: Forest, row: int, sponsor: int, since: Ints) -> None:
    people = forest.people
    people[row].parent = sponsor
    if sponsor < 0:
        return
    _link(people, row, sponsor)
    _count_recent(forest, row, sponsor, since, 1)
    _carry(forest, row, sponsor, since, 1)
    child, above = row, sponsor
    while above >= 0 and _count_height(people, child, above):
        child, above = above, whole(people[above].parent)


@inner
def _detach(forest: Forest, row: int, since: Ints) -> None:
    people = forest.people
    sponsor = whole(people[row].parent)
    _unlink(people, row, sponsor)
    _count_recent(forest, row, sponsor, since, -1)
    _carry(forest, row, sponsor, since, -1)
    lost, above = whole(people[row].height), sponsor
    while above >= 0 and lost + 1 == people[above].height:
        people[above].tallest -= 1
        if people[above].tallest > 0:
            return
        lost = whole(people[above].height)
        _ask_heights(people, above)
        above = whole(people[above].parent)


@inner
def _carry(forest: Forest, row: int, sponsor: int, since: Ints, sign: int) -> None:
    """Give `row` and his downline to `sponsor` and all above him, or take them away (-1)."""
    people = forest.people
    persons = sign * (people[row].downline + 1)
    group = sign * people[row].group
    first = sign * (people[row].below[0] + (forest.joined[row] > since[0]))
    second = sign * (people[row].below[1] + (forest.joined[row] > since[1]))
    third = sign * (people[row].below[2] + (forest.joined[row] > since[2]))
    here = sponsor
    while here >= 0:
        people[here].downline += persons
        people[here].group += group
        people[here].below[0] += first
        people[here].below[1] += second
        people[here].below[2] += third
        here = whole(people[here].parent)


@inner
def _count_recent(forest: Forest, row: int, sponsor: int, since: Ints, sign: int) -> None:
    for window in range(WINDOWS):
        if forest.joined[row] > since[window]:
            forest.recruits[sponsor, window] += sign


@inner
def _count_height(people: Records, child: int, above: int) -> bool:
    """Count a child that has come or grown; whether `above` grew by it."""
    reached = people[child].height + 1
    if reached == people[above].height:
        people[above].tallest += 1
    if reached <= people[above].height:
        return False
    people[above].height, people[above].tallest = reached, 1
    return True


@inner
def _ask_heights(people: Records, row: int) -> None:
    """Height of `row` from all his children."""
    people[row].height, people[row].tallest = 0, 0
    child = whole(people[row].first_child)
    while child >= 0:
        _count_height(people, child, row)
        child = whole(people[child].next_child)


@inner
def _link(people: Records, row: int, sponsor: int) -> None:
    """Make `row` the first child of `sponsor`."""
    second = people[sponsor].first_child
    people[row].next_child, people[row].previous_child = second, NOBODY
    if second >= 0:
        people[second].previous_child = row
    people[sponsor].first_child = row
    people[sponsor].children += 1


@inner
def _unlink(people: Records, row: int, sponsor: int) -> None:
    before, after = people[row].previous_child, people[row].next_child
    if before >= 0:
        people[before].next_child = after
    else:
        people[sponsor].first_child = after
    if after >= 0:
        people[after].previous_child = before
    people[sponsor].children -= 1

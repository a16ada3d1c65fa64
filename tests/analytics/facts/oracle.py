"""The classes of a small network in plain Python, order by order, from rows of numbers.

Written from rules.md 1 and nothing else; days are whole numbers, money whole minor units.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median_low

FAR = 10**6


@dataclass
class Account:
    id: str
    joined: int
    left: int = FAR
    person: str = ""
    marks: list["Mark"] = field(default_factory=list)

    def on(self, day: int) -> bool:
        return self.joined <= day < self.left


@dataclass
class Mark:
    """An identifier; `last` is its last day."""

    kind: str
    value: str
    first: int = -FAR
    last: int = FAR
    shared: bool = False

    def meets(self, other: "Mark", day: int) -> bool:
        same = (self.kind, self.value) == (other.kind, other.value)
        return same and all(
            one.first <= day <= one.last and not one.shared for one in (self, other)
        )


@dataclass
class Customer:
    id: str
    became: str = ""
    marks: list[Mark] = field(default_factory=list)


@dataclass
class Order:
    id: str
    day: int
    kind: str  # of the buyer
    buyer: str
    lines: list[tuple[str, int]]  # product kind, money
    marks: list[Mark] = field(default_factory=list)
    refunds: list[int] = field(default_factory=list)


@dataclass
class World:
    accounts: list[Account]
    customers: list[Customer]
    orders: list[Order]
    month_days: int
    setting: int

    def account(self, id: str) -> Account | None:
        return next((one for one in self.accounts if one.id == id), None)

    def customer(self, id: str) -> Customer | None:
        return next((one for one in self.customers if one.id == id), None)


def persons(world: World) -> dict[str, set[str]]:
    """By id of account or customer everybody who is the same person."""
    owners: list[Account | Customer] = [*world.accounts, *world.customers]
    groups: dict[str, set[str]] = {one.id: {one.id} for one in owners}

    def unite(one: str, other: str) -> None:
        both = groups[one] | groups[other]
        for name in both:
            groups[name] = both

    known: dict[str, str] = {}
    for one in owners:
        values = [m.value for m in one.marks if m.kind == "person" and not m.shared]
        values += [one.person] if isinstance(one, Account) and one.person else []
        for value in values:
            unite(one.id, known.setdefault(value, one.id))
        if isinstance(one, Customer) and one.became:
            unite(one.id, one.became)
    return groups


def role(world: World, order: Order) -> str:
    if not order.buyer:
        return "unknown"
    account = world.account(order.buyer)
    if account is not None:
        return "distributor" if account.on(order.day) else "customer"
    if order.kind:
        return order.kind
    return "customer" if world.customer(order.buyer) else "unknown"


def use(world: World, order: Order) -> str:
    """W, J or R of an outside order."""
    same = persons(world).get(order.buyer, {order.buyer})
    himself = [one for one in world.accounts if one.id in same]
    told = {m.value for m in order.marks if m.kind == "person" and not m.shared}
    for account in world.accounts:
        if held(account) & told:
            himself.append(account)
    if linked(world, order, himself):
        return "W"
    return "J" if any(0 <= one.joined - order.day <= 30 for one in himself) else "R"


def held(account: Account) -> set[str]:
    """Whom he is said to be by identifiers that are valid while he is a distributor."""
    values = {
        m.value
        for m in account.marks
        if m.kind == "person"
        and not m.shared
        and m.first < account.left
        and m.last >= account.joined
    }
    return values | ({account.person} if account.person else set())


def linked(world: World, order: Order, himself: list[Account]) -> bool:
    customer, former = world.customer(order.buyer), world.account(order.buyer)
    mine = [*order.marks, *(customer.marks if customer else []), *(marks(former) if former else [])]
    noted = former or (world.account(customer.became) if customer and customer.became else None)
    for other in world.accounts:
        is_himself = any(other is one for one in himself)
        if not other.on(order.day) or (is_himself and other.joined == order.day):
            continue
        if any(one.meets(two, order.day) for one in mine for two in marks(other)):
            return True
        if noted is not None and other.id in persons(world)[noted.id]:
            return True
    return False


def marks(account: Account) -> list[Mark]:
    return [*account.marks, *([Mark("person", account.person)] if account.person else [])]


def remaining(order: Order) -> list[int]:
    """What is left of each line: floors of the shares, then one each to the largest rests."""
    left = [money for _, money in order.lines]
    for refund in order.refunds:
        whole = sum(left)
        if refund >= whole:
            return [0] * len(left)
        parts = [divmod(refund * one, whole) for one in left]
        left = [one - part for one, (part, _) in zip(left, parts, strict=True)]
        missing = refund - sum(part for part, _ in parts)
        for at in sorted(range(len(left)), key=lambda i: (-parts[i][1], i))[:missing]:
            left[at] -= 1
    return left


def classes(world: World) -> dict[str, list[tuple[str, int]]]:
    """By order its pieces, (classes, net)."""
    found: dict[str, list[tuple[str, int]]] = {}
    limit = allowance(world)
    same = persons(world)
    spent: dict[tuple[frozenset[str], int], int] = defaultdict(int)
    for order in sorted(world.orders, key=lambda one: (one.day, one.id)):
        who, pieces = role(world, order), []
        account = world.account(order.buyer)
        for (kind, _), left in zip(order.lines, remaining(order), strict=True):
            if who != "distributor" or kind != "product":
                pieces.append((plain(world, order, who, kind), left))
                continue
            key = frozenset(same.get(order.buyer, {order.buyer})), order.day // world.month_days
            own = min(left, limit - spent[key])
            spent[key] += own
            near = account is not None and order.day - account.joined <= 30
            rest = "S|J" if account is None else "J" if near else "S"
            pieces += [("P", own)] if own or not left else []
            pieces += [(rest, left - own)] if left > own else []
        found[order.id] = pieces
    return found


def plain(world: World, order: Order, who: str, kind: str) -> str:
    if kind == "fee":
        return "J"
    if who == "unknown":
        return "R|J|W" if kind == "kit" else "R|P|S|J|W"
    return "J" if who == "distributor" else use(world, order)


def allowance(world: World) -> int:
    """Three times the median; both middle amounts are the same in tests with an odd count."""
    months: dict[tuple[frozenset[str], int], int] = defaultdict(int)
    same, count = persons(world), 0
    for order in world.orders:
        if role(world, order) == "customer":
            who = frozenset(same.get(order.buyer, {order.buyer}))
            money = sum(
                m for kind, m in order.lines if plain(world, order, "customer", kind) == "R"
            )
            count += money > 0
            months[who, order.day // world.month_days] += money
    spent = sorted(money for money in months.values() if money)
    if count < 60:
        return world.setting
    high = spent[len(spent) // 2]
    return (3 * (median_low(spent) + high) + 1) // 2

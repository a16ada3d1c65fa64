"""A network lives month by month: it recruits, sells, buys, qualifies, stocks, pretends and loses.

Everything is drawn for all active distributors at once. The same parameters and seed give the same
life, to the byte of the files.
"""

import numpy as np

import loaders.scenarios.joining
import loaders.scenarios.life
from analytics.facts.frames import Floats, Ints
from analytics.measures import Flags
from loaders.scenarios.life import CUSTOMER, NEVER, NOBODY, PRICE_FEN, Life, Product, fen
from loaders.scenarios.parameters import Ways

RECENT_DAYS = 45
CUSTOMER_DAYS = 300
"""How long a customer goes on ordering."""
LAST_DAYS = 8
WASH_ORDERS = 3


def live(ways: Ways, seed: int) -> Life:
    """All months of a network."""
    life = Life(ways, np.random.default_rng(seed), products(ways))
    loaders.scenarios.joining.roots(life)
    for month in range(int(ways["months"])):
        _month(life, month)
    return life


def products(ways: Ways) -> dict[str, Product]:
    """What is sold, with the fair value that the scenario gives it."""
    price = ways.over
    ratio = float(ways["price_ratio"])
    found = {"P1": Product("product", PRICE_FEN, round(PRICE_FEN / ratio))}
    paid = {what: float(price[f"join.{what}"]) for what in ("fee", "kit", "training")}
    for what, amount in paid.items():
        if amount > 0:
            kind = "product" if what == "kit" and price["join.disguised"] else what
            worth = round(100 * float(price["join.kit_value"]) * amount / sum(paid.values()))
            found[what.upper()] = Product(kind, _fen(amount), worth, bool(price["join.mandatory"]))
    if price["join.load"] > 0:
        load = _fen(float(price["join.load"]))
        found["LOAD"] = Product("product", load, round(load / ratio))
    return found


def _fen(amount: float) -> int:
    return round(amount * 100)


def _month(life: Life, month: int) -> None:
    first = loaders.scenarios.life.first_day(month)
    days = loaders.scenarios.life.first_day(month + 1) - first
    active = np.flatnonzero((life.column("joined") < first + (month == 0)) & ~_left(life, first))
    _recruit(life, month, active, first, days)
    _sell(life, active, first, days)
    _own_use(life, active, first, days)
    _qualify(life, active, first, days)
    _stock(life, active, first, days)
    _pretend(life, active, first, days)
    if month:
        _again(life, active, first, days)
    _leave(life, active, first + days)


def _left(life: Life, day: int) -> Flags:
    return life.column("left") <= day


def _recruit(life: Life, month: int, active: Ints, first: int, days: int) -> None:
    mean = life.number("recruit.rate", active)
    schedule = life.ways["recruit.schedule"]
    if schedule:
        mean = np.full(len(active), float(schedule[min(month, len(schedule) - 1)]))
    mean = mean * _saturation(life, active)
    if life.ways["attach"] == "recent":
        recent = first - life.column("joined")[active] < RECENT_DAYS
        mean = mean * np.where(recent, 3.0, 0.3)
    recruiters = life.rng.permutation(np.repeat(active, life.rng.poisson(mean)))
    loaders.scenarios.joining.join(life, recruiters, _any_day(life, len(recruiters), first, days))


def _saturation(life: Life, active: Ints) -> Floats:
    opened = life.accounts.height
    left = [
        1.0 if cap is None else max(0.0, 1 - opened / cap)
        for cap in (life.ways.plain["recruit.cap"], life.ways.over["recruit.cap"])
    ]
    return np.where(life.flag("in_branch")[active], left[1], left[0])


def _any_day(life: Life, count: int, first: int, days: int) -> Ints:
    return first + life.rng.integers(0, days, count)


def _around(life: Life, mean: Floats, middle: float, spread: float) -> Ints:
    """Amounts in fen, log-normal about a mean."""
    return np.maximum(1, fen(mean * life.rng.lognormal(middle, spread, len(mean))))


def _sell(life: Life, active: Ints, first: int, days: int) -> None:
    """New outside customers, one order each."""
    mean = life.number("retail.new", active) * life.accounts["ability"].to_numpy()[active]
    seller = np.repeat(active, life.rng.poisson(mean))
    day = _any_day(life, len(seller), first, days)
    _retail(life, life.customer(seller, day), seller, day)


def _again(life: Life, active: Ints, first: int, days: int) -> None:
    """Known customers order again from the same seller while he is active."""
    known = life.customers["first_day"].to_numpy() > first - CUSTOMER_DAYS
    known &= np.isin(life.customers["seller"].to_numpy(), active)
    known &= life.rng.random(len(known)) < float(life.ways["retail.repeat"])
    buyer = np.flatnonzero(known & (life.customers["became"].to_numpy() == NOBODY))
    seller = life.customers["seller"].to_numpy()[buyer]
    _retail(life, buyer, seller, _any_day(life, len(buyer), first, days))


_INVENTED = -2
"""As `became` of a customer who was made up for an invented order."""


def _retail(life: Life, buyer: Ints, seller: Ints, day: Ints) -> None:
    back = life.rng.random(len(buyer)) < life.number("refund", seller)
    refund_day = np.where(back, day + life.rng.integers(5, 25, len(buyer)), NEVER)
    life.order(
        "retail",
        day=day,
        buyer_kind=CUSTOMER,
        buyer=buyer,
        seller=seller,
        product="P1",
        fen=_around(life, life.number("retail.aov", seller), -0.08, 0.4),
        refund_day=refund_day,
        pays=True,
    )


def _buys(life: Life, why: str, buyer: Ints, day: Ints, amount: Ints, resold: float = 0.0) -> None:
    """A purchase by a distributor, sold by his sponsor (a root's by himself)."""
    sponsor = life.column("sponsor")[buyer]
    pays = bool(life.ways["comm_on_own"])
    seller = np.where(sponsor == NOBODY, buyer, sponsor) if pays else buyer
    life.order(
        why,
        day=day,
        buyer=buyer,
        seller=seller,
        product="P1",
        fen=amount,
        pays=pays,
        resold=resold,
    )


def _drawn(life: Life, name: str, active: Ints) -> Ints:
    return active[life.rng.random(len(active)) < life.number(name, active)]


def _own_use(life: Life, active: Ints, first: int, days: int) -> None:
    buyer = _drawn(life, "personal.p", active)
    amount = _around(life, life.number("personal.amt", buyer), -0.05, 0.3)
    _buys(life, "own", buyer, _any_day(life, len(buyer), first, days), amount)


def _qualify(life: Life, active: Ints, first: int, days: int) -> None:
    threshold = life.number("qualify.T", active)
    hugs = life.flag("hugger")[active]
    buys = (threshold > 0) & (hugs | (life.rng.random(len(active)) < 0.15))
    buyer, hugs, threshold = active[buys], hugs[buys], threshold[buys]
    late = first + days - 1 - life.rng.integers(0, LAST_DAYS, len(buyer))
    day = np.where(hugs, late, _any_day(life, len(buyer), first, days))
    factor = np.where(
        hugs, life.rng.uniform(1, 1.05, len(buyer)), life.rng.uniform(0.2, 1.3, len(buyer))
    )
    _buys(life, "qualify", buyer, day, fen(threshold * factor))


def _stock(life: Life, active: Ints, first: int, days: int) -> None:
    buyer = _drawn(life, "stock.p", active)
    amount = _around(life, life.number("stock.amt", buyer), -0.05, 0.3)
    day = _any_day(life, len(buyer), first, days)
    _buys(life, "stock", buyer, day, amount, float(life.ways["stock.sold"]))


def _pretend(life: Life, active: Ints, first: int, days: int) -> None:
    """Invented customers of washers, some of whom pay with the washer's own card."""
    seller = np.repeat(active[life.flag("washer")[active]], WASH_ORDERS)
    day = _any_day(life, len(seller), first, days)
    own = life.rng.random(len(seller)) < life.number("wash.same", seller)
    back = life.rng.random(len(seller)) < life.number("wash.refund", seller)
    life.order(
        "wash",
        day=day,
        buyer_kind=CUSTOMER,
        buyer=life.customer(seller, day, _INVENTED),
        seller=seller,
        product="P1",
        fen=fen(life.number("wash.amt", seller) / WASH_ORDERS),
        refund_day=np.where(back, day + life.rng.integers(18, 28, len(seller)), NEVER),
        card_of=np.where(own, seller, NOBODY),
        pays=True,
    )


def _leave(life: Life, active: Ints, day: int) -> None:
    gone = _drawn(life, "churn", active)
    left = life.column("left")
    left[gone] = day
    life.accounts = life.accounts.with_columns(left=left)

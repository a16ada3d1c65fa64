"""Bad rows and bad plans: values, ids, what rows name. No test by itself."""

from tests.loaders.bad_case import (
    BOTH,
    DONE,
    ORDER_HEAD,
    REJECTS,
    TREE_HEAD,
    USAGE,
    Case,
    Content,
    one,
)
from tests.loaders.folders import DISTRIBUTORS, LINES, ORDERS, PRODUCTS

REFUND_HEAD = "refund_id,order_id,amount,currency,refunded_at\n"
WHOLE = {**BOTH, "products.csv": PRODUCTS, "order_lines.csv": LINES}


def orders(*rows: str) -> dict[str, Content]:
    """A file of orders: id, time, currency, amount."""
    return {"orders.csv": ORDER_HEAD + "".join(row + "\n" for row in rows)}


def tree(*rows: str) -> dict[str, Content]:
    """A file of distributors: id, sponsor, joined."""
    return {"distributors.csv": TREE_HEAD + "".join(row + "\n" for row in rows)}


def ring(size: int) -> dict[str, Content]:
    """A cycle of so many, and one good root."""
    return tree("ROOT,,2026-01-01", *(f"C{i},C{(i + 1) % size},2026-01-01" for i in range(size)))


def chain(size: int, root: str) -> dict[str, Content]:
    """Everybody under the one before; the root comes last."""
    rows = (f"N{i},N{i - 1},2026-01-02" for i in range(size - 1, 0, -1))
    return tree(*rows, f"N0,,{root}")


ROWS: tuple[Case, ...] = (
    # Values --------------------------------------------------------------------------------------
    Case(
        "a negative amount",
        orders("O1,2026-02-01,CNY,-1"),
        REJECTS,
        "1 rows rejected, negative",
        one("negative", "amount"),
    ),
    Case("an amount of zero", orders("O1,2026-02-01,CNY,0"), DONE, good={"orders": 1}),
    Case(
        "a huge amount",
        orders("O1,2026-02-01,CNY,10000000000.00", "O2,2026-02-01,CNY,10000000000.01"),
        REJECTS,
        "1 rows rejected, too_large",
        one("too_large", "amount", 2),
        {"orders": 1},
    ),
    Case(
        "a line worth more than any order",
        {**WHOLE, "order_lines.csv": LINES + "O1,1,P1,99999999999.999,9999999999.99,,\n"},
        REJECTS,
        "1 rows rejected, too_large",
        one("too_large", "unit_price", 4, "order_lines.csv"),
        {"order_lines": 3},
    ),
    Case(
        "three decimals in GBP",
        orders("O1,2026-02-01,GBP,1.005", "O2,2026-02-01,KWD,1.005", "O3,2026-02-01,GBP,1.000"),
        REJECTS,
        "1 rows rejected, too_many_decimals",
        one("too_many_decimals", "amount"),
        {"orders": 2},
    ),
    Case(
        "decimals in yen",
        orders("O1,2026-02-01,JPY,1.50", "O2,2026-02-01,JPY,150.00"),
        REJECTS,
        "1 rows rejected, too_many_decimals",
        one("too_many_decimals", "amount"),
        {"orders": 1},
    ),
    Case(
        "an unknown currency",
        orders("O1,2026-02-01,RMB,1", "O2,2026-02-01,cny,1", "O3,2026-02-01,,1"),
        REJECTS,
        "1 rows without a currency, taken as CNY",
        (
            ("orders.csv", 1, "currency", "unknown_currency"),
            ("orders.csv", 2, "currency", "unknown_currency"),
        ),
        {"orders": 1},
    ),
    Case(
        "amounts as people write them",
        orders('O1,2026-02-01,CNY,"1,000.00"', "O2,2026-02-01,CNY,¥5", "O3,2026-02-01,CNY,1e3"),
        REJECTS,
        "3 rows rejected, bad_number",
        tuple(("orders.csv", row, "amount", "bad_number") for row in (1, 2, 3)),
    ),
    Case(
        "dates and times without a zone",
        orders("O1,2026-02-01,CNY,1", "O2,2026-02-01T10:00,CNY,1", "O3,2026-02-01T10:00Z,CNY,1"),
        DONE,
        "2 times without a zone, taken in UTC",
        good={"orders": 3},
    ),
    Case(
        "29 February",
        orders(*(f"O{year},{year}-02-29,CNY,1" for year in (2000, 2024, 2026, 2100))),
        REJECTS,
        "2 rows rejected, bad_time",
        (("orders.csv", 3, "ordered_at", "bad_time"), ("orders.csv", 4, "ordered_at", "bad_time")),
        {"orders": 2},
    ),
    Case(
        "the years 0001 and 9999",
        orders("O1,0001-01-01,CNY,1", "O2,9999-12-31,CNY,1", "O3,2200-12-31,CNY,1"),
        REJECTS,
        "2 rows rejected, time_out_of_range",
        (
            ("orders.csv", 1, "ordered_at", "time_out_of_range"),
            ("orders.csv", 2, "ordered_at", "time_out_of_range"),
        ),
        {"orders": 1},
    ),
    Case(
        "dates as spreadsheets write them",
        orders("O1,01/02/2026,CNY,1", "O2,46023,CNY,1", "O3,2026-1-2,CNY,1"),
        REJECTS,
        "3 rows rejected, bad_time",
        tuple(("orders.csv", row, "ordered_at", "bad_time") for row in (1, 2, 3)),
    ),
    # Ids -----------------------------------------------------------------------------------------
    Case(
        "the same row twice",
        orders("O1,2026-02-01,CNY,1", "O1,2026-02-01,CNY,1.00"),
        DONE,
        "1 rows stand there more than once and count once: orders.csv 2",
        good={"orders": 1},
    ),
    Case(
        "one id with different content",
        orders("O1,2026-02-01,CNY,1", "O1,2026-02-01,CNY,2", "O2,2026-02-01,CNY,2"),
        REJECTS,
        "2 rows rejected, differing_duplicate",
        (
            ("orders.csv", 1, "order_id", "differing_duplicate"),
            ("orders.csv", 2, "order_id", "differing_duplicate"),
        ),
        {"orders": 1},
    ),
    Case(
        "ids that differ by case or width",
        orders("A1,2026-02-01,CNY,1", "a1,2026-02-01,CNY,2", "\uff21\uff11,2026-02-01,CNY,3"),
        DONE,
        good={"orders": 3},
    ),
    Case(
        "ids that differ by Unicode form, or by blanks around them",
        orders(
            "\u00e9,2026-02-01,CNY,1", "e\u0301,2026-02-01,CNY,1", " \u00e9\u3000,2026-02-01,CNY,1"
        ),
        DONE,
        "2 rows stand there more than once and count once",
        good={"orders": 1},
    ),
    Case(
        "an id with a character that takes no room",
        orders("O1,2026-02-01,CNY,1", "O1\u200b,2026-02-01,CNY,1"),
        REJECTS,
        "1 rows rejected, bad_id",
        one("bad_id", "order_id", 2),
        {"orders": 1},
    ),
    # What rows name ------------------------------------------------------------------------------
    Case(
        "a cycle of 3",
        ring(3),
        REJECTS,
        "3 rows rejected, sponsor_cycle",
        tuple(("distributors.csv", row, "sponsor_id", "sponsor_cycle") for row in (2, 3, 4)),
        {"distributors": 1},
    ),
    Case(
        "a cycle of 10,000",
        ring(10_000),
        REJECTS,
        "10,000 rows rejected, sponsor_cycle",
        one("sponsor_cycle", "sponsor_id", 2, "distributors.csv"),
        {"distributors": 1},
    ),
    Case(
        "a chain 100,000 deep", chain(100_000, "2026-01-01"), DONE, good={"distributors": 100_000}
    ),
    Case(
        "a chain 100,000 deep under a bad root",
        chain(100_000, "soon"),
        REJECTS,
        "99,999 rows rejected, unknown_sponsor",
        one("unknown_sponsor", "sponsor_id", 1, "distributors.csv"),
        {"distributors": 0},
    ),
    Case(
        "a sponsor who joins later",
        tree("A,,2026-01-05", "B,A,2026-01-01", "C,B,2026-01-06", "D,A,2026-01-05"),
        REJECTS,
        "1 rows rejected, sponsor_not_joined",
        (
            ("distributors.csv", 2, "joined_at", "sponsor_not_joined"),
            ("distributors.csv", 3, "sponsor_id", "unknown_sponsor"),
        ),
        {"distributors": 2},
    ),
    Case(
        "an order before its seller joined",
        {**BOTH, "orders.csv": ORDERS + "O3,D3,2025-12-31,,CNY,7\n"},
        REJECTS,
        "order money rejected, first cause seller_not_joined: 7.00 CNY",
        one("seller_not_joined", "ordered_at", 4),
        {"orders": 3},
    ),
    Case(
        "a refund larger than its order",
        {**WHOLE, "refunds.csv": REFUND_HEAD + "R1,O1,1000.00,CNY,2026-03-01\n"},
        DONE,
        "R1: 90000 minor units more than what remained of order O1",
        plan='rates = ["0.1"]\n',
    ),
    Case(
        "a refund of an unknown order",
        {**BOTH, "refunds.csv": REFUND_HEAD + "R1,O9,1.00,CNY,2026-03-01\n"},
        REJECTS,
        "1 rows rejected, unknown_order",
        one("unknown_order", "order_id", 1, "refunds.csv"),
        {"refunds": 0},
    ),
    Case(
        "a refund in another currency",
        {**BOTH, "refunds.csv": REFUND_HEAD + "R1,O1,1.00,EUR,2026-03-01\n"},
        REJECTS,
        "1 rows rejected, currency_differs",
        one("currency_differs", "currency", 1, "refunds.csv"),
    ),
    # Plans ---------------------------------------------------------------------------------------
    Case(
        "a plan with rates over 100 %",
        BOTH,
        USAGE,
        "rates: promises 110 % of the base",
        plan='rates = ["0.6", "0.5"]\n',
    ),
    Case(
        "a plan with a blank rate",
        BOTH,
        USAGE,
        'rates[2]: is blank; a zero is written "0"',
        plan='rates = ["0.1", ""]\n',
    ),
    Case(
        "a plan with a rate that is no text",
        BOTH,
        USAGE,
        'rates[1]: 0.1 is a number; rates and amounts are texts, so that they are exact: "0.1"',
        plan="rates = [0.1]\n",
    ),
    Case(
        "a plan with an unknown product",
        WHOLE,
        DONE,
        "product_rates: 1 product(s) with rates of their own are not among the known ones",
        plan='[[product_rates]]\nproduct_id = "P9"\nrates = ["0.1"]\n',
    ),
    Case(
        "a plan with an unknown key",
        BOTH,
        USAGE,
        "qualification.statuz: unknown key; remove it, or write one of: status, verified",
        plan='[qualification]\nstatuz = ["active"]\n',
    ),
    Case("a plan that is no TOML", BOTH, USAGE, "not valid TOML, line 1, column 1", plan="%PDF\n"),
    Case("a plan that pays for recruits", BOTH, USAGE, "pays for recruiting", plan='recruit = "5"'),
    Case(
        "no orders to try a plan on",
        {"distributors.csv": DISTRIBUTORS},
        USAGE,
        "has no orders file; a dry run needs one",
        plan='rates = ["0.1"]\n',
    ),
)

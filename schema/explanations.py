"""Why: the commission path of an order, saved or not, as the engine explains it."""

import strawberry


@strawberry.type(description="x")
class CommissionPath:
    """x."""

    a: int = strawberry.field(description="x")


@strawberry.input(description="x")
class WhatIfOrder:
    """x."""

    a: int = strawberry.field(description="x")


WhatIf = CommissionPath


async def of_order(info, id):
    return CommissionPath(a=1)


async def what_if(info, order):
    return CommissionPath(a=1)

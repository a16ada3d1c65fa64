"""The nouns as they name one another: links that are resolved when the schema is built."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.buyers import Buyer
    from schema.commissions import CurrencyTotal, Entry
    from schema.distributors import Distributor
    from schema.explanations import CommissionPath
    from schema.network import LevelCount, UplineConnection
    from schema.orders import Order
    from schema.plans import PlanVersion
    from schema.products import Product
    from schema.runs import Run

DistributorLink = Annotated["Distributor", strawberry.lazy("schema.distributors")]
ProductLink = Annotated["Product", strawberry.lazy("schema.products")]
OrderLink = Annotated["Order", strawberry.lazy("schema.orders")]
BuyerLink = Annotated["Buyer", strawberry.lazy("schema.buyers")]
EntryLink = Annotated["Entry", strawberry.lazy("schema.commissions")]
PlanLink = Annotated["PlanVersion", strawberry.lazy("schema.plans")]
RunLink = Annotated["Run", strawberry.lazy("schema.runs")]
PathLink = Annotated["CommissionPath", strawberry.lazy("schema.explanations")]
UplineLink = Annotated["UplineConnection", strawberry.lazy("schema.network")]
LevelCountLink = Annotated["LevelCount", strawberry.lazy("schema.network")]
CurrencyTotalLink = Annotated["CurrencyTotal", strawberry.lazy("schema.commissions")]

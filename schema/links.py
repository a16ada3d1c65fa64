"""The nouns as they name one another: links that are resolved when the schema is built."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.buyers import Buyer
    from schema.cases import Case
    from schema.commissions import CurrencyTotal, Entry
    from schema.distributors import Distributor
    from schema.explanations import CommissionPath
    from schema.findings import Complaint, Finding
    from schema.network import LevelCount, UplineConnection
    from schema.orders import Order
    from schema.plans import PlanVersion
    from schema.products import Product
    from schema.runs import Run
    from schema.verdicts import Verdict

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
FindingLink = Annotated["Finding", strawberry.lazy("schema.findings")]
CaseLink = Annotated["Case", strawberry.lazy("schema.cases")]
VerdictLink = Annotated["Verdict", strawberry.lazy("schema.verdicts")]
ComplaintLink = Annotated["Complaint", strawberry.lazy("schema.findings")]

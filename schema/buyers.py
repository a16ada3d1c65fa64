"""Whoever bought an order: both kinds in one union, apart from them because it needs them whole."""

from typing import Annotated

import strawberry

from schema.customers import Customer
from schema.distributors import Distributor

Buyer = Annotated[
    Customer | Distributor,
    strawberry.union("Buyer", description="Whoever bought: a customer or a distributor."),
]

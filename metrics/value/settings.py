"""What a bank may set of customer value."""

from data_access.policy import Setting

NEAR_EDGE_SHARE = Setting(
    "near_edge_share", 0.1, "customers so close to an edge of their tier are near it", "share of the edge"
)
VALUE_EDGE = Setting("value_edge", 200_000, "AUM from which a customer is of high value", "currency units")
LOYAL_PRODUCTS = Setting(
    "loyal_products", 3, "products from which a customer is loyal, together with the next one", "products"
)
LOYAL_TRANSACTIONS = Setting(
    "loyal_transactions", 4, "own transactions a month from which a customer is loyal", "transactions"
)
FLOOR_GINI = Setting(
    "floor_gini",
    50,
    "among fewer customers neither Gini, shares of the top and of the five largest nor curves and tenths "
    "are told",
    "customers",
)

FLOOR_TENTHS = Setting(
    "floor_tenths",
    5_000,
    "among fewer customers a tenth is told nothing but AUM that a bin shared with the next could change by "
    "a tenth",
    "customers",
)

SETTINGS = (NEAR_EDGE_SHARE, VALUE_EDGE, LOYAL_PRODUCTS, LOYAL_TRANSACTIONS, FLOOR_GINI, FLOOR_TENTHS)

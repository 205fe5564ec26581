"""The page of customer value."""

from data_access.subject import message
from ui.parts.contents import Page, of
from ui.value.near_edge import NEAR_EDGE
from ui.value.report import section

PAGE = Page(
    script="pages/customers/value.py",
    section=message("Customer base"),
    title=message("Customer value"),
    metrics=("value.summary",),
    cards=(
        *of("value.summary", "increase", "customers", "aum", "aum_avg", "contribution", "top20_share"),
        *of("value.summary", "mean", "median", "contribution_mean"),
        *of("value.products", "products_mean"),
        *of("value.largest", "aum", "share"),
    ),
    below=of("value.summary", "increase", "middle_above", "customers", "aum", "aum_avg"),
    lists=(NEAR_EDGE,),
    report=(section,),
)

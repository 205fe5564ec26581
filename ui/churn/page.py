"""The page of churn; its cards are told of the newest month and made in `cards.py`."""

from data_access.subject import message
from ui.churn.choices import DEFINITION, HORIZON
from ui.churn.report import section
from ui.parts.contents import Page

PAGE = Page(
    script="pages/customers/churn.py",
    section=message("Customer base"),
    title=message("Churn"),
    metrics=("churn.expected",),
    choices=(DEFINITION, HORIZON),
    report=(section,),
)

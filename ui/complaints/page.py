"""The page of complaints."""

from data_access.subject import message
from ui.complaints.report import section
from ui.parts.contents import Page, of

PAGE = Page(
    script="pages/service/complaints.py",
    section=message("Service"),
    title=message("Complaints"),
    metrics=("complaints.summary",),
    cards=of(
        "complaints.summary",
        "regulator",
        "opened",
        "open",
        "on_time",
        "median_days",
        "per_10k",
        "repeated",
        "resolved",
    ),
    below=of(
        "complaints.summary",
        "opened",
        "per_10k",
        "on_time",
        "regulator",
        "open",
        "repeated",
        "promised",
        "in_time",
    ),
    report=(section,),
)

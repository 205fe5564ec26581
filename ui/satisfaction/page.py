"""The page of satisfaction."""

from data_access.subject import message
from ui.parts.choice import breakdown_of
from ui.parts.contents import Page, of
from ui.satisfaction.choices import SURVEY
from ui.satisfaction.detractors import DETRACTORS
from ui.satisfaction.report import section

PAGE = Page(
    script="pages/service/satisfaction.py",
    section=message("Service"),
    title=message("Satisfaction"),
    metrics=("satisfaction.nps", "satisfaction.csat", "satisfaction.effort"),
    cards=(
        *of("satisfaction.nps", "nps"),
        *of("satisfaction.csat", "top2_rate"),
        *of("satisfaction.effort", "rate"),
        *of("satisfaction.nps", "response_rate"),
        *of("satisfaction.index", "index"),
    ),
    lists=(DETRACTORS,),
    choices=(SURVEY, breakdown_of("satisfaction.nps")),
    report=(section,),
)

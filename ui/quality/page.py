"""The page of data quality."""

from data_access.subject import message
from ui.parts.contents import Page

SECTION = message("Data")
PAGE = Page(script="pages/data/quality.py", section=SECTION, title=message("Data quality"), metrics=())

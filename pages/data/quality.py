"""Data quality: how new, how whole, in agreement with the ledger, told otherwise than before."""

from ui.parts.page import current_view
from ui.quality.history import history
from ui.quality.ledger import ledger, restated
from ui.quality.tables import deliveries, findings, noted, said, tables

view = current_view()
found = deliveries(view)
said(view, found)
tables(found)
findings(found)
noted(view)
ledger(view)
restated(view)
history(view)

"""What readers of the sales pages choose: the question to the funnel, how long, which close."""

from data_access.subject import message
from ui.parts.contents import Choice

WINDOWS = ("30", "60", "90", "180")
RULE = Choice(name="rule", label=message("question to the funnel"), of="funnel.stages")
WINDOW = Choice(name="window", label=message("observation window"), of="funnel.stages", values=("", *WINDOWS))
CLOSING = Choice(name="closing", label=message("pipeline looked at"), of="funnel.bridge")

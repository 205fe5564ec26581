"""What readers of the churn page choose: which churn, and how many months ahead."""

from data_access.subject import message
from ui.parts.contents import Choice

DEFINITION = Choice(name="definition", label=message("kind of churn"), of="churn.expected", shared=True)
HORIZON = Choice(name="horizon", label=message("months ahead"), of="churn.expected", shared=True)

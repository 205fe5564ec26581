"""What readers of the satisfaction page choose: the kind of survey, for the two are never mixed."""

from data_access.subject import message
from ui.parts.contents import Choice

SURVEY = Choice(name="survey", label=message("kind of survey"), of="satisfaction.nps", shared=True)

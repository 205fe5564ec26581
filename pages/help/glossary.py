"""Metric definitions: what each number means, of which data it is made, and where it is shown."""

from ui.glossary.glossary import glossary
from ui.parts.page import current_view

glossary(current_view())

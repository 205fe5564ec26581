"""The slide a report stands on: our own plain master, or the bank's, with room for heading and footer.

Colours and fonts are those of the deck's theme, so a report takes on the look of the bank's template
and changes with it.
"""

import io
import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.exc import PackageNotFoundError
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Emu, Inches, Pt

from charts.theme import PALETTE
from data_access.errors import DataError
from ui.paper.text import plain, width

LEADING = 1.2  # distance of lines, in text sizes
INK, MUTED = 0.0, 0.35  # how far a text is lightened from the theme's text colour
_INK, _PAPER, _PALE = "23272E", "FFFFFF", "F3F5F8"
_TITLE, _SLIDE_NUMBER = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE), PP_PLACEHOLDER.SLIDE_NUMBER
_EDGE = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, _SLIDE_NUMBER)


@dataclass(frozen=True)
class Box:
    """A place on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Frame:
    """The places every slide has."""

    heading: Box
    title: Box
    body: Box
    footer: Box


def deck(template: Path | None, language: str) -> tuple[Any, Any, Frame]:
    """An empty deck, the layout with a title and nothing else, and where things go on it.

    The bank's template is found by what its layouts are, not by their names; slides in it are examples
    and go.
    """
    try:
        slides = Presentation(str(template) if template else io.BytesIO(_house(language)))
    except (PackageNotFoundError, OSError, KeyError, ValueError) as error:
        raise DataError(
            "[policy] template = “{name}” is not there or is no .pptx. Put it beside cockpit.toml, "
            "or take the setting out.",
            name=template.name if template else "",
        ) from error
    for identity in list(slides.slides._sldIdLst):
        slides.part.drop_rel(identity.rId)
        slides.slides._sldIdLst.remove(identity)
    layout = _title_only(slides)
    return slides, layout, _template_frame(slides, layout) if template else _house_frame()


def add_slide(slides: Any, layout: Any) -> Any:
    """A slide with its title and page number; other places of the layout, which would stay empty, go."""
    slide = slides.slides.add_slide(layout)
    for shape in list(slide.placeholders):
        if shape.placeholder_format.type not in _TITLE:
            shape.element.getparent().remove(shape.element)
    for shape in layout.placeholders:
        if shape.placeholder_format.type == _SLIDE_NUMBER:
            slide.shapes._spTree.append(deepcopy(shape.element))
    return slide


def _title_only(slides: Any) -> Any:
    titled = [
        layout
        for layout in slides.slide_layouts
        if any(p.placeholder_format.type in _TITLE for p in layout.placeholders)
    ]
    if not titled:
        raise DataError(
            "The template for slides has no layout with a title. Give it one, or take [policy] template out."
        )
    only = [layout for layout in titled if layout._element.get("type") == "titleOnly"]
    return (only or sorted(titled, key=lambda layout: len(layout.placeholders)))[0]


# -------------------------------------------------------------------- frames


def _house_frame() -> Frame:
    left, wide = 0.6, 12.13
    return Frame(
        Box(left, 0.36, wide, 0.3),
        Box(left, 0.66, wide, 0.84),
        Box(left, 1.62, wide, 5.18),
        Box(left, 6.88, 11.3, 0.42),
    )


def _template_frame(slides: Any, layout: Any) -> Frame:
    """The room under the bank's title and above its own footer line."""
    places = {p.placeholder_format.type: _box(p) for p in layout.placeholders}
    title = next(places[kind] for kind in _TITLE if kind in places)
    total, high = Emu(slides.slide_width).inches, Emu(slides.slide_height).inches
    left = max(title.left, 0.3)
    wide = total - left - min(left, 0.6)
    edge = [places[kind] for kind in _EDGE if kind in places and places[kind].top > 0.75 * high]
    bottom = min((box.top for box in edge), default=high - 0.2)
    footer = Box(left, bottom - 0.45, wide, 0.42)
    heading = Box(left, title.bottom + 0.05, wide, 0.28)
    body = Box(left, heading.bottom + 0.08, wide, footer.top - heading.bottom - 0.2)
    return Frame(heading, title, body, footer)


def _box(shape: Any) -> Box:
    return Box(*(Emu(side).inches for side in (shape.left, shape.top, shape.width, shape.height)))


@cache
def _house(language: str) -> bytes:
    """Our own template: wide slides, the colours of the pages, fonts that every Windows PC has."""
    slides = Presentation()
    slides.slide_width, slides.slide_height = Inches(13.333), Inches(7.5)
    layout = _title_only(slides)
    for other in list(slides.slide_layouts):
        if other is not layout:
            slides.slide_layouts.remove(other)
    frame = _house_frame()
    number = Box(frame.footer.left + frame.footer.width, frame.footer.top, 0.83, frame.footer.height)
    for holder in (slides.slide_master, layout):
        for shape in list(holder.placeholders):
            kind = shape.placeholder_format.type
            if kind in _TITLE:
                _place(shape, frame.title)
            elif kind == _SLIDE_NUMBER:
                _place(shape, number)
                _say(shape.text_frame.paragraphs[0], 9, MUTED, PP_ALIGN.RIGHT)
            elif holder is layout or kind in _EDGE:
                shape.element.getparent().remove(shape.element)
            else:
                _place(shape, frame.body)
    styles = slides.slide_master._element.find(".//{*}titleStyle/{*}lvl1pPr")
    styles.set("algn", "l")
    theme = slides.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme.blob = _theme(theme.blob.decode("utf-8"), language).encode("utf-8")
    file = io.BytesIO()
    slides.save(file)
    return file.getvalue()


def _theme(xml: str, language: str) -> str:
    """Chinese in YaHei whatever the language, Latin in YaHei or Arial; the palette of the charts."""
    latin = "Microsoft YaHei" if language == "zh" else "Arial"
    xml = re.sub(r'<a:latin typeface="[^"]*"', f'<a:latin typeface="{latin}"', xml)
    xml = re.sub(r'<a:ea typeface="[^"]*"', '<a:ea typeface="Microsoft YaHei"', xml)
    xml = re.sub(r'(script="Hans" typeface=)"[^"]*"', r'\1"Microsoft YaHei"', xml)
    colours = {"dk1": _INK, "lt1": _PAPER, "dk2": PALETTE[0], "lt2": _PALE}
    colours |= {f"accent{number}": colour for number, colour in enumerate(PALETTE[:6], 1)}
    for name, colour in colours.items():
        value = f'<a:srgbClr val="{colour.lstrip("#").upper()}"/>'
        xml = re.sub(rf"(<a:{name}>).*?(</a:{name}>)", rf"\g<1>{value}\g<2>", xml)
    return xml


def _place(shape: Any, box: Box) -> None:
    shape.left, shape.top, shape.width, shape.height = map(Inches, (box.left, box.top, box.width, box.height))


# --------------------------------------------------------------------- texts


def lines(value: str, size: float, inches: float) -> int:
    """The lines a text takes, with a margin: fonts differ, and Latin lines end at words."""
    return max(1, ceil(width(value) * 0.55 * size / 72 * 1.04 / max(inches, 0.1)))


def fitting(value: str, sizes: tuple[float, ...], box: Box) -> float:
    """The largest size at which a text stays in its place; the smallest where none does."""
    room = (size for size in sizes if lines(value, size, box.width - 0.2) * size * LEADING / 72 <= box.height)
    return next(room, sizes[-1])


def text_box(slide: Any, box: Box, name: str, anchor: Any = MSO_ANCHOR.TOP) -> Any:
    """An empty box for texts, without margins at its sides so that it lines up with tables and charts."""
    shape = slide.shapes.add_textbox(*map(Inches, (box.left, box.top, box.width, box.height)))
    shape.name = name
    frame = shape.text_frame
    frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, MSO_AUTO_SIZE.NONE, anchor
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    return shape


def add_text(
    paragraph: Any,
    value: str,
    size: float,
    *,
    before: str = "",
    lighter: float = INK,
    bold: bool = False,
    colour: str = "",
) -> None:
    """A piece of text in the theme's text colour, lightened, or in a colour of its own.

    Lines are as far apart as their size says: fonts differ in that, and a deck is opened with several.
    """
    run = paragraph.add_run()
    run.text = before + plain(value)
    paragraph.line_spacing = max(Pt(size * LEADING), paragraph.line_spacing or 0)
    _font(run.font, size, lighter, bold, colour)


def _say(paragraph: Any, size: float, lighter: float, align: Any) -> None:
    """The look of what PowerPoint itself fills in: the page number."""
    paragraph.alignment = align
    for field in paragraph._p.findall(".//{*}fld/{*}rPr"):
        field.set("sz", str(int(size * 100)))
    _font(paragraph.font, size, lighter, False, "")


def rgb(colour: str) -> RGBColor:
    """A colour as the pages write it: #c8322b."""
    return RGBColor(*bytes.fromhex(colour.lstrip("#")))  # type: ignore[no-untyped-call]


def _font(font: Any, size: float, lighter: float, bold: bool, colour: str) -> None:
    font.size, font.bold = Pt(size), bold
    if colour:
        font.color.rgb = rgb(colour)
    else:
        font.color.theme_color = MSO_THEME_COLOR.TEXT_1
        if lighter:
            font.color.brightness = lighter

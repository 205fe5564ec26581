import tomllib
from pathlib import Path

import pytest

from charts import theme

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("name", "palette"), [("light", theme.PALETTE), ("dark", theme.PALETTE_DARK)])
def test_palette_is_the_one_the_server_sends(name: str, palette: tuple[str, ...]) -> None:
    assert tuple(CONFIG["theme"][name]["chartCategoricalColors"]) == palette
    assert len(palette) == 10  # with fewer, Plotly falls back to colours of its own
    assert CONFIG["theme"][name]["primaryColor"] == palette[0]


@pytest.mark.parametrize(("name", "palette"), [("light", theme.PALETTE), ("dark", theme.PALETTE_DARK)])
def test_colours_are_seen_and_text_is_read(name: str, palette: tuple[str, ...]) -> None:
    colours = CONFIG["theme"][name]
    paper = colours["backgroundColor"]
    assert min(contrast(colour, paper) for colour in (*palette, theme.NEUTRAL)) >= 3
    for background in (paper, colours["secondaryBackgroundColor"]):
        assert contrast(colours["textColor"], background) >= 7
        assert contrast(colours["linkColor"], background) >= 4.5


def test_theme_follows_the_browser_and_loads_no_font() -> None:
    assert "base" not in CONFIG["theme"]
    assert "fontFaces" not in CONFIG["theme"]
    assert "://" not in str(CONFIG)
    assert CONFIG["theme"]["font"] == theme.FONT


def test_server_is_closed_by_default() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False


def test_layout_keeps_the_page_scrolling_under_a_thumb() -> None:
    frame = theme.layout(alt="a", height=100)
    assert frame["dragmode"] is False
    assert theme.axis()["fixedrange"] is True
    assert theme.CONFIG["displayModeBar"] is False
    assert frame["meta"]["alt"] == "a"


def test_wrapped_keeps_every_character() -> None:
    for text in (
        "温州分行鹿城支行五马街支行",
        "Jiaxing Branch Lucheng Sub-branch",
        "样例 Bank 分行",
        "",
        "A" * 50,
    ):
        assert theme.wrapped(text).replace("<br>", "").replace(" ", "") == text.replace(" ", "")

"""Numbers as DOMAIN words them: 万 and 亿, K, M and B, changes by amount and percent, rates by points."""

import pytest
import streamlit as st

from data_access.subject import Measure
from ui.base.formats import change_text, scale_for, short

MONEY = Measure(name="aum", label="AUM", unit="money")
CUSTOMERS = Measure(name="customers", label="Customers", unit="customers")
RATE = Measure(name="win_rate", label="Closing rate", unit="rate")
YUAN = 100  # minor units


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    st.session_state["lang"] = request.param
    return str(request.param)


@pytest.mark.parametrize(
    ("yuan", "zh", "en"),
    [
        (102_320_000_000, ("1,023.2", "亿元"), ("102.3", "B CNY")),
        (415_000_000, ("4.15", "亿元"), ("415.0", "M CNY")),
        (54_533_000, ("5,453.3", "万元"), ("54.5", "M CNY")),
        (9_999, ("9,999", "元"), ("10.00", "K CNY")),
        (0, ("0", "元"), ("0", "CNY")),
        (-230_000_000, ("-2.30", "亿元"), ("-230.0", "M CNY")),
    ],
)
def test_money(language: str, yuan: int, zh: tuple[str, str], en: tuple[str, str]) -> None:
    scale = scale_for(MONEY, [yuan * YUAN], "CNY", YUAN)
    assert (scale.text(yuan * YUAN), scale.unit) == (zh if language == "zh" else en)


def test_counts_are_whole_until_they_are_large(language: str) -> None:
    assert scale_for(CUSTOMERS, [23_406], "CNY", YUAN).text(23_406) == "23,406"
    large = scale_for(CUSTOMERS, [2_653_000], "CNY", YUAN)
    expected = ("265.3", "万户") if language == "zh" else ("2.65", "M")
    assert (large.text(2_653_000), large.unit) == expected


def test_change_has_amount_and_percent(language: str) -> None:
    now, before = 102_320_000_000 * YUAN, 94_600_000_000 * YUAN
    scale = scale_for(MONEY, [now], "CNY", YUAN)
    text, direction = change_text(MONEY, now, before, scale)
    assert (text, direction) == ("+77.2 亿，+8.2%" if language == "zh" else "+7.7 B, +8.2%", 1)


def test_a_rate_changes_by_points_and_a_level_has_no_sign(language: str) -> None:
    scale = scale_for(RATE, [0.356], "CNY", YUAN)
    assert scale.text(0.356) == "35.6"
    text, direction = change_text(RATE, 0.356, 0.427, scale)
    assert (text, direction) == ("-7.1 个百分点" if language == "zh" else "-7.1 pp", -1)


def test_no_percent_of_nothing_and_no_zero_change(language: str) -> None:
    scale = scale_for(CUSTOMERS, [5], "CNY", YUAN)
    assert change_text(CUSTOMERS, 5, 0, scale) == ("+5", 1)  # a percent of zero says nothing
    assert change_text(CUSTOMERS, 5, 5, scale) == ("持平" if language == "zh" else "unchanged", 0)
    assert change_text(CUSTOMERS, 50, 1, scale)[0].endswith(">+999%")
    assert change_text(CUSTOMERS, None, 5, scale) == ("", 0)


def test_a_net_figure_has_no_percent(language: str) -> None:
    """From 2 to -2 is no fall by 200 percent."""
    net = Measure(name="increase", label="Net increase", unit="customers", flow=True, net=True)
    assert change_text(net, -2, 2, scale_for(net, [2], "CNY", YUAN)) == ("-4", -1)


def test_a_gini_has_three_decimals() -> None:
    assert (
        scale_for(Measure(name="gini", label="Gini", unit="gini"), [0.80512], "CNY", YUAN).text(0.80512)
        == "0.805"
    )


@pytest.mark.parametrize(
    ("count", "zh", "en"),
    [
        (0, "0", "0"),
        (9_999, "9,999", "9,999"),
        (22_774, "2.3万", "22.8K"),
        (1_234_567, "123万", "1.2M"),
        (10_000_000, "1,000万", "10.0M"),
    ],
)
def test_a_count_in_a_narrow_cell(count: int, zh: str, en: str, language: str) -> None:
    assert short(count) == (zh if language == "zh" else en)


def test_a_percentage_of_few_is_left_out() -> None:
    scale = scale_for(CUSTOMERS, [6], "CNY", YUAN)
    assert change_text(CUSTOMERS, 6, 1, scale, floor=30) == ("+5", 1)
    assert "%" in change_text(CUSTOMERS, 60, 30, scale, floor=30)[0]

import polars as pl

from charts import funnel

WORDS = {"undated": "无日期", "entered": "进入", "reached_next": "进入下一阶段", "conversion": "转化率"}
LABELS = {"lead": "线索", "offer": "方案 <b>", "signed": "签订"}
STAGES = pl.DataFrame(
    {
        "stage": ["lead", "offer", "signed"],
        "entered": [8420, None, 1200],
        "reached_next": [5310, None, None],
        "conversion": [0.6306, None, None],
        "low": [0.62, None, None],
        "high": [0.641, None, None],
    }
)


def words(figure: dict) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"]]


def test_bars_in_stage_order_with_counts() -> None:
    figure = funnel.bars(STAGES, labels=LABELS, words=WORDS, alt="漏斗")
    (series,) = figure["data"]
    assert series["x"] == [8420, None, 1200]
    assert series["text"] == ["8,420", "", "1,200"]
    assert figure["layout"]["yaxis"]["ticktext"] == ["线索", "方案 &lt;b&gt;", "签订"]
    first, last = figure["layout"]["yaxis"]["range"]
    assert first > last  # the first stage is on top


def test_conversion_stands_between_two_bars_and_its_interval_on_hover() -> None:
    figure = funnel.bars(STAGES, labels=LABELS, words=WORDS, alt="a")
    (share,) = [note for note in figure["layout"]["annotations"] if note["text"].startswith("↓")]
    assert (share["text"], share["y"]) == ("↓ 63.1%", 0.5)
    assert "62.0% – 64.1%" in figure["data"][0]["customdata"][0]
    assert "5,310" in figure["data"][0]["customdata"][0]
    assert "转化率" not in figure["data"][0]["customdata"][2]  # the last stage has no next one


def test_undated_stage_is_an_empty_row_with_a_word() -> None:
    figure = funnel.bars(STAGES, labels=LABELS, words=WORDS, alt="a")
    assert [note["y"] for note in figure["layout"]["annotations"] if note["text"] == "无日期"] == [1]


def test_a_funnel_nobody_entered_is_drawn() -> None:
    nobody = STAGES.with_columns(entered=pl.lit(0), conversion=pl.lit(None, pl.Float64))
    figure = funnel.bars(nobody, labels=LABELS, words=WORDS, alt="a")
    assert not [text for text in words(figure) if text.startswith("↓")]
    assert figure["layout"]["xaxis"]["range"][1] > 0

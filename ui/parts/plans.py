"""Plans in words: how much is done, what is missing or left, and how that stands against the time elapsed."""

from typing import Any

from data_access.subject import Measure, Period, message
from data_access.view.view import View
from metrics.target import Plans, shown
from ui.base.formats import MONEY, Scale, grouped, period_name
from ui.base.words import t
from ui.parts.model import Card, Cell, Plan, Verdict, mark_of, verdict_word

MOST = 9.995  # beyond it a percentage is told as a multiple
BASES = {
    "level": message("Plan for the level"),
    "increase": message("Plan for the net increase"),
    "flow": message("Plan for the sum of the period"),
}


def plans(view: View, by: str | None = None) -> list[dict[str, Any]]:
    """Plan completion of the institution, or of each below; none where nothing is planned."""
    if not view.store.has("targets"):
        return []
    return view.metric("target.attainment", by).to_dicts()


def plan_of(view: View, card: Card, scale: Scale, rows: list[dict[str, Any]]) -> Plan | None:
    """Completion beside the time elapsed, and what is missing; 未下达 where there ought to be one."""
    row = shown(rows, card.id)
    name, _, column = card.id.rpartition(".")
    measure = view.catalogue()[name].measure(column)
    if row is None:
        planned = card.id in view.store.learned(Plans).metrics
        planned |= measure.planned and view.store.has("targets")
        # hidden is not 未下达
        hidden = view.filters or view.scope.without or view.store.tree.closed[view.node]
        return Plan(t("No plan set")) if planned and not hidden else None
    if row["attainment"] is None:
        return None
    minor = view.store.minor_units if card.noun == MONEY else 1
    return Plan(
        text=t("Plan {done}", done=done_said(row, scale, minor)),
        more="" if row["basis"] == "level" else t("time {elapsed}", elapsed=f"{row['elapsed']:.1%}"),
        left=_left(row, measure, scale, minor),
        done=max(0.0, min(row["attainment"], 1.2)),
        elapsed=None if row["basis"] == "level" else row["elapsed"],
        verdict=standing(row, measure),
        word=status_word(row, measure),
        so_far=_so_far(view, row, scale, minor),
        title=t(
            "{basis}: plan {target}, so far {actual} {unit}",
            basis=t(BASES[row["basis"]]),
            target=scale.text(row["target"] * minor),
            actual=scale.text((row["actual"] or 0) * minor),
            unit=scale.unit,
        ),
    )


def _so_far(view: View, row: dict[str, Any], scale: Scale, minor: int) -> str:
    """What is counted of a plan whose window is longer than the period looked at."""
    window = Period(row["period_start"], row["counted_to"])
    if row["basis"] == "level" or row["actual"] is None or window == view.period:
        return ""
    return t("{period}: {amount}", period=period_name(window), amount=scale.with_unit(row["actual"] * minor))


def standing(row: dict[str, Any], measure: Measure) -> Verdict:
    """How a plan stands. A level is reached or not; a sum or an increase is held against the time elapsed.

    Of what is better less (customers lost, complaints) a plan is a limit: within it, or used up too soon.
    """
    done, level = row["attainment"], row["basis"] == "level"
    if done is None or not measure.good:
        return Verdict.NONE
    if measure.good < 0:
        if done > 1:
            return Verdict.OVER
        if level or done <= row["elapsed"]:
            return Verdict.WITHIN
        return Verdict.USED_UP if done == 1 else Verdict.TOO_FAST
    if level:
        return Verdict.REACHED if done >= 1 else Verdict.NONE
    return Verdict.ON_COURSE if done >= row["elapsed"] else Verdict.BEHIND


def status_word(row: dict[str, Any], measure: Measure) -> str:
    """How a plan stands in a word or two, the same on the card and in a table; nothing where nothing is
    judged. A level that is not reached is told, though time says nothing of it."""
    called, done = standing(row, measure), row["attainment"]
    if done is None or not measure.good:
        return ""
    if called is Verdict.NONE:
        return t("not reached yet")
    if called is Verdict.BEHIND:
        if done < 0:
            return t("net decrease")
        return t("behind by {n} pp", n=_size(100 * (row["elapsed"] - done), Scale(1, "", 1)))
    if measure.good > 0 and done > 1:
        return t("plan exceeded")
    return verdict_word(called)


def ahead(row: dict[str, Any], measure: Measure) -> float | None:
    """How far a plan is ahead of the time elapsed, a level of its end; below zero it is behind."""
    done = row["attainment"]
    if done is None or not measure.good:
        return None
    least = 1 if row["basis"] == "level" else row["elapsed"]
    return float(done - least) * measure.good


def status_cell(row: dict[str, Any], measure: Measure) -> Cell:
    """How a plan stands, as a mark and a word; sorted by how far it is behind."""
    return Cell(status_word(row, measure), ahead(row, measure), mark=mark_of(standing(row, measure)))


def plan_cell(row: dict[str, Any], measure: Measure) -> Cell:
    """How much of a plan is done and, below it, how that stands; sorted by how far it is behind."""
    done = row["attainment"]
    if done is None:
        return Cell()
    word = status_word(row, measure)
    text = t("net decrease") if done < 0 else done_said(row, Scale(1, "", 0), 1)
    return Cell(
        text, ahead(row, measure), mark=mark_of(standing(row, measure)), note=word if word != text else ""
    )


def done_said(row: dict[str, Any], scale: Scale, minor: int) -> str:
    """How much of a plan is done: in percent, beyond 999 % as a multiple, below nothing as the decrease."""
    done = row["attainment"]
    if done < 0:
        return t("net decrease {amount}", amount=scale.with_unit(-row["actual"] * minor))
    return t("{n} times", n=grouped(done, 1)) if done >= MOST else f"{grouped(done * 100, 1)}%"


def done_cell(row: dict[str, Any], scale: Scale, minor: int) -> Cell:
    """How much is done, in a column of percentages; a word where a percentage would say nothing."""
    done = row["attainment"]
    if done is None:
        return Cell()
    if 0 <= done < MOST:
        return Cell(grouped(done * 100, 1), done)
    said = done_said(row, scale, minor)
    return Cell(said, done) if done > 0 else Cell(t("net decrease"), done, title=said)


def gap_cell(gap: float | None, measure: Measure, scale: Scale) -> Cell:
    """What is missing, in a column of the scale's unit; where a plan is passed it says so."""
    if gap is None:
        return Cell()
    size = _size(gap, scale)
    if gap >= 0:
        return Cell(size, gap)
    return Cell(t("over by {gap}", gap=size) if measure.good < 0 else t("exceeded by {gap}", gap=size), gap)


def _left(row: dict[str, Any], measure: Measure, scale: Scale, minor: int) -> str:
    gap = row["gap"] * minor
    unit = t("pp") if measure.unit == "rate" else scale.unit
    said = f"{_size(gap, scale)} {unit}".strip()
    if not gap:
        return ""
    if measure.good < 0:
        return t("{gap} left", gap=said) if gap > 0 else t("over by {gap}", gap=said)
    return t("short of plan {gap}", gap=said) if gap > 0 else t("plan exceeded by {gap}", gap=said)


def _size(gap: float, scale: Scale) -> str:
    """The size of a gap; of a share in points; where it rounds to nothing, less than the smallest told."""
    text = scale.text(abs(gap))
    if gap and not scale.direction(abs(gap)):
        return f"<{grouped(10**-scale.decimals, scale.decimals)}"
    return text

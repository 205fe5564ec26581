"""The page of tier migration as a section of a report, under the choices of the page."""

from data_access.view.view import View
from ui.base.formats import grouped, scale_in, unit_of
from ui.base.link import NONE
from ui.base.words import t
from ui.migration.choices import DISTANCE, DISTANCES, FLOW, NUMBERS, STATES_SHOWN
from ui.migration.flow import flow_rows
from ui.migration.states import MATRIX, names, order, shown
from ui.paper.model import Chart, Section, on_paper
from ui.paper.section import below, cards, said
from ui.parts.contents import Page, chosen, of
from ui.parts.model import Cell, Column, Row, Table

ON_PAPER = (  # what a slide has room for
    *of("migration.rates", "upgraded", "downgraded", "upgrade_rate", "downgrade_rate", "entered", "left"),
    *of("migration.observation", "observed", "due"),
)


def section(view: View, page: Page) -> Section | None:
    """Who rose and fell: the matrix, the flow that was chosen, the course, the institutions below.

    Where the distance chosen is not known the longest one that is.
    """
    look, states = view.suited(view.catalogue()[MATRIX]), chosen(view, STATES_SHOWN)
    asked = dict.fromkeys((chosen(view, DISTANCE), *DISTANCES))
    known = [far for far in asked if look.metric(MATRIX, distance=far, states=states).height]
    if not known:
        return None
    tables = [_matrix(look, known[0], states), *_flow(look, known[0], states)]
    if (found := below(view, page.below)) is not None:
        tables.append(on_paper(t("Tier changes by institution"), found))
    series = look.series("migration.rates", "upgrade_rate", "downgrade_rate")
    lines = {"upgrade_rate": t("Upgrade rate"), "downgrade_rate": t("Downgrade rate")}
    charts: tuple[Chart, ...] = ()
    if any(rate for name in lines if name in series.columns for rate in series[name]):
        months = tuple(f"{month:%Y-%m}" for month in series["month"])
        drawn = tuple(
            (word, tuple(None if rate is None else rate * 100 for rate in series[name]))
            for name, word in lines.items()
        )
        charts = (Chart("line", t("Upgrade and downgrade rate by month"), "%", months, drawn, 2),)
    return Section(t(page.title), said(view, page), cards(view, ON_PAPER), charts, tuple(tables))


def _matrix(view: View, distance: str, states: str) -> Table:
    """From tier to tier, with the sum of each row at its end: customers, or AUM where that was chosen."""
    cells = shown(view, distance, states)
    asked = chosen(view, NUMBERS)
    counted = asked if asked.startswith("aum") and asked in cells.columns else "customers"
    rows, columns = (order(view, cells, end.name, states) for end in FLOW)
    counts = {(a, b): n or 0 for a, b, n in cells.select("from_tier", "to_tier", counted).iter_rows()}
    scale = scale_in(view, view.catalogue()[MATRIX].measure(counted), counts.values())
    then, now = names(view, "from_tier"), names(view, "to_tier")
    unit, noun = (unit_of("customers"), "customers") if counted == "customers" else (scale.unit, "money")
    heads = [Column("tier", t("Tier before"), "name")]
    heads += [Column(state, now[state], unit=unit, noun=noun) for state in columns]
    heads.append(Column("sum", t("Total"), unit=unit, noun=noun))

    def printed(n: float) -> Cell:
        return Cell(grouped(n) if counted == "customers" else scale.text(n), n)

    def row(role: str, word: str, numbers: list[float]) -> Row:
        values = dict(zip([*columns, "sum"], [*numbers, sum(numbers)], strict=True))
        return Row({"tier": Cell(word), **{key: printed(n) for key, n in values.items()}}, role)

    body = [row("child", then[a], [counts.get((a, b), 0) for b in columns]) for a in rows]
    body.append(row("total", t("Total"), [sum(counts.get((a, b), 0) for a in rows) for b in columns]))
    return Table(heads, body, t("From tier to tier, {n} months", n=distance))


def _flow(view: View, distance: str, states: str) -> list[Table]:
    """Which institutions the flow comes from that was chosen, if one was."""
    ends = [chosen(view, end) for end in FLOW]
    found = None if NONE in ends else flow_rows(view, distance, states, ends[0], ends[1])
    return [] if found is None else [on_paper(t("Which institutions a flow comes from"), found)]

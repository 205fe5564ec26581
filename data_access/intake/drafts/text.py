"""The draft of a table's section of `cockpit.toml`, with how sure each line is, for a person to correct."""

import json
from collections.abc import Iterator

from data_access.contract.rules import Column, allowed_values
from data_access.intake.drafts.matching import Match, Matched
from data_access.intake.drafts.names import Synonyms, notions_of, unit_of
from data_access.intake.drafts.samples import Sample
from data_access.intake.drafts.values import Facts
from data_access.intake.numbers import ACCOUNTING
from data_access.policy import Policy

ADVICE = "docs/extracts.md"


def draft(sample: Sample, found: list[Matched], known: Synonyms, policy: Policy) -> str:
    """The section of the likeliest table. It is TOML as it stands; what is asked stands in comments."""
    matched = found[0]
    table, columns = matched.table, {column.name: column for column in matched.table.columns}
    others = ", ".join(f"{one.table.name} {one.score:.1f}" for one in found[1:3])
    kept = [
        m for m in matched.found if not _open_codes(columns[m.column], matched.facts[m.raw], known, policy)
    ]
    kept = [m for m in matched.found if m in kept or columns[m.column].required]
    asked = [match for match in matched.found if match not in kept]
    lines = [
        f"# A draft from {sample.rows.height:,} rows. Correct it, then run: python cockpit.py check",
        *sample.said,
        f"[tables.{table.name}]  # by its columns {matched.score:.1f}"
        + (f"; next: {others}" if others else ""),
        *sample.settings,
        *_number_settings(matched),
    ]
    if matched.levels:
        lines += [
            'root = "Bank"  # the name of the whole',
            f"levels = {json.dumps(matched.levels, ensure_ascii=False)}",
        ]
    for name in matched.missing:
        way = "or leave it: without [tables.institutions] the bank is told as one"
        way = way if name == "institution_id" else f"or say constants = {{ {name} = … }}"
        lines.append(f"# needed in every row and not found: {name}. Deliver it, {way}")
    lines += _grain(sample, matched)
    lines.append(f"[tables.{table.name}.columns]")
    order = [*columns]
    for match in sorted(kept, key=lambda one: order.index(one.column)):
        lines.append(
            f"{match.column} = {_quoted(match.raw)}  # {_why(match, matched.facts[match.raw], known)}"
        )
    for match in asked:
        lines.append(f"# {match.column} = {_quoted(match.raw)}  # say its codes below, then take the # away")
    lines += [f"# not recognised: {_quoted(name)} ({_shape(matched.facts[name])})" for name in matched.unread]
    lines += _months(matched)
    lines += _verb(table.name, "formats", _formats(kept, matched, columns))
    lines += _verb(table.name, "scale", _scales(kept, columns))
    for match in [*kept, *asked]:
        lines += _codes(table.name, columns[match.column], matched.facts[match.raw], known, policy)
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _verb(table: str, verb: str, lines: list[str]) -> list[str]:
    return [f"[tables.{table}.{verb}]", *lines] if lines else []


def _why(match: Match, facts: Facts, known: Synonyms) -> str:
    said = " ".join(one for one in notions_of(match.raw, known) if one != "noise")
    return f"{match.words} ({match.score:.2f}): {said}; {_shape(facts)}"


def _shape(facts: Facts) -> str:
    if not facts.filled:
        return "no value"
    kind = "text" if facts.numbers is None else "whole numbers" if facts.whole else "numbers"
    kind = "dates" if facts.date is not None and facts.numbers is None else kind
    return f"{kind}, {facts.distinct:,} different" + (", each once" if facts.unique else "")


def _number_settings(matched: Matched) -> list[str]:
    """How numbers and letters are written, by the columns that are read."""
    read = [matched.facts[match.raw] for match in matched.found]
    kinds = {column.name: column.kind for column in matched.table.columns}
    forms = {
        matched.facts[match.raw].numbers
        for match in matched.found
        if kinds[match.column] in ("money", "count", "number")
    } - {None}
    lines = []
    if any(form and form[0] == ACCOUNTING for form in forms):
        lines.append(f'numbers = "{ACCOUNTING}"')
    if any(form and form[1] == "," for form in forms):
        lines.append('decimal = ","')
    if any(facts.wide for facts in read):
        lines.append("fold_width = true")
    return lines


def _grain(sample: Sample, matched: Matched) -> list[str]:
    """Rows that are finer than the contract's."""
    raws = {match.column: match.raw for match in matched.found}
    key = [raws[name] for name in matched.table.key if name in raws]
    if not key or len(key) < sum(matched.table.column(name).required for name in matched.table.key):
        return []
    repeated = sample.rows.height - sample.rows.select(key).unique().height
    if not repeated:
        return []
    return [
        f"# {repeated:,} rows repeat the key ({', '.join(key)}), which one row per "
        f"{matched.table.grain} may have.",
        f"# Where rows are accounts, sum them by a query over the files: {ADVICE}",
    ]


def _months(matched: Matched) -> list[str]:
    name, lines = matched.table.name, list[str]()
    if matched.months:
        lines.append(f"[tables.{name}.months]")
        for month, cells in matched.months.items():
            told = ", ".join(f"{measure} = {_quoted(raw)}" for measure, raw in cells.items())
            lines.append(f'"{month}" = {{ {told} }}')
    for measure, columns in matched.series.items():
        lines.append(f"# one column a month? Then say which: [tables.{name}.months]")
        lines += [f'# "20__-__" = {{ {measure} = {_quoted(raw)} }}' for raw in columns]
    return lines


def _formats(kept: list[Match], matched: Matched, columns: dict[str, Column]) -> list[str]:
    lines = []
    for match in kept:
        facts = matched.facts[match.raw]
        if columns[match.column].kind in ("date", "month") and facts.date:
            either = "  # or is the month first? No day says it" if facts.month_first is None else ""
            lines.append(f"{match.column} = {_quoted(facts.date)}{either}")
    return lines


def _scales(kept: list[Match], columns: dict[str, Column]) -> list[str]:
    units = {m.column: unit_of(m.raw) for m in kept if columns[m.column].kind == "money"}
    return [f'{name} = "{unit}"  # by the name' for name, unit in units.items() if unit]


def _open_codes(column: Column, facts: Facts, known: Synonyms, policy: Policy) -> list[str]:
    """Codes of which nobody here knows what they mean."""
    allowed = allowed_values(column, policy) if column.kind == "enum" else ()
    return [
        code
        for code in facts.codes
        if allowed and code not in allowed and not known.meaning(column.name, code)
    ] or ([] if facts.codes or not allowed or not facts.filled else ["…"])


def _codes(table: str, column: Column, facts: Facts, known: Synonyms, policy: Policy) -> Iterator[str]:
    allowed = allowed_values(column, policy) if column.kind == "enum" else ()
    told = [code for code in facts.codes if allowed and code not in allowed]
    if not told:
        return
    meanings = {code: known.meaning(column.name, code) for code in told}
    known_one = any(meant in allowed for meant in meanings.values())
    yield ("" if known_one else "# ") + f"[tables.{table}.values.{column.name}]"
    for code, meant in meanings.items():
        if meant in allowed:
            yield f'{_quoted(code)} = "{meant}"'
        else:
            yield f'# {_quoted(code)} = "…"  # one of: {", ".join(allowed)}'

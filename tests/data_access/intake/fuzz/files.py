"""Files that are spoiled as such: columns, encodings, delimiters, quotes, cuts."""

import polars as pl

from tests.data_access.intake.fuzz.case import DOUBTED, NOTED, WITHOUT, Case

LONG = 200  # rows from which a lost half is doubted


def needed(case: Case) -> str:
    return next(column.name for column in case.table.columns if column.required)


def optional(case: Case) -> str | None:
    found = [c.name for c in case.columns("text", "date", "money", "count", "code") if not c.required]
    return next((name for name in found if name not in case.table.key), None)


def renamed_needed(case: Case) -> None:
    case.write(case.text(case.rows.rename({needed(case): "x"})))
    case.refused(needed(case))


def renamed_optional(case: Case) -> None:
    if name := optional(case):
        case.write(case.text(case.rows.rename({name: "x"})))
        case.expects, case.column, case.words = WITHOUT, name, ("x",)


def dropped_needed(case: Case) -> None:
    case.write(case.text(case.rows.drop(needed(case))))
    case.refused(needed(case))


def dropped_optional(case: Case) -> None:
    if name := optional(case):
        case.write(case.text(case.rows.drop(name)))
        case.expects, case.column, case.words = WITHOUT, name, (name,)


def upper_case(case: Case) -> None:
    case.write(case.text(case.rows.rename(str.upper)))
    case.refused(needed(case))


def column_twice(case: Case) -> None:
    header, _, rest = case.text().partition("\n")
    last = header.rpartition(",")[2]
    body = "\n".join(line + "," for line in rest.splitlines())
    case.write(f"{header},{last}\n{body}\n")
    case.refused(last, case.file)


def reordered(case: Case) -> None:
    case.write(case.text(case.rows.select(reversed(case.rows.columns))))
    case.harmless()


def column_more(case: Case) -> None:
    case.write(case.text(case.rows.with_columns(extra=pl.lit("1"))))
    case.harmless()


def empty_file(case: Case) -> None:
    case.write("")
    case.refused(case.file)


def blank_file(case: Case) -> None:
    case.write("\n\n\n")
    case.refused("")


def header_only(case: Case) -> None:
    case.write(case.text(case.rows.clear()))
    if case.name in ("customer_months", "institutions"):
        case.refused("")
    else:
        case.expects, case.words = DOUBTED, ("0 rows",)


def half_the_rows(case: Case) -> None:
    if case.rows.height >= LONG and case.name != "customers":
        case.write(case.text(case.rows.head(case.rows.height // 3)))
        case.expects, case.words = DOUBTED, ("before",)


def cut_in_a_line(case: Case) -> None:
    text = case.text()
    last = text.rstrip("\n").rpartition("\n")[2]
    case.write(text[: -len(last) - 1] + last.partition(",")[0])
    case.refused(case.file, f"line {case.rows.height + 1}", "cut")


def cut_before_the_last_end(case: Case) -> None:
    case.write(case.text()[:-1])
    case.expects, case.words = NOTED, ("does not end",)


def nul(case: Case) -> None:
    lines = case.text().splitlines()
    lines[1] = lines[1][:3] + "\0" + lines[1][3:]
    case.write("\n".join(lines) + "\n")
    case.refused(case.file, "NUL", "line 2")


def padded_with_nul(case: Case) -> None:
    case.write(case.text() + "\0" * 16)
    case.refused(case.file)


def delimited(sign: str, *settings: str) -> object:
    def spoil(case: Case) -> None:
        rows = list(case.rows.iter_rows())
        lines = [sign.join(case.rows.columns), *(sign.join(v or "" for v in row) for row in rows)]
        if any(sign in (v or "") or '"' in (v or "") or "\n" in (v or "") for row in rows for v in row):
            return
        case.write("\n".join(lines) + "\n", *settings)
        case.harmless() if settings else case.refused(case.file, "delimiter = ")

    spoil.__name__ = "said_" * bool(settings) + f"delimiter_{'_'.join(str(ord(s)) for s in sign)}"
    return spoil


def open_quote(case: Case) -> None:
    lines = case.text().splitlines()
    lines[2] = '"' + lines[2]
    case.write("\n".join(lines) + "\n")
    case.refused(case.file, "line 3")


def quotes_over_lines(case: Case) -> None:
    lines = case.text().splitlines()
    lines[1], lines[-1] = f'"{lines[1]}', f'{lines[-1]}"x'
    case.write("\n".join(lines) + "\n")
    case.refused(case.file)


def field_more(case: Case) -> None:
    lines = case.text().splitlines()
    lines[2] += ",x"
    case.write("\n".join(lines) + "\n")
    case.refused(case.file, "line 3")


def encoded(encoding: str, said: str = "") -> object:
    def spoil(case: Case) -> None:
        text = case.text()
        case.write(text, *([f'encoding = "{said}"'] if said else []), encoding=encoding)
        fits = text.isascii() and "16" not in encoding + said
        fits = fits or (said or "utf-8").replace("gbk", "gb18030") in (encoding, encoding.replace("-sig", ""))
        case.harmless() if fits else case.refused(case.file, "encoding")

    spoil.__name__ = f"encoded_{encoding}_said_{said or 'nothing'}"
    return spoil


def line_ends(end: str) -> object:
    def spoil(case: Case) -> None:
        case.write(case.text().replace("\n", end))
        case.harmless()

    spoil.__name__ = {"\r\n": "crlf", "\r": "cr", "\n\n": "blank_lines"}[end]
    return spoil


def header_again(case: Case) -> None:
    lines = case.text().splitlines()
    case.write("\n".join([*lines, lines[0]]) + "\n")
    case.quarantines(1)


def all_rows_twice(case: Case) -> None:
    case.write(case.text(pl.concat([case.rows, case.rows])))
    case.harmless(duplicate=case.rows.height)


def one_row_twice(case: Case) -> None:
    case.write(case.text(pl.concat([case.rows, case.rows[1:2]])))
    case.harmless(duplicate=1)


def blanks_around(case: Case) -> None:
    blanks = (pl.concat_str(pl.lit(" "), name, pl.lit("  ")).alias(name) for name in case.rows.columns)
    case.write(case.text(case.rows.with_columns(blanks)))
    case.harmless()


SPOILERS = [
    *(
        renamed_needed,
        renamed_optional,
        dropped_needed,
        dropped_optional,
        upper_case,
        column_twice,
        reordered,
    ),
    *(
        column_more,
        empty_file,
        blank_file,
        header_only,
        half_the_rows,
        cut_in_a_line,
        cut_before_the_last_end,
    ),
    *(nul, padded_with_nul, open_quote, quotes_over_lines, field_more, header_again, all_rows_twice),
    *(one_row_twice, blanks_around, line_ends("\r\n"), line_ends("\r"), line_ends("\n\n")),
    *(delimited(";"), delimited("|"), delimited("\t"), delimited("|+|"), delimited("\x01")),
    *(delimited("|", 'delimiter = "|"'), delimited("|+|", 'delimiter = "|+|"')),
    *(encoded("gb18030"), encoded("utf-16"), encoded("utf-16-be"), encoded("utf-8-sig")),
    *(encoded("gb18030", "gbk"), encoded("utf-8", "gb18030"), encoded("utf-16", "utf-16")),
    encoded("utf-8", "utf-16"),
]

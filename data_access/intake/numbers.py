"""Amounts and counts as banks and their spreadsheets write them.

Nothing is guessed: `numbers = "accounting"`, `decimal = ","` and `fold_width = true` of a table say how
its texts are to be read. What they do not say is marked, with the setting that would read it.
"""

import re

import polars as pl

from data_access.contract.rules import Column

PLAIN, ACCOUNTING = "plain", "accounting"
FORMS = (PLAIN, ACCOUNTING)
SCALES = {"元": 1, "千元": 1e3, "万元": 1e4, "百万元": 1e6, "千万元": 1e7, "亿元": 1e8}
# what stands in a double-width cell: letters, digits and signs, and the wide blank
FOLDED = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)} | {"\u3000": " "}
_SIGNS = FOLDED | {"￥": "¥", "−": "-", "–": "-", "\u00a0": " "}
_UNIT = r"(?:CNY|RMB|USD|HKD|EUR|GBP|JPY|[¥$€£])"
_WRITTEN = (
    rf"^(?P<open>\()?\s*(?P<sign>[+-])?\s*{_UNIT}?\s*(?P<inner>[+-])?"
    r"(?P<digits>(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)"
    rf"(?P<percent>\s*%)?\s*(?:元|{_UNIT})?\s*(?P<tail>[+-])?\s*(?P<close>\))?$"
)
GROUPED = r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$"


def folded(text: pl.Expr) -> pl.Expr:
    """Full-width letters, digits and signs as the half-width ones that they are read as."""
    return text.str.replace_many(FOLDED)


def number(text: pl.Expr, numbers: str = PLAIN, decimal: str = ".", *, share: bool = False) -> pl.Expr:
    """The number that a text is; null where it is none. `share`: percent may be written.

    >>> texts = ["1,234.5", "(12.00)", "３％", "¥ 7-"]
    >>> frame = pl.DataFrame({"x": texts})
    >>> frame.select(number(pl.col("x"), "accounting", share=True)).to_series().to_list()
    [1234.5, -12.0, 0.03, -7.0]
    """
    if numbers == ACCOUNTING:
        text = text.str.replace_many(_SIGNS).str.strip_chars()
    if decimal == ",":
        text = text.str.replace_many({",": ".", ".": ",", "\u00a0": ",", " ": ","})
    if numbers == ACCOUNTING:
        return _accounted(text, share)
    # a comma is read where it parts thousands; a decimal comma cannot be told from it
    grouped = text.str.contains(GROUPED)
    plain = pl.when(grouped).then(text.str.replace_all(",", "", literal=True)).otherwise(text)
    return plain.cast(pl.Float64, strict=False)


def _accounted(text: pl.Expr, share: bool) -> pl.Expr:
    """Brackets or one minus for what is owed, thousands, a currency's sign; a percent of a share."""
    parts = text.str.extract_groups(_WRITTEN)

    def there(name: str) -> pl.Expr:
        return parts.struct.field(name).fill_null("") != ""

    def minus(name: str) -> pl.Expr:
        return (parts.struct.field(name) == "-").fill_null(False)

    value = parts.struct.field("digits").str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
    value = pl.when(there("percent")).then(value / 100).otherwise(value)
    signs = pl.sum_horizontal(there(name).cast(pl.Int8) for name in ("open", "sign", "inner", "tail"))
    reads = (there("open") == there("close")) & (signs <= 1)
    if not share:
        reads = reads & ~there("percent")
    owed = there("open") | minus("sign") | minus("inner") | minus("tail")
    return pl.when(reads).then(pl.when(owed).then(-value).otherwise(value))


def likely_remedy(column: Column, value: str | None) -> str | None:
    """The setting that would read a value of this shape, as a remedy; None where nothing is likely."""
    text = (value or "").strip()
    plain = "".join(_SIGNS.get(sign, sign) for sign in text)
    if column.kind in ("date", "month"):
        return _likely_date(column.name, text, plain)
    if column.kind not in ("money", "count", "number"):
        return None
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})*,\d+|[+-]?\d+,\d{1,2}|[+-]?0,\d+", plain):
        return 'where a comma is the decimal point, say decimal = ","'
    if re.search(r"\d\s*[千百]?[万亿]元?$", plain):
        return f'deliver plain numbers and name their unit: scale = {{ {column.name} = "万元" }}'
    if "%" in plain and column.kind != "number":
        return "a percentage is no amount: map another column, or take this one out"
    if re.fullmatch(_WRITTEN, plain):
        return (
            'where brackets, trailing signs, currencies or wide digits are meant, say numbers = "accounting"'
        )
    return None


def _likely_date(name: str, text: str, plain: str) -> str | None:
    def say(form: str) -> str:
        return f'name its form: formats = {{ {name} = "{form}" }}'

    if text != plain and re.search(r"\d{4}", plain):
        return "where digits are of double width, say fold_width = true"
    if re.fullmatch(r"[1-9]\d{4}(\.\d+)?", plain):
        return say("excel") + ", if it is a spreadsheet's number of a day"
    if found := re.fullmatch(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", plain):
        first, sign, second, _ = found.groups()
        if int(first) <= 12 and int(second) <= 12:
            return say(f"%d{sign}%m{sign}%Y") + f", or “%m{sign}%d{sign}%Y” where the month comes first"
        return say(f"%d{sign}%m{sign}%Y" if int(first) > 12 else f"%m{sign}%d{sign}%Y")
    if re.fullmatch(r"\d{4}年\d{1,2}月(\d{1,2}日)?", plain):
        return say("%Y年%m月%d日" if "日" in plain else "%Y年%m月")
    return None

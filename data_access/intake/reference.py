"""Every key of `cockpit.toml`, as the code reads it, for `cockpit.py settings` and docs/reference.md."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from data_access.access.send import Robot, Send
from data_access.access.settings import Audit, Auth, Exports, Notes
from data_access.contract.contract import Contract
from data_access.intake.config import Config, Database
from data_access.intake.source import Source
from data_access.policy import SETTINGS, kinds

TOP = {
    "title": "what the bank is called on pages and files",
    "sample": "true: every page says that the data are no bank's own",
    "currency": "the currency of all amounts, such as CNY or USD",
    "currency_digits": "digits behind the point that amounts are kept with, 0 to 4",
    "timezone": "in which time stamps are days, and the bank's day ends",
    "language": "zh or en: the language of who has not chosen one",
    "snapshots": "the folder of snapshots, relative to the file",
    "address": "where readers reach the cockpit, such as https://bank.example/cockpit",
}
TABLE = {
    "parquet": "files of this pattern (cm/**/*.parquet), or an address of a cluster's storage",
    "csv": "files of this pattern, with a header line",
    "sql": "a query on `database`, handed to the driver as it is written",
    "table": "a table of a cluster's catalogue",
    "database": "the name of a [databases.NAME], or “files”: DuckDB over files",
    "changed": "of a table by sql whose rows keep a day or month: what tells that a month changed, so that "
    "others are not fetched again: a column such as updated_at, or a query of month and checksum",
    "encoding": "of CSV: utf-8, gb18030 (takes gbk and gb2312), utf-16, utf-16-le, utf-16-be",
    "delimiter": "of CSV: one sign or several",
    "quote": "of CSV: the sign around fields; empty where there is none",
    "numbers": "plain, or accounting: brackets, signs behind, currency signs, double width",
    "decimal": "“,” where amounts are written 1.234,50",
    "fold_width": "true: letters and digits of double width are read as single ones",
    "accounts": "true: rows of customer_months are accounts, summed to customers and months",
    "mode": "evolve, discard or freeze: what other columns or broken rows meet",
    "quarantine_share": "more of the table in quarantine stops the build; none: the policy's",
    "columns": "contract name = the extract's name",
    "values": "by column: the extract's code = the contract's value",
    "constants": "by column: one value for every row",
    "formats": "by column: the form of its dates, as strptime has it, or “excel”",
    "scale": "by column: what amounts are multiplied by, a number or 千元, 万元, 亿元",
    "levels": "columns whose combinations are the institutions, from the top down",
    "root": "the name of a head office that is no column of `levels`",
    "months": "wide months: 2005-09 = the column of that month",
    "stage_dates": "wide stages: a stage = the column with the day it was entered",
    "duration": "customers without a calendar: months stayed, and what says that one left",
    "dimensions": "the bank's own tags, at most 8: a name = the column",
    "as_of": "the day up to which the rows tell; none: their last day",
    "late_after": "days after which newer rows are missed; none: the contract's",
}
DATABASE = {
    "url": "an SQLAlchemy URL, or env:NAME for the variable that holds it; never printed",
    "connect_seconds": "so long an opening may take",
    "silent_seconds": "so long a database may say nothing",
    "extract_seconds": "so long one table may take",
}
AUTH = {
    "sign_in": "none, oidc or header",
    "user_claim": "the provider's claim that is the user of the grants",
    "header": "the header in which a proxy names the user",
    "proxy_secret": "env:NAME or file:PATH of the secret by which the proxy is known",
    "hours": "a session ends so long after its sign-in",
    "idle_minutes": "and so long after its last click",
}
EXPORTS = {
    "rows_per_file": "more rows are in no file that a reader takes along",
    "files_per_day": "so many files a reader may take along in a day",
}
AUDIT = {"file_megabytes": "a new file of the record begins with each month, and where one is so large"}
NOTES = {
    "url": "an SQLAlchemy URL of the bank's database, or env:NAME for the variable that holds it; none: "
    "notes.sqlite beside the snapshots"
}
SEND = {
    "smtp": "the mail server, host or host:port",
    "tls": "starttls (port 587), tls (465) or none (25)",
    "sender": "the mailbox that mails come from",
    "user": "who signs in at the mail server; none: nobody does",
    "password": "env:NAME or file:PATH of the password",
    "seconds": "so long a mail server or robot may say nothing",
}
ROBOT = {
    "kind": "wecom, dingtalk or feishu",
    "url": "env:NAME or file:PATH of the robot's address, which holds its key",
    "secret": "env:NAME or file:PATH of what DingTalk or Feishu sign with",
}
ENGLISH = {"WORD": "what a word of the bank (its title, a product, a category, a task) is called in English"}
SPARK = {"storage": "the folder of a cluster's storage where checked months are kept"}


@dataclass(frozen=True)
class Key:
    """One key: the section it stands in, its default as TOML writes it, what it means."""

    section: str
    name: str
    default: str
    meaning: str


def reference(contract: Contract) -> list[Key]:
    """Every key that a configuration may hold, in the order in which one is written."""
    declared = (*SETTINGS, *contract.settings)
    lists = [
        Key(f"[[{name}]]", key, "", words) for name, kind in kinds().items() for key, words in _of_list(kind)
    ]
    return [
        *_of("", Config, TOP),
        *_of("[tables.NAME]", Source, TABLE),
        *_of("[databases.NAME]", Database, DATABASE),
        *_of("[auth]", Auth, AUTH),
        *_of("[exports]", Exports, EXPORTS),
        *_of("[audit]", Audit, AUDIT),
        *_of("[notes]", Notes, NOTES),
        *_of("[send]", Send, SEND),
        *_of("[send.robots.NAME]", Robot, ROBOT),
        *(Key("[english]", name, "", meaning) for name, meaning in ENGLISH.items()),
        *(Key("[spark]", name, "", meaning) for name, meaning in SPARK.items()),
        *(Key("[policy]", one.name, _toml(one.default), _with_unit(one)) for one in declared),
        *lists,
    ]


def _of(section: str, kind: type[Any], meanings: dict[str, str]) -> Iterator[Key]:
    defaults = {field.name: field.default for field in fields(kind)}
    for name, meaning in meanings.items():
        yield Key(section, name, _toml(defaults.get(name)), meaning)


def _of_list(kind: type[Any]) -> Iterator[tuple[str, str]]:
    for field in fields(kind):
        yield field.name, LIST_WORDS[field.name]


LIST_WORDS = {
    "key": "what data and links call it",
    "zh": "its name in Chinese",
    "en": "its name in English",
    "edge": "a tier's lower edge, in currency units",
    "private": "whether it is private banking",
    "duty_days": "so long after a contact the next one is due; 0: no duty",
    "probability": "a stage's fixed closing probability",
    "floor": "an alert's least cases, or least change in currency units",
    "sigmas": "how far beyond its usual scatter a value is said",
    "dimension": "contribution, loyalty or potential",
    "weight": "its part in the dimension, a whole number",
    "cuts": "the amounts from which there are 25, 50, 75 and 100 points",
}


def _with_unit(setting: Any) -> str:
    return f"{setting.meaning} ({setting.unit})" if setting.unit else str(setting.meaning)


def _toml(value: Any) -> str:
    """A default as the file would hold it; empty where there is none."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, int | float):
        return f"{value}"
    return ""


def as_markdown(keys: list[Key]) -> str:
    """The reference as a page of docs."""
    printed = "Printed from the code: `python cockpit.py settings --format markdown`."
    lines = ["# Every key of cockpit.toml", "", printed]
    section = None
    for key in keys:
        if key.section != section:
            section = key.section
            heading = f"`{section}`" if section else "At the top"
            lines += ["", f"## {heading}", "", "| key | default | meaning |", "| --- | --- | --- |"]
        cells = (key.name, key.default, key.meaning)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def as_text(keys: list[Key]) -> str:
    """The reference for a terminal, as the file would hold it."""
    lines = []
    for number, key in enumerate(keys):
        if number == 0 or keys[number - 1].section != key.section:
            lines += ["", key.section] if key.section else []
        told = f"{key.name} = {key.default}" if key.default else key.name
        lines.append(f"{told:<32} # {key.meaning}")
    return "\n".join(lines)

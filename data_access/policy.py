"""What a bank may change without code: level names, tiers, stages, floors, colours.

The defaults are those of a Chinese commercial bank; `cockpit.toml` overrides any of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from data_access.errors import CallError


@dataclass(frozen=True)
class Named:
    """A key with its words in both languages."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True)
class Tier(Named):
    """A customer tier; `edge` is its lower edge in currency units, `private` marks private banking;
    `duty_days`: so long after a contact the next one is due, 0: no duty."""

    edge: int = 0
    private: bool = False
    duty_days: int = 0


@dataclass(frozen=True)
class Stage(Named):
    """A stage of the sales funnel with its fixed closing probability."""

    probability: float | None = None


@dataclass(frozen=True)
class Alert(Named):
    """A column that is watched against the institution's own last twelve months; `key` is its full name.

    `floor`: below so many cases (or, for stocks, so large a change in currency units) nothing is said;
    `sigmas`: how far beyond its usual scatter a value must lie.
    """

    floor: int = 0
    sigmas: float = 3.0


@dataclass(frozen=True)
class Component(Named):
    """A part of a dimension of customer value, read off one column of customer_months.

    `key` is the column, or next_tier: the amount in percent of the next tier's edge. `cuts` are the lower
    edges of 25, 50, 75 and 100 points, in currency units, counts or percent.
    """

    dimension: str = ""
    weight: int = 1
    cuts: tuple[int, ...] = ()


LEVELS = (
    Named("head_office", "总行", "Head office"),
    Named("branch_1", "一级分行", "First-level branch"),
    Named("branch_2", "二级分行", "Second-level branch"),
    Named("subbranch_1", "一级支行", "First-level sub-branch"),
    Named("subbranch_2", "二级支行", "Second-level sub-branch"),
    Named("outlet", "网点", "Outlet"),
)
TIERS = (
    Tier("mass", "大众客户", "Mass", 0),
    Tier("emerging", "潜力客户", "Emerging", 50_000, duty_days=60),
    Tier("middle", "中端客户", "Middle", 200_000, duty_days=30),
    Tier("affluent", "财富客户", "Affluent", 500_000, duty_days=14),
    Tier("high_end", "高端客户", "High-end", 2_000_000, duty_days=7),
    Tier("private", "私人银行客户", "Private banking", 6_000_000, private=True, duty_days=7),
)
STAGES = (
    Stage("lead", "销售线索", "Lead", 0.05),
    Stage("opportunity", "机会建立", "Opportunity", 0.1),
    Stage("solution_offered", "方案提供", "Solution offered", 0.2),
    Stage("solution_evaluated", "方案评估", "Solution evaluated", 0.4),
    Stage("negotiation", "商务谈判", "Negotiation", 0.6),
    Stage("contract_signed", "合同签订", "Contract signed", 0.9),
    Stage("implementation", "项目实施", "Implementation", 1.0),
)


ALERTS = tuple(
    Alert(key, key, key, floor)
    for key, floor in (
        ("book.summary.left", 20),
        ("book.summary.joined", 20),
        ("book.summary.aum", 10_000_000),
        ("balance.lines.deposit", 10_000_000),
        ("funnel.outcomes.won", 20),
        ("funnel.outcomes.win_rate", 30),
    )
)

DIMENSIONS = ("contribution", "loyalty", "potential")
NEXT_TIER = "next_tier"
COUNTED = ("products", "own_transactions")
SCORED = ("contribution", "fee_income", *COUNTED, NEXT_TIER, "aum", "aum_avg", "deposit", "loan", "wealth")
COMPONENTS = (
    Component("contribution", "月贡献", "Contribution a month", "contribution", 2, (20, 100, 300, 1000)),
    Component("fee_income", "月中间业务收入", "Fee income a month", "contribution", 1, (1, 10, 50, 200)),
    Component("products", "持有产品数", "Products held", "loyalty", 1, (2, 3, 4, 6)),
    Component("own_transactions", "月主动交易", "Own transactions a month", "loyalty", 1, (1, 4, 8, 15)),
    Component(NEXT_TIER, "接近上一层级", "Near the next tier", "potential", 1, (50, 70, 80, 90)),
    Component(
        "deposit",
        "可配置理财的存款",
        "Deposits that could be invested",
        "potential",
        1,
        (5_000, 20_000, 50_000, 200_000),
    ),
)


@dataclass(frozen=True)
class Policy:
    """Everything that a bank may set; the fields carry the defaults."""

    levels: tuple[Named, ...] = LEVELS
    tiers: tuple[Tier, ...] = TIERS
    stages: tuple[Stage, ...] = STAGES
    alerts: tuple[Alert, ...] = ALERTS
    components: tuple[Component, ...] = COMPONENTS
    quarantine_share: float = 0.01  # more than this share of a table quarantined: the build stops
    amount_limit: int = 10**13  # minor units; beyond it an amount is quarantined
    earliest_year: int = 1930  # a date before it is a default of some system, not a fact
    list_cap: int = 200  # rows of a list kept per institution and manager
    rollup_above: int = 50  # an institution with more institutions below it gets stored totals
    keep_snapshots: int = 3
    floor_rank: int = 30  # fewer cases than this are not ranked or coloured
    up_is_red: bool = True
    large_move: int = 200_000  # currency units; a change of an upper tier's balance that is reported
    large_move_tier: str = ""  # the lowest of the upper tiers; none: affluent, else the upper half
    contact_days: int = 3  # a contact so many days after a large move follows it
    pool_contact_days: int = (
        7  # a claimed deal without a contact so many days after entry goes back to the pool
    )
    pool_visit_days: int = 60  # and one without an effective visit for so many days
    pool_deal_days: int = 180  # and one that is not won so many days after entry
    renewal_days: int = 3  # money placed anew so many days after a maturity was kept
    repeat_days: int = 90  # a complaint so many days after another by the same customer is a repeat
    elapsed: str = "days"  # how time elapsed of a plan is counted: days, or last_year (its own course)
    peer_ranks: bool = True  # whether an institution is told its place among others
    peers_least: int = 5  # among fewer institutions there is no place
    floor_score: int = 5  # below so many answers a score is not shown
    floor_comments: int = 10  # nor comments and reasons below so many
    callback_days: int = 2  # working days within which a detractor is called back
    index_nps: float = 0.4  # the parts of the satisfaction index
    index_csat: float = 0.3
    index_effort: float = 0.15
    index_complaints: float = 0.15
    index_complaints_worst: float = 20.0  # complaints per 10,000 customers and month that give no point
    near_edge_share: float = 0.1  # so close to an edge of the tier a customer may soon change it
    value_edge: int = 200_000  # currency units of AUM from which a customer is of high value
    loyal_products: int = 3  # products from which, and own transactions a month from which, one is loyal
    loyal_transactions: int = 4
    floor_gini: int = 50  # fewer customers have no Gini and no shares of the top
    missed_months: int = 3  # months without reaching the tier after which it is lost (1 to 6)
    missed_months_private: int = 6  # the same of private banking tiers, no fewer
    silent_months: int = 3  # months without an own transaction and below the floor: silently gone (2 to 6)
    silent_floor: int = 1_000  # currency units of AUM; below it and without own transactions one is silent
    churn_listed: int = 10  # customers a manager at an institution is given to keep, the most at stake first
    floor_at_risk: int = 30  # fewer customers at risk carry no retention curve
    template: str = ""  # the bank's own .pptx, relative to cockpit.toml

    def level(self, key: str) -> Named:
        """The level of this key; a level that policy does not name is shown by its key."""
        return next((level for level in self.levels if level.key == key), Named(key, key, key))


_KINDS: Mapping[str, type[Named]] = {
    "levels": Named,
    "tiers": Tier,
    "stages": Stage,
    "alerts": Alert,
    "components": Component,
}
LISTS = tuple(_KINDS)  # settings that are lists of entries in `cockpit.toml`
_SETTINGS = {f.name: f for f in fields(Policy) if f.name not in _KINDS}


def read_policy(document: Mapping[str, Any]) -> Policy:
    """The defaults with what `[policy]` and the lists, such as `[[tiers]]`, change.

    >>> read_policy({"policy": {"quarantine_share": 0.02}}).quarantine_share
    0.02
    """
    changes: dict[str, Any] = {}
    for name, kind in _KINDS.items():
        if name in document:
            changes[name] = tuple(_named(kind, name, entry) for entry in document[name])
            if not changes[name]:
                raise CallError("[[{name}]] is empty. Name at least one, or leave it out.", name=name)
    for key, value in document.get("policy", {}).items():
        if key not in _SETTINGS:
            raise CallError(
                "[policy] has no setting “{key}”. It may hold: {known}.",
                key=key,
                known=", ".join(_SETTINGS),
            )
        default = getattr(Policy(), key)
        likes = str if isinstance(default, str) else int | float
        if isinstance(value, bool) != isinstance(default, bool) or not isinstance(value, likes):
            raise CallError(
                "[policy] {key} = {value!r}: expected a value like {default!r}.",
                key=key,
                value=value,
                default=default,
            )
        changes[key] = value
    policy = replace(Policy(), **changes)
    if policy.elapsed not in ("days", "last_year"):
        raise CallError("[policy] elapsed = “{value}”: expected days or last_year.", value=policy.elapsed)
    if not 2 <= policy.silent_months <= 6:
        raise CallError("[policy] silent_months = {value}: expected 2 to 6.", value=policy.silent_months)
    if not 1 <= policy.missed_months <= policy.missed_months_private <= 6:
        raise CallError(
            "[policy] missed_months = {value}, missed_months_private = {private}: expected 1 to "
            "6, the private ones no fewer.",
            value=policy.missed_months,
            private=policy.missed_months_private,
        )
    tiers = [tier.key for tier in policy.tiers]
    if policy.large_move_tier not in ("", *tiers):
        raise CallError(
            "[policy] large_move_tier = “{value}” is no tier. Known: {known}.",
            value=policy.large_move_tier,
            known=", ".join(tiers),
        )
    if list(policy.tiers) != sorted(policy.tiers, key=lambda tier: tier.edge):
        raise CallError("[[tiers]] must stand in the order of their edges, lowest first.")
    _check_components(policy.components)
    return policy


def _check_components(components: Sequence[Component]) -> None:
    known = {"key": SCORED, "dimension": DIMENSIONS}
    for part in components:
        for name, values in known.items():
            if getattr(part, name) not in values:
                raise CallError(
                    "[[components]] {name} = “{value}” does not exist. Known: {known}.",
                    name=name,
                    value=getattr(part, name),
                    known=", ".join(values),
                )
        whole = all(isinstance(cut, int) for cut in (*part.cuts, part.weight))
        if not whole or len(part.cuts) != 4 or list(part.cuts) != sorted(set(part.cuts)) or part.weight < 1:
            raise CallError(
                "[[components]] {key}: four rising whole numbers are its cuts, and a whole "
                "number from 1 on is its weight.",
                key=part.key,
            )
    keys = [part.key for part in components]
    if len(keys) != len(set(keys)):
        raise CallError("[[components]]: each key stands there once.")


def _named(kind: type[Named], name: str, entry: Mapping[str, Any]) -> Named:
    try:
        words = {"zh": entry["key"], "en": entry["key"], **entry}
        values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in words.items()}
        return kind(**values)
    except (TypeError, KeyError) as error:
        allowed = ", ".join(f.name for f in fields(kind))
        raise CallError(
            "[[{name}]] {entry}: each entry needs a key and may hold {allowed}.",
            name=name,
            entry=dict(entry),
            allowed=allowed,
        ) from error

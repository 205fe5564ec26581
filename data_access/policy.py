"""What a bank may change without code: level names, tiers, stages, floors, colours.

The defaults are those of a Chinese commercial bank; `cockpit.toml` overrides any of them. Settings that
belong to one subject are declared in its room.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Generic, TypeVar, cast

from data_access.errors import CallError
from data_access.workdays import known_calendar


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


Value = TypeVar("Value", bound=int | float | str)


@dataclass(frozen=True)
class Setting(Generic[Value]):
    """A setting under `[policy]`, with what it means to the bank; `check` refuses values that go wrong."""

    name: str
    default: Value
    meaning: str
    unit: str = ""
    check: "Callable[[Policy], None] | None" = None


def _declared(default: Any, meaning: str, unit: str = "") -> Any:
    return field(default=default, metadata={"meaning": meaning, "unit": unit})


@dataclass(frozen=True)
class Policy:
    """Everything that a bank may set; the fields carry the defaults, `own` what subjects declare."""

    levels: tuple[Named, ...] = LEVELS
    tiers: tuple[Tier, ...] = TIERS
    stages: tuple[Stage, ...] = STAGES
    alerts: tuple[Alert, ...] = ()  # none: what measures say of themselves
    components: tuple[Component, ...] = COMPONENTS
    quarantine_share: float = _declared(0.01, "more of a table in quarantine stops the build", "share")
    change_share: float = _declared(
        0.5,
        "a table, or its newest month, that has fewer or more rows by more of them stops the build",
        "share",
    )
    change_floor: int = _declared(100, "fewer rows than these are not compared with those before", "rows")
    control_tolerance: float = _declared(
        0.001,
        "a total that is further from the ledger's (controls) stops the build, unless its row says otherwise",
        "share of the ledger's",
    )
    amount_limit: int = _declared(10**13, "an amount beyond it is quarantined", "minor units")
    earliest_year: int = _declared(1930, "dates before it are quarantined", "year")
    list_cap: int = _declared(200, "rows of a list kept per institution and manager", "rows")
    rollup_above: int = _declared(
        50, "institutions with more institutions below them get stored totals", "institutions"
    )
    keep_snapshots: int = _declared(3, "snapshots kept for a look back", "snapshots")
    snapshot_hours: int = _declared(
        0, "so long after its build a snapshot is too old and /readyz says so (0: never)", "hours"
    )
    calendar: str = _declared(
        "CN", "whose holidays count where calendar is not delivered (none: Monday to Friday)", "country"
    )
    floor_rank: int = _declared(30, "fewer cases are neither coloured nor ranked", "cases")
    floor_cases: int = _declared(5, "fewer cases carry no rate, median or mean on a screen", "cases")
    review_weekly: bool = _declared(
        True, "overview and balances open at the last whole week where balances move by the day"
    )
    up_is_red: bool = _declared(True, "red is up")
    peers_least: int = _declared(5, "among fewer institutions there is no place", "institutions")
    floor_score: int = _declared(
        5, "below so many answers a score is not shown, and with it what would give it away", "answers"
    )
    template: str = _declared("", "the bank's own slides (.pptx), relative to the file", "file")
    own: Mapping[str, Any] = field(default_factory=dict)

    def level(self, key: str) -> Named:
        """The level of this key; a level that policy does not name is shown by its key."""
        return next((level for level in self.levels if level.key == key), Named(key, key, key))

    def of(self, setting: Setting[Value]) -> Value:
        """The value of a subject's setting."""
        value: Value = self.own.get(setting.name, setting.default)
        return value

    def named(self, name: str) -> Any:
        """The value of a setting by its name."""
        return self.own[name] if name in self.own else getattr(self, name)

    def as_document(self) -> dict[str, Any]:
        """All settings and lists as `cockpit.toml` would hold them."""
        whole = asdict(self)
        settings = {key: whole[key] for key in whole if key not in (*LISTS, "own")}
        return {**{key: whole[key] for key in LISTS if whole[key]}, "policy": {**settings, **self.own}}


_KINDS: Mapping[str, type[Named]] = {
    "levels": Named,
    "tiers": Tier,
    "stages": Stage,
    "alerts": Alert,
    "components": Component,
}
LISTS = tuple(_KINDS)  # settings that are lists of entries in `cockpit.toml`
SETTINGS: tuple[Setting[Any], ...] = tuple(
    Setting(f.name, cast(Any, f.default), **f.metadata) for f in fields(Policy) if f.metadata
)


def kinds() -> Mapping[str, type[Named]]:
    """What the entries of each list of settings are."""
    return _KINDS


def read_policy(document: Mapping[str, Any], declared: Sequence[Setting[Any]] = ()) -> Policy:
    """The defaults with what `[policy]` and the lists, such as `[[tiers]]`, change.

    `declared` are the settings of the subjects.

    >>> read_policy({"policy": {"quarantine_share": 0.02}}).quarantine_share
    0.02
    """
    changes: dict[str, Any] = {}
    for name, kind in _KINDS.items():
        if name in document:
            changes[name] = tuple(_named(kind, name, entry) for entry in document[name])
            if not changes[name]:
                raise CallError("[[{name}]] is empty. Name at least one, or leave it out.", name=name)
    defaults = {setting.name: setting.default for setting in (*SETTINGS, *declared)}
    own = {setting.name: setting.default for setting in declared}
    for key, value in document.get("policy", {}).items():
        if key not in defaults:
            raise CallError(
                "[policy] has no setting “{key}”. It may hold: {known}.", key=key, known=", ".join(defaults)
            )
        default = defaults[key]
        likes = str if isinstance(default, str) else int | float
        if isinstance(value, bool) != isinstance(default, bool) or not isinstance(value, likes):
            raise CallError(
                "[policy] {key} = {value!r}: expected a value like {default!r}.",
                key=key,
                value=value,
                default=default,
            )
        (own if key in own else changes)[key] = value
    policy = replace(Policy(), **changes, own=own)
    for setting in declared:
        if setting.check:
            setting.check(policy)
    if not known_calendar(policy.calendar):
        raise CallError(
            "[policy] calendar = {code!r} is no country of the package of holidays. Write a code such as CN, "
            "or “” for Monday to Friday.",
            code=policy.calendar,
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

"""An opened snapshot: its tree, constants, codes and files. Shared by all readers, never changed."""

import json
import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from data_access import snapshot as life
from data_access.access.masking import masked
from data_access.access.pseudonyms import bank_key, pseudonym
from data_access.errors import CallError, DataError, nearest
from data_access.intake.config import Config
from data_access.learning import Learned, Models, learned_of
from data_access.places import NOW, THEN, tree_then
from data_access.policy import Policy, read_policy
from data_access.subject import Metric
from data_access.tree import Tree, build_tree
from data_access.view.answers import MOST_BYTES, Answers

SMALL = 4_000_000  # bytes of a file that is read whole and remembered; of others the rows wanted are read
FILES_BYTES = 40_000_000  # that such files may take


@dataclass(frozen=True, eq=False)
class Store:
    """What every view of one snapshot shares."""

    snapshot: life.Snapshot
    tree: Tree
    policy: Policy
    codes: dict[str, list[str]]
    models: Models
    protected: dict[str, dict[str, list[int]]]  # values of the breakdowns of protected answers
    as_of: dict[str, date]
    months: list[date]
    rolled: frozenset[int]  # institutions with stored subtree totals
    instead_of: str | None = None  # the live snapshot, where that is damaged and this is an earlier one
    whole: dict[str, bool] = field(default_factory=dict)  # files that are looked at when first read
    part: str = NOW  # the folder of what was counted by this tree
    then: "Store | None" = None  # the same snapshot by the tree as then, where it was ever another
    answers: Answers = field(default_factory=Answers)
    files: Answers = field(default_factory=lambda: Answers(FILES_BYTES))  # small ones, as they were read

    @property
    def id(self) -> str:
        return self.snapshot.id

    @property
    def manifest(self) -> dict[str, Any]:
        return self.snapshot.manifest

    @property
    def minor_units(self) -> int:
        return int(self.manifest["minor_units"])

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether a table (and column) is delivered."""
        columns = self.manifest["columns"]
        return table in columns and (column is None or column in columns[table])

    def reach(self, metric: Metric) -> tuple[date, date]:
        """The first and last day that the table behind a metric covers."""
        if metric.grain == "month" and self.months:
            return self.months[0].replace(day=1), self.months[-1]
        firsts = self.first_days
        for table in metric.needs:
            if table in firsts:
                return firsts[table], self.as_of[table]
        reached = [self.as_of[table] for table in firsts if table in self.as_of]
        return min(firsts.values()), max(reached)

    def learned(self, kind: type[Learned]) -> Learned:
        """What the build learned of a kind; its defaults where nothing was."""
        return learned_of(self.models, kind)

    @cached_property
    def first_days(self) -> dict[str, date]:
        """The first day of each table whose facts have days."""
        return {name: date.fromisoformat(day) for name, day in self.manifest["first_days"].items()}

    @cached_property
    def lacking(self) -> dict[str, frozenset[date]]:
        """Months that were delivered without any value of a column, by table.column."""
        found = self.manifest.get("lacking", {})
        return {name: frozenset(map(date.fromisoformat, days)) for name, days in found.items()}

    @cached_property
    def key(self) -> bytes:
        """The bank's own, which makes the codes of customers."""
        return bank_key(self.snapshot.folder.parents[1])

    def pseudonym(self, number: int) -> str:
        """What a customer is called on every list, for everybody: a code that only the bank's key makes."""
        return pseudonym(self.key, number)

    @cached_property
    def managers(self) -> dict[int, str]:
        """Names of relationship managers by number."""
        if not self.snapshot.has("tables", "managers.parquet"):
            return {}
        frame = pl.read_parquet(self.snapshot.file("tables", "managers.parquet"))
        name = pl.coalesce("name", "manager_id") if "name" in frame.columns else pl.col("manager_id")
        return dict(frame.select("manager_no", name.alias("name")).iter_rows())

    @cached_property
    def seats(self) -> dict[int, int]:
        """The node of each relationship manager's institution, by number, where managers are delivered."""
        if not self.snapshot.has("tables", "managers.parquet"):
            return {}
        frame = pl.read_parquet(self.snapshot.file("tables", "managers.parquet"))
        if "institution_no" not in frame.columns:
            return {}
        nodes = {number: node for node, number in enumerate(self.tree.numbers)}
        pairs = frame.select("manager_no", "institution_no").drop_nulls().iter_rows()
        return {manager: nodes[number] for manager, number in pairs if number in nodes}

    def is_whole(self, name: str) -> bool:
        """Whether a file that is not verified at the opening is what was published; looked at once."""
        if name not in self.whole:
            self.whole[name] = self.snapshot.is_whole(name)
        return self.whole[name]

    def file(self, *names: str) -> Path:
        """A file of the snapshot; of marts and lists those of this store's tree."""
        counted = self.part and names[0] in ("marts", "lists")
        return self.snapshot.file(self.part, *names) if counted else self.snapshot.file(*names)

    def rows(self, *names: str) -> pl.LazyFrame:
        """What a file of marts, models or lists holds, to be filtered. Finding its place in a small one costs
        ten times the filter, and pages ask for the same files over and over."""
        file = self.file(*names)
        if file.stat().st_size > SMALL:
            return pl.scan_parquet(file)
        return self.files.get(names, lambda: pl.read_parquet(file)).lazy()

    def find(self, text: str) -> int:
        """The node of an institution named by id or unambiguous name (either language)."""
        if text in self.tree.node_of:
            return self.tree.node_of[text]
        nodes = [
            node
            for node in range(len(self.tree))
            if text in (self.tree.names[node], self.tree.names_en[node])
        ]
        if len(nodes) == 1:
            return nodes[0]
        if nodes:
            raise CallError(
                "“{text}” is the name of {n} institutions: {ids}. Name one by its id.",
                text=text,
                n=len(nodes),
                ids=", ".join(self.tree.ids[node] for node in nodes[:5]),
            )
        names = dict.fromkeys([*self.tree.names, *self.tree.names_en, *self.tree.ids])
        raise CallError(
            "There is no institution “{text}”. Give its id or its full name. Nearest: {near}.",
            text=text,
            near=nearest(text, names),
        )


def by_tree(store: Store, tree: str) -> Store:
    """The store by the tree as now or as then; refuses what there is not."""
    if tree == "now":
        return store
    if tree != THEN:
        raise CallError("--tree {tree}: write now or then.", tree=tree)
    if store.then is None:
        raise CallError(
            "The institutions of this bank never hung elsewhere: as then is as now. Deliver valid_from, "
            "valid_to or merged_into of institutions, and build again."
        )
    return store.then


def _json(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return content


def _closed_so_far(tree: Tree, today: date) -> Tree:
    """The tree at the date of the data: an institution that is to close later is open."""
    return replace(tree, closed=[day if day is not None and day <= today else None for day in tree.closed])


def open_store(config: Config, snapshot_id: str | None = None) -> Store:
    """Opens the live snapshot (or an earlier one that is kept) for reading, verified byte by byte.

    Where the live one is damaged the newest whole one is opened; the store then says so in `instead_of`.
    """
    if snapshot_id is not None:
        return _opened(config, snapshot_id)
    try:
        return _opened(config, None)
    except DataError as error:
        live = life.current_id(config.snapshots)
        for earlier in life.ids(config.snapshots) if live else ():
            if earlier != live:
                with suppress(DataError):
                    store = replace(_opened(config, earlier), instead_of=live)
                    logging.getLogger(__name__).warning("%s Shown is %s.", error, earlier)
                    return store
        raise


def _opened(config: Config, snapshot_id: str | None) -> Store:
    snapshot = life.open_snapshot(config.snapshots, snapshot_id)
    if not snapshot.is_current:
        raise DataError(
            "Snapshot {id} was built by another version of the cockpit. Build again.", id=snapshot.id
        )
    life.verify(snapshot)
    as_of = {name: date.fromisoformat(day) for name, day in snapshot.manifest["as_of"].items()}
    tree = build_tree(pl.read_parquet(snapshot.file("tables", "institutions.parquet")))
    tree = _closed_so_far(tree, max(as_of.values(), default=date.max))
    policy = read_policy(snapshot.manifest["policy"], config.contract.settings)
    codes = _json(snapshot.file("codes.json"))
    store = Store(
        snapshot=snapshot,
        tree=tree,
        policy=policy,
        codes={name: list(map(masked, values)) for name, values in codes.items()},
        models=_json(snapshot.file("models", "learned.json")),
        protected=_json(snapshot.file("models", "protected.json")),
        as_of=as_of,
        months=[date.fromisoformat(day) for day in snapshot.manifest["months"]],
        rolled=_rolled(tree, policy),
    )
    if not snapshot.has(THEN, "institutions.parquet"):
        return store
    then = tree_then(pl.read_parquet(snapshot.file(THEN, "institutions.parquet")))
    then = _closed_so_far(then, max(as_of.values(), default=date.max))
    other = replace(
        store,
        tree=then,
        rolled=_rolled(then, policy),
        part=THEN,
        answers=Answers(MOST_BYTES // 8),  # few look at it, and a process has room for one whole set
        files=Answers(FILES_BYTES // 8),
    )
    return replace(store, then=other)


def _rolled(tree: Tree, policy: Policy) -> frozenset[int]:
    """The institutions whose subtrees have stored totals."""
    return frozenset(node for node in range(len(tree)) if tree.last[node] - node + 1 > policy.rollup_above)

"""A workspace: one folder with the lake, own packs and schemes, and what imports refused. The object users hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Executor
from datetime import date
from decimal import Decimal
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from kaohe.errors import WRONG_USE, Lang, code, failure
from kaohe.facts import Facts
from kaohe.lake import Lake, Snapshot
from kaohe.metrics import exempt
from kaohe.metrics.adjusted import STRATA, adjusted
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.compliance import SHARES, Versions, compliance, failing
from kaohe.metrics.credits import Story, compare_credit, credit_stories, credited_orders
from kaohe.metrics.events import EventExplanation
from kaohe.metrics.explain import Explanation, explain
from kaohe.metrics.figures import Source, figures
from kaohe.metrics.reconciliation import reconcile
from kaohe.metrics.reported import combined, left_out
from kaohe.metrics.signs import Signs, signs
from kaohe.metrics.traffic import Breakdown, gmv_breakdown
from kaohe.model.people import Roster
from kaohe.packs import Packs, ShopPacks
from kaohe.settings import Settings

if TYPE_CHECKING:
    from kaohe.appraisal import Appraisal, Scheme
    from kaohe.appraisal.gathering import Gathered
    from kaohe.appraisal.simulation import Simulation
    from kaohe.importing import ImportReport, Progress
    from kaohe.records import Correction, Judge, Ledger, Run

NO_WORKSPACE = code(
    "no_workspace",
    zh="{path} 不是 kaohe 工作区。先运行 kaohe init 建立，或用 --workspace 指定",
    en="{path} is no kaohe workspace. Make one with 'kaohe init', or name it with --workspace",
    exit=WRONG_USE,
)
NOT_A_FOLDER = code(
    "workspace_not_a_folder",
    zh="{path} 是文件，不能作为工作区。请换一个文件夹",
    en="{path} is a file and can not be a workspace. Name a folder",
    exit=WRONG_USE,
)
NO_DATA = code(
    "no_data",
    zh="工作区里还没有聊天消息。先用 kaohe import 导入",
    en="there are no messages in the workspace yet. Import some with 'kaohe import'",
    exit=WRONG_USE,
)
OUTDATED = code(
    "appraisal_outdated",
    zh="考核算出以后，数据或口径变了，现在算出来不一样。请重新考核，看过以后再保存",
    en="the data or the rule packs changed since this was appraised, and it comes out otherwise now. Appraise again, look, and save that",
)


class Workspace:
    """Reads and writes one workspace folder. Every read sees one snapshot: all tables after the same import."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lake = Lake(root / "lake")

    @cached_property
    def packs(self) -> Packs:
        """The rule packs: those shipped, and the workspace's own in `packs/`, which win by name."""
        own = self.root / "packs"
        return Packs.load(own if own.is_dir() else None, metrics=CATALOGUE, rates=SHARES)

    @property
    def own_profiles(self) -> tuple[Path, ...]:
        """Where the workspace's own profiles are; nowhere when it has none."""
        own = self.root / "profiles"
        return (own,) if own.is_dir() else ()

    def import_exports(
        self,
        paths: Sequence[str | PathLike[str]],
        *,
        shop: str | None = None,
        platform: str | None = None,
        timezone: str | None = None,
        profile: str | None = None,
        profiles: Sequence[str | PathLike[str]] | None = None,
        day: str | None = None,
        lang: Lang = "zh",
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Import export files, folders and zips; see `kaohe.importing.import_exports`.

        `day` is the date of chat times that say none. The workspace's own `profiles/` win over the shipped ones;
        `profiles` are files and folders of them to be used instead. `lang` is the language of the
        files with refused rows, in the workspace's `quarantine/`. Raises `Failure` when nothing could be imported.
        """
        from kaohe.importing import Options, import_exports

        options = Options(
            shop=shop,
            platform=platform,
            timezone=timezone,
            profile=profile,
            profiles=self.own_profiles if profiles is None else tuple(Path(path) for path in profiles),
            day=day,
            dry_run=dry_run,
            quarantine=self.root / "quarantine",
            lang=lang,
        )
        before = {file.name for file in self.lake.files("messages")}
        report = import_exports(self.lake, [Path(path) for path in paths], options, progress)
        if not dry_run:
            facts = self.source(None).facts
            for written, files in self.lake.days().items():
                if any(file.name not in before for file in files):
                    facts.warm(facts.slices(written, written))
        return report

    def span(self, at: int | None = None) -> tuple[date, date] | None:
        """The first and the last day with messages; where there are none, with orders or platforms' reports; None where there is nothing."""
        days = list(self.lake.days(self.lake.snapshot(at)))
        return (days[0], days[-1]) if days else self.source(at).span

    def figures(
        self,
        first: date | None = None,
        last: date | None = None,
        by: Sequence[str] = ("shop", "agent"),
        metrics: Collection[str] | None = None,
        at: int | None = None,
        executor: Executor | None = None,
        *,
        shops: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """Figures per group, long: the columns of `by`, metric, numerator, denominator, value.

        `first` and `last` are local days, both included, the whole span for None. `by` is any of shop, agent, group, role, day, hour, platform.
        `at` reads the workspace as it was after that import. `executor` spreads days over workers. `shops` are those looked at, all for None.
        See `kaohe.metrics.figures.figures` for units.
        """
        source, minimum = self.source(at), self.settings.minimum
        return figures(source, by=by, first=first, last=last, metrics=metrics, executor=executor, minimum=minimum, shops=shops)

    def left_out(self, first: date | None = None, last: date | None = None, at: int | None = None) -> pl.DataFrame:
        """The exempt days of shops and days of leave of agents that figures of these days leave out; see `kaohe.metrics.exempt.OFF`."""
        return exempt.left_out(self.source(at), first, last)

    def gmv(self, first: date, last: date, shop: str | None = None, at: int | None = None) -> Breakdown:
        """The sales of a shop, or of all together, beside those of as many days before, and what made the change.

        See `kaohe.metrics.traffic.gmv_breakdown`.
        """
        return gmv_breakdown(self.source(at), shop, first, last)

    def credits(
        self,
        first: date | None = None,
        last: date | None = None,
        rule: str | None = None,
        at: int | None = None,
        *,
        shop: str | None = None,
    ) -> pl.DataFrame:
        """Whose the orders of these days are, by the packs' own rules or by one for all; see `kaohe.metrics.credits.CREDITS`."""
        return credited_orders(self.source(at), first, last, rule=rule, shop=shop)

    def compare_credit(
        self, first: date | None = None, last: date | None = None, at: int | None = None, *, shop: str | None = None
    ) -> pl.DataFrame:
        """What everybody would get of the orders of these days under every rule of credit; see `kaohe.metrics.credits.COMPARED`."""
        return compare_credit(self.source(at), first, last, shop=shop)

    def credit_of(self, order: str, rule: str | None = None, at: int | None = None, *, shop: str | None = None) -> list[Story]:
        """How the order of that id came to its owner, message by message; a story for each shop that has such an order."""
        return credit_stories(self.source(at), order, shop=shop, rule=rule)

    @cached_property
    def settings(self) -> Settings:
        """The numbers of the workspace's `kaohe.yaml`; defaults where there is none."""
        return Settings.of(self.root)

    def reported(
        self,
        first: date | None = None,
        last: date | None = None,
        by: Sequence[str] = ("shop", "agent"),
        figures: Collection[str] | None = None,
        at: int | None = None,
    ) -> pl.DataFrame:
        """Figures the platforms report themselves, combined; see `kaohe.metrics.reported.combined`. All days of the reports for None."""
        return combined(self.source(at), by=by, first=first, last=last, figures=figures)

    def reported_left_out(
        self, first: date | None = None, last: date | None = None, by: Sequence[str] = ("shop", "agent"), at: int | None = None
    ) -> int:
        """How many report rows touch these days and are not in `reported`, because they span days that can not be told apart."""
        return left_out(self.source(at), by=by, first=first, last=last)

    def reconcile(self, first: date | None = None, last: date | None = None, *, by_day: bool = True, at: int | None = None) -> pl.DataFrame:
        """What platforms report beside what was computed, with the difference and its likely cause; see `kaohe.metrics.reconciliation.reconcile`."""
        return reconcile(self.source(at), first=first, last=last, by_day=by_day, tolerance=self.settings.tolerances)

    def compliance(
        self, first: date, last: date, *, shop: str | None = None, rules: Collection[str] | None = None, at: int | None = None
    ) -> pl.DataFrame:
        """Whether shops obeyed the rules of their packs, one row per shop, day and rule; see `kaohe.metrics.compliance.SCHEMA`."""
        source = self.source(at)
        return compliance(source, self._versions(source), first, last, None if shop is None else [shop], rules)

    def failing(self, verdicts: pl.DataFrame, at: int | None = None) -> pl.DataFrame:
        """The messages, orders and so on that spoilt verdicts, rows of `compliance`; see `kaohe.metrics.compliance.FAILING`."""
        source = self.source(at)
        return failing(source, self._versions(source), verdicts)

    def signs(
        self,
        first: date | None = None,
        last: date | None = None,
        *,
        shop: str | None = None,
        agent: str | None = None,
        kinds: Collection[str] | None = None,
        at: int | None = None,
        executor: Executor | None = None,
    ) -> Signs:
        """Signs of gaming in these days, each case with its messages and each agent beside colleagues: evidence, never a deduction by itself.

        See `kaohe.metrics.signs.signs`. Texts that `kaohe.yaml` lists under `fillers` hold nothing, beside those everybody's list has.
        """
        return signs(self.source(at), first, last, shop=shop, agent=agent, kinds=kinds, fillers=self.settings.fillers, executor=executor)

    def compare(
        self,
        metric: str,
        first: date | None = None,
        last: date | None = None,
        *,
        shop: str | None = None,
        strata: Collection[str] = STRATA,
        at: int | None = None,
        executor: Executor | None = None,
    ) -> pl.DataFrame:
        """Agents side by side in one rate or mean: places, who can not be told apart, and the figure adjusted for the team's mix of cases.

        See `kaohe.metrics.adjusted.COMPARISON`. Samples below `kaohe.yaml`'s `minimum_sample` are not placed. Raises `Failure` for other metrics.
        """
        minimum = self.settings.minimum(metric)
        return adjusted(self.source(at), metric, first, last, strata, minimum=minimum, shop=shop, executor=executor)

    def _versions(self, source: Source) -> Versions:
        return self._shop_packs(source.shops).version

    def explain(
        self,
        metric: str,
        *,
        shop: str | None = None,
        agent: str | None = None,
        first: date | None = None,
        last: date | None = None,
        unassigned: bool = False,
        at: int | None = None,
    ) -> Explanation | EventExplanation:
        """The messages behind a figure, or the orders, contacts, refunds and so on, counted and not counted, each with its reason.

        Of one agent, of everybody for None, or with `unassigned` of what counts for nobody.
        """
        return explain(self.source(at), metric, shop=shop, agent=agent, first=first, last=last, whole_shop=agent is None and not unassigned)

    def appraise(
        self,
        scheme: str | PathLike[str] | Scheme = "response-first",
        first: date | None = None,
        last: date | None = None,
        at: int | None = None,
    ) -> Appraisal:
        """Judge every agent of the period under a scheme: one shipped, one in the workspace's `schemes/`, a path to a file, or a scheme as it is.

        Without `first` or `last` the period begins or ends with the days there are; see `span`.
        """
        from kaohe.appraisal import appraise

        found, given = self.scheme(scheme), self.gathered(scheme, first, last, at)
        return appraise(found, given.figures, given.agents, period=given.period, previous=given.previous, targets=given.targets)

    def gathered(
        self, scheme: str | PathLike[str] | Scheme, first: date | None = None, last: date | None = None, at: int | None = None
    ) -> Gathered:
        """What a scheme judges in a period; see `kaohe.appraisal.gathering.gathered`."""
        return self._gathered(self.source(at), self.scheme(scheme), first, last)

    def _gathered(self, source: Source, scheme: Scheme, first: date | None, last: date | None) -> Gathered:
        from kaohe.appraisal.gathering import gathered

        if first is None or last is None:
            if source.span is None:
                raise failure(NO_DATA)
            first, last = first or source.span[0], last or source.span[1]
        return gathered(source, scheme, first, last)

    def simulate(
        self,
        schemes: Sequence[str | PathLike[str] | Scheme],
        months: Sequence[str] | None = None,
        *,
        vary: Sequence[tuple[str, Decimal]] = (),
        at: int | None = None,
    ) -> Simulation:
        """Judge months, each as `2026-07`, under several schemes, all held against the first; see `kaohe.appraisal.simulation`.

        All months with data for None. `vary` are items and weights: for each there is one more scheme, the last of `schemes` with that weight.
        Raises `Failure` for months without data, and for items and weights there can not be.
        """
        from kaohe.appraisal.months import gathered_months, months_of
        from kaohe.appraisal.simulation import simulate
        from kaohe.appraisal.weights import with_weight

        found = [self.scheme(scheme) for scheme in schemes]
        found += [with_weight(found[-1], item, weight) for item, weight in vary]
        source = self.source(at)
        if months is None:
            if source.span is None:
                raise failure(NO_DATA)
            months = months_of(f"{source.span[0]:%Y-%m}..{source.span[1]:%Y-%m}")
        return simulate(found, gathered_months(source, found, months))

    def partial_months(self, months: Sequence[str], at: int | None = None) -> list[str]:
        """Those of the months whose days are not all between the first and the last day there are data of."""
        from kaohe.appraisal.months import days_of

        span = self.source(at).span
        return [month for month in months if span is None or days_of(month)[0] < span[0] or days_of(month)[1] > span[1]]

    def scheme(self, scheme: str | PathLike[str] | Scheme) -> Scheme:
        """A scheme by name, shipped or in the workspace's `schemes/`, or by path. Raises `Failure` with every mistake of its file."""
        from kaohe.appraisal import Scheme, find

        if isinstance(scheme, Scheme):
            return scheme
        return find(scheme if isinstance(scheme, str) else Path(scheme), self.root / "schemes")

    def save_result(
        self,
        scheme: str | PathLike[str] | Scheme | Appraisal,
        first: date | None = None,
        last: date | None = None,
        at: int | None = None,
    ) -> tuple[Appraisal, Run]:
        """Judge a period and keep the result in `results/`; see `kaohe.records.runs`.

        An appraisal that was made and looked at is judged once more, in its own period; raises `Failure` where it would not come out the same because
        the data or the packs have changed since.
        """
        from kaohe.appraisal import Appraisal, appraise
        from kaohe.records import runs

        seen = scheme if isinstance(scheme, Appraisal) else None
        if seen is not None and seen.period is not None:
            first, last = seen.period
        # One snapshot for all: an import meanwhile must not put its name to figures it has no part in.
        snapshot = self.lake.snapshot(at)
        packs = self._shop_packs(self.lake.table("shops", snapshot))
        found = seen.scheme if seen is not None else self.scheme(scheme)  # type: ignore[arg-type]
        given = self._gathered(self._source(snapshot, packs), found, first, last)
        result = appraise(found, given.figures, given.agents, period=given.period, previous=given.previous, targets=given.targets)
        if seen is not None and seen.to_dicts() != result.to_dicts():
            raise failure(OUTDATED)
        journal = self.history().filter(pl.col("number") <= snapshot.number)
        of = runs.inputs(result, given, journal, packs)
        return result, runs.save(self.root / "results", result, of, packs)

    def results(self) -> list[Run]:
        """Every saved result. Raises `Failure` for one whose file was altered."""
        from kaohe.records import listed

        return listed(self.root / "results")

    def result(self, name: str) -> Run:
        """A saved result by its name. Raises `Failure` with the nearest one where there is none."""
        from kaohe.records import find

        return find(self.root / "results", name)

    def is_outdated(self, run: Run) -> bool:
        """Whether something was imported since the data a result was made of."""
        from kaohe.records.runs import digest_of_imports

        return bool(run.content["inputs"]["data"] != digest_of_imports(self.history()))

    def close(self, month: str, results: Sequence[str], *, unpaid: bool = False, mended_packs: bool = False) -> Ledger:
        """Close a month with saved results, and book in it what changed of the months before; see `kaohe.records.ledger.close`.

        With `mended_packs` the months before are judged by today's rule packs, now and from now on.
        """
        from kaohe.records import close

        runs = [self.result(name) for name in results]
        mended = self.packs_today() if mended_packs else None
        return close(self.root / "ledger", month, runs, self._judge(), unpaid=unpaid, mended=mended)

    def ledgers(self) -> list[Ledger]:
        """Every closed month, oldest first."""
        from kaohe.records import ledgers

        return ledgers(self.root / "ledger")

    def corrections(self, *, mended_packs: bool = False) -> list[Correction]:
        """What the open month has to book for the closed ones by now; see `kaohe.records.ledger.corrections`.

        With `mended_packs` what it would be by today's rule packs, instead of those the months were closed with.
        """
        from kaohe.records import corrections

        return corrections(self.ledgers(), self._judge(), mended=self.packs_today() if mended_packs else None)

    def packs_today(self) -> ShopPacks:
        """The pack of every shop as things are now."""
        return self._shop_packs(self.table("shops"))

    def _judge(self) -> Judge:
        """Judges by the packs it is given, on one snapshot of the data however long it takes."""
        from kaohe.appraisal import appraise

        snapshot = self.lake.snapshot(None)
        sources: dict[str, Source] = {}

        def judge(scheme: Scheme, first: date, last: date, packs: ShopPacks) -> Appraisal:
            # What later shops are counted by is nowhere but in today's packs.
            every = packs.beside(self._shop_packs(self.lake.table("shops", snapshot)))
            source = sources.setdefault(every.digest(), self._source(snapshot, every))
            given = self._gathered(source, scheme, first, last)
            return appraise(scheme, given.figures, given.agents, period=given.period, previous=given.previous, targets=given.targets)

        return judge

    def history(self) -> pl.DataFrame:
        """Every import and file, oldest first: what was read, new, same, replaced, refused, and the versions after it."""
        return self.lake.journal.rows()

    def table(self, name: str, at: int | None = None) -> pl.DataFrame:
        """A canonical table in full, such as `shops` or `orders`."""
        return self.lake.table(name, self.lake.snapshot(at))

    def scan(self, name: str, at: int | None = None) -> pl.LazyFrame:
        """A canonical table lazily, with its partition columns and, for messages, the clock beside each row."""
        return self.lake.scan(name, self.lake.snapshot(at))

    def sql(self, query: str, at: int | None = None) -> pl.DataFrame:
        """The rows of one SELECT over the workspace's tables: the canonical ones, and figures (`figures`, `shop_figures`).

        Messages are read from their files as far as the query needs them. Instants are in UTC. See `kaohe.sql.query` for types and refusals.
        `at` reads the workspace as it was after that import; all tables of one query come from one snapshot.
        """
        from kaohe import sql

        snapshot = self.lake.snapshot(at)
        return sql.query(self.lake, snapshot, query, lambda: self.source(snapshot.number or None))

    def unmapped(self, at: int | None = None) -> list[str]:
        """Accounts that answered buyers and belong to no agent of the roster. Empty while there is no roster."""
        source = self.source(at)
        return source.roster.unmapped(figures(source, by=("agent",), metrics=["served_buyers"])["agent_id"])

    def source(self, at: int | None = None) -> Source:
        """What figures are made from, at the last import or an earlier one: for those who count something of their own."""
        snapshot = self.lake.snapshot(at)
        return self._source(snapshot, self._shop_packs(self.lake.table("shops", snapshot)))

    def _source(self, snapshot: Snapshot, packs: ShopPacks) -> Source:
        roster = Roster(*(self.lake.table(name, snapshot) for name in ("accounts", "agents", "positions")))
        return Source(Facts(self.lake, snapshot, packs), roster, self.lake.table("shops", snapshot), packs, packs.digest())

    def _shop_packs(self, shops: pl.DataFrame) -> ShopPacks:
        return ShopPacks.of(self.packs, shops.select("shop_id", "platform", "pack").iter_rows())


def create(folder: str | PathLike[str], *, hide_buyers: bool = False) -> Workspace:
    """Make a workspace, or open the one that is there. Raises `Failure` when the path is a file.

    `hide_buyers` replaces buyer ids by a keyed hash in everything a new workspace imports; the key is `buyer.key` in its folder.
    """
    root = Path(folder)
    if root.is_file():
        raise failure(NOT_A_FOLDER, path=root)
    Lake.create(root / "lake", hide_buyers=hide_buyers)
    return Workspace(root)


def open(folder: str | PathLike[str]) -> Workspace:
    """Open a workspace. Raises `Failure` when there is none."""
    root = Path(folder)
    if not Lake.exists(root / "lake"):
        raise failure(NO_WORKSPACE, path=root)
    return Workspace(root)

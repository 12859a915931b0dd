"""The benchmark's tables as Markdown: medians, what they are compared with, and what is asked of them."""

from __future__ import annotations

import os
import statistics
from importlib.metadata import PackageNotFoundError, version

from kaohe.bench.appraisals import AGENTS, AGENTS_OF_MONTH, MANY, YEAR
from kaohe.bench.clock import Timed
from kaohe.bench.peers import SALES, TOTALS

_GB = 2**30


class Benchmark:
    """Collects measurements and writes them down."""

    def __init__(self, messages: int, runs: int) -> None:
        self._messages, self._runs = messages, runs
        self._parts: list[str] = []

    def contacts(self, ready: dict[str, Timed], scanned: dict[str, Timed]) -> None:
        result = ready["kaohe"].result
        counted = ", ".join(f"{name} {value:,}" for name, value in zip(TOTALS, result, strict=True))
        self._parts.append(
            f"## 接待 Contacts: {self._messages:,} messages\n\n"
            f"All engines gave equal counts: {counted}.\n\n"
            + _against("As an import leaves the lake (default clock)", ready, fast=8, slow=1.5)
            + _against("Another clock, scanned when read (only `agent` stops it)", scanned, fast=3.5, slow=4)
        )

    def credits(self, orders: int, timed: dict[str, Timed]) -> None:
        counted = ", ".join(f"{name} {value:,}" for name, value in zip(SALES, timed["kaohe"].result, strict=True))
        self._parts.append(
            f"## 归属与询单 Credit and inquiries: {orders:,} orders beside {self._messages:,} messages\n\n"
            f"Both gave equal results: {counted}.\n\nDuckDB answers with as-of joins written by hand over the same files; kaohe begins with its contacts as an import "
            "leaves them and nothing of the orders, and keeps what it finds.\n"
        )
        self._pair("归属与询单 Credit and inquiries, the times", timed, "DuckDB as-of joins", "kaohe", 2)

    def catalogue(self, timed: dict[str, Timed], agents: int, metrics: int) -> None:
        rows = "\n".join(f"| {name} | {one.median:.2f} s |" for name, one in timed.items())
        self._parts.append(
            f"## 一个月的全部指标 A month's whole catalogue\n\n{metrics} metrics of {agents:,} agents over 31 days, from cached facts.\n\n"
            f"| | median |\n|---|---:|\n{rows}\n\nAsked: under 2 s.\n"
        )

    def appraisals(self, timed: dict[str, Timed]) -> None:
        many, year = (timed[name].median for name in (MANY, YEAR))
        self._parts.append(
            f"## 考核 Appraising, from ready figures\n\n| | median | asked |\n|---|---:|---:|\n"
            f"| {AGENTS:,} agents, 12 items, grades and pay | {many:.2f} s | under 1 s |\n"
            f"| a simulation: 12 months, 2 schemes, {AGENTS_OF_MONTH:,} agents, 12 items, all tables | {year:.2f} s | under 3 s |\n"
        )

    def csv(self, rows: int, timed: dict[str, Timed]) -> None:
        self._pair(f"导入 Import of csv: {rows:,} rows", timed, "Polars + Delta", "kaohe import", 1.6)

    def xlsx(self, rows: int, timed: dict[str, Timed]) -> None:
        self._pair(f"导入 Import of xlsx: {rows:,} rows", timed, "fastexcel", "kaohe import", 1.5)

    def new_day(self, timed: dict[str, Timed]) -> None:
        self._pair("新的一天 One new day on a lake of 365, import and figures", timed, "on an empty lake", "on a year", 1.3)

    def again(self, timed: dict[str, Timed]) -> None:
        milliseconds = timed["a month again"].median * 1000
        self._parts.append(f"## 再看一次 An unchanged month again\n\n{milliseconds:.0f} ms (asked: under 200 ms).\n")

    def memory(self, messages: int, peaks: dict[str, int]) -> None:
        names = {
            "import": "import of 30 csv files, one per day",
            "ready": "contacts as an import leaves them",
            "scanned": "contacts with another clock, scanned",
            "figures": "all figures by shop and agent",
        }
        rows = "\n".join(f"| {names[work]} | {peak / _GB:.2f} GB |" for work, peak in peaks.items())
        self._parts.append(
            f"## 内存 Peak memory: {messages:,} messages over 30 days\n\n| work | peak resident |\n|---|---:|\n{rows}\n\nAsked: at most 1.5 GB.\n"
        )

    def help(self, seconds: list[float]) -> None:
        self._parts.append(f"## `kaohe --help`\n\n{statistics.median(seconds) * 1000:.0f} ms (asked: under 300 ms).\n")

    def text(self, machine: str, python: str) -> str:
        names = ("polars", "deltalake", "duckdb", "chdb", "pandas", "fastexcel")
        versions = ", ".join(f"{name} {found}" for name in names if (found := _installed(name)) is not None)
        head = (
            "# 基准测试 Benchmarks\n\n"
            "由 `make bench` 写出。各引擎在同一次运行中轮流计时，取中位数；机器有快有慢，看比值。\n\n"
            f"Written by `make bench` (`kaohe bench --messages {self._messages}`). All contenders run in turn in one process; the figures are "
            f"medians of {self._runs} runs after a warm-up. Machines differ and are noisy: compare ratios.\n\n"
            f"{machine}, {os.cpu_count()} cores, Python {python}; {versions}.\n\n"
            "Every engine reads the same Parquet files of the lake and of those the same columns "
            "(shop_id, buyer_id, sent_at, sender, agent_id, message_id). *scan only* reads them into memory and does nothing. kaohe's own contacts "
            "also know the responsible agent, turns, sessions and the hour; the other engines only count what is compared.\n"
        )
        return "\n".join([head, *self._parts])

    def _pair(self, title: str, timed: dict[str, Timed], base: str, mine: str, limit: float) -> None:
        ratio = timed[mine].median / timed[base].median
        self._parts.append(
            f"## {title}\n\n| | median | ratio |\n|---|---:|---:|\n"
            f"| {base} | {timed[base].median:.2f} s | 1.00 |\n| {mine} | {timed[mine].median:.2f} s | {ratio:.2f} |\n\nAsked: at most {limit}.\n"
        )


def _against(title: str, timed: dict[str, Timed], *, fast: float, slow: float) -> str:
    mine, scan = timed["kaohe"].median, timed["scan only"].median
    rows = "\n".join(
        f"| {name} | {one.median:.2f} s | {min(one.seconds):.2f}–{max(one.seconds):.2f} s | {one.median / mine:.1f} |"
        for name, one in timed.items()
    )
    ratio = timed["DuckDB windows"].median / mine
    return (
        f"### {title}\n\n| | median | range | times kaohe |\n|---|---:|---:|---:|\n{rows}\n\n"
        f"kaohe is {ratio:.1f} times as fast as DuckDB (asked: at least {fast}) and takes {mine / scan:.2f} times a bare scan (asked: at most {slow}).\n\n"
    )


def _installed(name: str) -> str | None:
    """The version of a package, None where it is not there: a part of the benchmark needs none of its peers."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None

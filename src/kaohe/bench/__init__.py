"""The benchmark: speed and size on this machine, against other engines in the same run. Needs `pip install kaohe[bench]`."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from kaohe.errors import WRONG_USE, code, failure

NO_PEERS = code(
    "bench_needs_peers",
    zh="基准测试要与 {missing} 比较，请先安装：pip install 'kaohe[bench]'",
    en="the benchmark compares with {missing}; install them first: pip install 'kaohe[bench]'",
    exit=WRONG_USE,
)
PEERS = ("duckdb", "chdb", "pandas")
FIRST = date(2026, 1, 1)


def run(messages: int = 20_000_000, output: Path | None = None, *, runs: int = 5, folder: Path | None = None) -> None:
    """Generate data, time everything `runs` times, print a table and write it to `output`.

    At 20 million messages it takes about half an hour and 6 GB of disk in `folder` (a temporary one for None).
    Raises `Failure` when an engine to compare with is missing, AssertionError when two engines count differently.
    """
    missing = [peer for peer in PEERS if importlib.util.find_spec(peer) is None]
    if missing:
        raise failure(NO_PEERS, missing="、".join(missing))
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        text = _measured(folder, messages, runs)
    else:
        with tempfile.TemporaryDirectory(prefix="kaohe-bench-") as temporary:
            text = _measured(Path(temporary), messages, runs)
    print(text)
    if output is not None:
        output.write_text(text, encoding="utf-8")


def _measured(folder: Path, messages: int, runs: int) -> str:
    from kaohe import workspace as home
    from kaohe.bench import appraisals, catalogue, contacts, credits, events, imports, memory
    from kaohe.bench.report import Benchmark
    from kaohe.demo import write_messages

    start = time.perf_counter()

    def tell(text: str) -> None:
        print(f"[{time.perf_counter() - start:6.0f} s] {text}", file=sys.stderr, flush=True)

    def generated(name: str, count: int, days: int, **more: object) -> Path:
        target = folder / name
        if not target.exists():
            tell(f"generating {count:,} messages over {days} days")
            write_messages(target, messages=count, days=days, shops=60, agents=1200, first=FIRST, format="csv", **more)  # type: ignore[arg-type]
            _write_shops(target)
        return target

    def filled(name: str, source: Path) -> Path:
        target = folder / name
        if not target.exists():
            tell(f"importing {source.name}")
            home.create(target).import_exports([source])
        return target

    found = Benchmark(messages, runs)
    month = filled("month", generated("month-csv", messages, 33))
    found.contacts(*contacts.compare(home.open(month), runs, tell))

    sales = folder / "sales"
    if not sales.exists():
        tell("making up orders and what becomes of them")
        sales.mkdir()
        events.write_orders(home.open(month), sales / "orders.parquet", messages // 20)
        home.open(month).import_exports([sales / "orders.parquet"])
        home.open(month).import_exports(events.write_aftermath(home.open(month), sales))
    found.credits(messages // 20, credits.compare(home.open(month), runs, tell))
    found.catalogue(*catalogue.measure(home.open(month), runs, tell))
    found.appraisals(appraisals.measure(runs, tell))

    few = generated("import-csv", messages // 8, 4)
    files, shops = sorted(few.glob("messages*.csv")), few / "shops.csv"
    found.csv(messages // 8, imports.csv(files, shops, folder, runs, tell))
    sheet = folder / "messages.xlsx"
    rows = min(500_000, messages // 40)
    if not sheet.exists():
        imports.write_sheet(files[0], rows, sheet)
    found.xlsx(rows, imports.xlsx(sheet, shops, folder, runs, tell))

    year = filled("year", generated("year-csv", messages, 365))
    after = FIRST + timedelta(days=365)
    day_csv = folder / "day-csv"
    if not day_csv.exists():
        write_messages(day_csv, messages=messages // 365, days=1, shops=60, agents=1200, seed=2, first=after, format="csv")
    (new,) = day_csv.glob("messages*.csv")
    found.new_day(imports.new_day(new, after, year.parent / "year-csv" / "shops.csv", year, folder, runs, tell))
    found.again(imports.again(year, date(2026, 3, 1), date(2026, 3, 31), runs, tell))

    large, source = folder / "large", generated("large-csv", messages * 5, 30)
    peaks = {}
    if not large.exists():
        tell("importing large-csv")
        peaks["import"] = memory.import_peak(large, source)
    for work in ("ready", "scanned", "figures"):
        tell(f"memory: {work}")
        peaks[work] = memory.peak(large, work)
    found.memory(messages * 5, peaks)
    found.help([_help_seconds() for _ in range(runs)])
    return found.text(f"{platform.system()} {platform.machine()}", platform.python_version())


def _write_shops(folder: Path) -> None:
    import polars as pl

    shops: set[str] = set()
    for file in folder.glob("messages*.csv"):
        shops |= set(pl.scan_csv(file, infer_schema=False).select(pl.col("shop_id").unique()).collect()["shop_id"])
    rows = [{"shop_id": shop, "platform": "generic", "name": shop, "timezone": "Asia/Shanghai"} for shop in sorted(shops)]
    pl.DataFrame(rows).write_csv(folder / "shops.csv")


def _help_seconds() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "kaohe.cli", "--help"], check=True, capture_output=True)
    return time.perf_counter() - start

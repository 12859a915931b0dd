"""The same files under the same scheme give the same bytes on another machine, and close to the same ledger."""

import os
import random
import subprocess
import sys

import pytest

PROGRAM = """
import sys
import kaohe
workspace = kaohe.create(sys.argv[1])
workspace.import_exports(sys.argv[3:])
for scheme in (sys.argv[2], "presale"):
    for _ in range(2):
        workspace.save_result(scheme)
import datetime as dt
_, run = workspace.save_result(sys.argv[2], dt.date(2026, 11, 1), dt.date(2026, 11, 30))
workspace.close("2026-11", [run.name])
"""

SCHEME = """\
name: sales
title: 销售
source: 店长
small_sample: count
items:
  - {metric: avg_response_seconds, weight: 60, scoring: {kind: linear, low: {figure: 1, points: 100}, high: {figure: 100, points: 0}}}
  - metric: reply_rate_30s
    weight: 40
    scoring: {kind: bands, on: percentile, bands: [{below: 50%, points: 50}, {at_least: 50%, points: 100}]}
pk:
  - {metric: served_buyers, prizes: [30, 20]}
pay:
  lines:
    - {id: commission, kind: commission, on: net_sales_amount, rate: 1.7%}
    - {id: pk, kind: pk}
"""


def exports(folder):
    """A month of a small shop."""
    folder.mkdir(parents=True)
    chance = random.Random(7)
    messages, orders = (
        ["shop_id,buyer_id,sent_at,sender,agent_id,message_id"],
        ["order_id,shop_id,buyer_id,created_at,paid_at,amount,quantity"],
    )
    for at in range(150):
        day, hour, minute, wait = chance.randint(1, 28), chance.randint(8, 21), chance.randint(0, 50), chance.randint(1, 90)
        when, agent = f"2026-11-{day:02} {hour:02}:{minute:02}", chance.choice(["lin", "mo", "chen"])
        messages.append(f"s1,b{at},{when}:00,buyer,,q{at}")
        messages.append(f"s1,b{at},2026-11-{day:02} {hour:02}:{minute + wait // 60:02}:{wait % 60:02},agent,{agent},a{at}")
        if chance.random() < 0.4:
            orders.append(f"o{at},s1,b{at},{when}:40,{when}:50,{chance.randint(1, 99999) / 100:.2f},1")
    (folder / "shops.csv").write_text("shop_id,platform,timezone\ns1,generic,Asia/Shanghai\n", "utf-8")
    (folder / "messages.csv").write_text("\n".join(messages) + "\n", "utf-8")
    (folder / "orders.csv").write_text("\n".join(orders) + "\n", "utf-8")
    (folder / "agents.csv").write_text("agent_id,name,group,role\nlin,林,一组,presale\nmo,莫,一组,presale\nchen,陈,二组,presale\n", "utf-8")
    return [folder / name for name in ("shops.csv", "messages.csv", "orders.csv", "agents.csv")]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The same done on two machines at once: other folders, order of files, time zone, language, hash seed, number of threads."""
    found, running = [], []
    for at, (zone, seed, language, threads) in enumerate((("Asia/Shanghai", "1", "zh_CN.UTF-8", "1"), ("America/New_York", "2", "C", "2"))):
        folder = tmp_path_factory.mktemp(f"machine{at}")
        files = exports(folder / ("exports" if at else "导出"))
        (folder / "s.yaml").write_text(SCHEME, "utf-8")
        env = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": language, "POLARS_MAX_THREADS": threads, "PYTHONUTF8": "1"}
        arguments = [folder / "ws", folder / "s.yaml", *(reversed(files) if at else files)]
        running.append(subprocess.Popen([sys.executable, "-c", PROGRAM, *map(str, arguments)], env=env, cwd=folder))
        found.append(folder / "ws")
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    return found


@pytest.mark.parametrize(("folder", "count"), [("results", 5), ("ledger", 1)])
def test_results_and_ledger_are_the_same_bytes_on_another_machine(two, folder, count):
    one, other = ({path.name: path.read_bytes() for path in sorted((workspace / folder).glob("*.json"))} for workspace in two)
    assert len(one) == count
    assert one == other


def test_a_result_saved_again_is_the_same_bytes_under_another_number(two):
    folder = two[0] / "results"
    for name in ("sales", "presale"):
        assert (folder / f"{name}-2026-11-0001.json").read_bytes() == (folder / f"{name}-2026-11-0002.json").read_bytes()

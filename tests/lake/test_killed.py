"""An import that is killed never happened, and repeating it gives what one never killed would have given."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl

import kaohe
from kaohe.demo import write_messages

KILLS = 50


def exports(folder: Path, seed: int) -> Path:
    target = folder / f"exports-{seed}"
    write_messages(target, messages=6000, days=4, shops=3, agents=9, seed=seed, first=date(2026, 10, 1), format="csv")
    return target


def start(paths: list[Path], workspace: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kaohe.cli", "import", *map(str, paths), "--workspace", str(workspace)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "100"})


def messages(workspace: Path) -> pl.DataFrame:
    found = kaohe.open(workspace).scan("messages").collect()
    return found.sort("day", "shop_id", "buyer_id", "sent_at", "rank", "message_id")


def test_killed_at_fifty_moments_the_lake_opens_and_the_import_repeated_is_whole(tmp_path: Path) -> None:
    first, second = exports(tmp_path, 1), exports(tmp_path, 2)
    straight = tmp_path / "straight"
    for paths in ([first], [second]):
        begun = time.perf_counter()
        assert start(paths, straight).wait(120) == 0
        length = time.perf_counter() - begun
    before = tmp_path / "before"
    assert start([first], before).wait(120) == 0
    held = messages(before)

    workspace = tmp_path / "killed"
    assert start([first], workspace).wait(120) == 0
    chance, interrupted = random.Random(7), 0
    whole = len(messages(straight))
    for _ in range(KILLS):
        process = start([second], workspace)
        # From the moment Python runs until a little after an undisturbed import has ended.
        time.sleep(chance.uniform(0.05, length * 1.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        interrupted += process.returncode == -signal.SIGKILL
        seen = messages(workspace)
        assert len(seen) in (len(held), whole)
        if len(seen) == len(held):
            assert seen.equals(held)
        else:
            # It got through before the signal; begin anew, so that every kill meets work to be done.
            subprocess.run(["rm", "-rf", str(workspace)], check=True)
            subprocess.run(["cp", "-r", str(before), str(workspace)], check=True)
    assert interrupted > KILLS / 2
    assert start([second], workspace).wait(120) == 0
    assert messages(workspace).equals(messages(straight))


def test_two_imports_at_the_same_moment_both_end_in_the_lake(tmp_path: Path) -> None:
    first, second = exports(tmp_path, 1), exports(tmp_path, 2)
    together = tmp_path / "together"
    # The two exports share ids, so which came last shows; whoever gets the lock first, it is as if one had waited for the other.
    orders = []
    for name, order in (("forth", (first, second)), ("back", (second, first))):
        for export in order:
            assert start([export], tmp_path / name).wait(120) == 0
        orders.append(messages(tmp_path / name))
    both = [start([first], together), start([second], together)]
    assert [process.wait(120) for process in both] == [0, 0]
    found = messages(together)
    assert any(found.equals(expected) for expected in orders)
    assert kaohe.open(together).history()["number"].unique().sort().to_list() == [1, 2]

"""Real input end to end: public conversations of 46 brands against the plain-Python judge. Skipped where the data are not at hand."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

import reference
from kaohe.reports.figures import FIGURE
from reference import Message

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "real" / "twcs"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real conversations are not at hand")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "workspace"
    kaohe("import", str(REAL), "--workspace", str(folder))
    return folder


def kaohe(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "kaohe.cli", *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def messages() -> list[Message]:
    with (REAL / "messages.csv").open(encoding="utf-8", newline="") as file:
        return [
            Message(
                row["shop_id"],
                row["buyer_id"],
                datetime.fromisoformat(row["sent_at"]),
                row["sender"],
                row["agent_id"] or None,
                row["message_id"] or None,
                row["text"] or None,
            )
            for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize("by", [("shop",), ("shop", "agent"), ("hour",), ("day", "agent")])
def test_every_figure_of_the_command_line_equals_the_judges(workspace: Path, by: tuple[str, ...]) -> None:
    first, last = date(2017, 10, 1), date(2017, 11, 30)
    text = kaohe(
        "metrics", "--workspace", str(workspace), "--from", str(first), "--to", str(last), "--by", ",".join(by), "--format", "json"
    )
    column = {"shop": "shop_id", "agent": "agent_id", "hour": "hour", "day": "day"}
    found = {(tuple(row[column[key]] for key in by), row["metric"]): row for row in json.loads(text) if row["metric"] in reference.METRICS}
    rows = messages()
    zones = dict.fromkeys({row.shop_id for row in rows}, "UTC")
    judged = reference.figures(rows, zones, by=by, first=first, last=last)
    expected = {
        (tuple(value.isoformat() if isinstance(value, date) else value for value in group), metric): figure
        for (group, metric), figure in judged.items()
    }
    assert set(found) == set(expected)
    for key, figure in expected.items():
        mine = found[key]
        assert list(mine) == [*(column[name] for name in by), *FIGURE]
        for name, value in zip(("numerator", "denominator", "value"), figure, strict=True):
            assert (mine[name] is None) == (value is None), key
            assert value is None or math.isclose(mine[name], value, rel_tol=1e-12), key

"""The object users hold: snapshots, people, workers, schemes of one's own."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import pytest

import kaohe

CHAT = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,b1,2026-10-01 09:00:00,buyer,,1,在吗
s1,b1,2026-10-01 09:00:20,agent,lin,2,在的
s1,b2,2026-10-02 10:00:00,buyer,,3,多少钱
s1,b2,2026-10-02 10:02:00,agent,mo,4,十元
"""
MORE = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,b3,2026-10-02 10:00:00,buyer,,5,包邮吗
"""


@pytest.fixture
def workspace(tmp_path: Path) -> kaohe.Workspace:
    (tmp_path / "messages.csv").write_text(CHAT, encoding="utf-8")
    made = kaohe.create(tmp_path / "workspace")
    made.import_exports([tmp_path / "messages.csv"])
    return made


def rate(workspace: kaohe.Workspace, at: int | None = None) -> float:
    found: float = workspace.figures(by=["shop"], metrics=["reply_rate"], at=at)["value"].item()
    return found


def test_figures_can_be_asked_as_they_were_after_an_older_import(workspace: kaohe.Workspace, tmp_path: Path) -> None:
    assert rate(workspace) == 1
    (tmp_path / "more.csv").write_text(MORE, encoding="utf-8")
    workspace.import_exports([tmp_path / "more.csv"])
    assert rate(workspace) == 2 / 3
    assert rate(workspace, at=1) == 1
    assert workspace.span() == (date(2026, 10, 1), date(2026, 10, 2))


def test_figures_spread_over_processes_are_the_same(workspace: kaohe.Workspace) -> None:
    here = workspace.figures(by=["agent", "hour"])
    for folder in ("figures", "tallies", "parts", "waits"):
        for file in (workspace.root / "cache" / folder).rglob("*.parquet"):
            file.unlink()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as workers:
        assert workspace.figures(by=["agent", "hour"], executor=workers).equals(here)


def test_a_cache_that_was_damaged_is_made_anew(workspace: kaohe.Workspace) -> None:
    before = workspace.figures()
    for file in (workspace.root / "cache").rglob("*.parquet"):
        file.write_bytes(b"not parquet")
    assert workspace.figures().equals(before)


def test_a_workspace_has_its_own_packs(workspace: kaohe.Workspace) -> None:
    folder = workspace.root / "packs"
    folder.mkdir()
    (folder / "generic.yaml").write_text(
        "name: generic\ntitle: {zh: 自家口径, en: Our own}\nplatform: generic\ndefault: true\n"
        "versions:\n- {source: us, certainty: D, parameters: {window: '10:00-23:00'}}\n",
        encoding="utf-8",
    )
    found = kaohe.open(workspace.root).figures(by=["shop"], metrics=["consulting_buyers"])
    assert found["value"].to_list() == [1]


def test_appraising_takes_the_agents_of_the_period(workspace: kaohe.Workspace, tmp_path: Path) -> None:
    (tmp_path / "agents.csv").write_text(
        "agent_id,name,group,role,joined_on,left_on\nlin,小林,一组,presale,,\nmo,小莫,一组,presale,,\nwu,小吴,二组,presale,2026-11-01,\n",
        encoding="utf-8",
    )
    workspace.import_exports([tmp_path / "agents.csv"])
    ranking, _ = workspace.appraise().to_frames()
    assert set(ranking["agent_id"]) == {"lin", "mo"}


def test_a_folder_that_is_no_workspace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(kaohe.Failure, match="no kaohe workspace"):
        kaohe.open(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(kaohe.Failure, match="is a file"):
        kaohe.create(tmp_path / "file")

"""The same work on SQLite and on PostgreSQL: first visit, login, the log under several writers, two people on one thing at once, and moving between them."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from postgres import postgres  # noqa: F401
from small_site import made

from kaohe.workspace import Workspace

HERE = Path(__file__).parent
STEPS = ("first_visit", "log_of_many", "two_on_one_thing", "uploads", "drafts", "told")


def surroundings(workspace, url):
    """The environment of a program of ours on a workspace and a database; `url` None is the workspace's own."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "KAOHE_WORKSPACE", "KAOHE_LANG")}
    environment |= {"KAOHE_WORKSPACE": str(workspace), "DJANGO_SETTINGS_MODULE": "kaohe_web.settings", "PYTHONPATH": str(HERE)}
    return environment | ({"DATABASE_URL": url} if url else {})


def ran(workspace, url, *command, expected=0):
    """What such a program printed."""
    environment = surroundings(workspace, url)
    found = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, timeout=120)
    assert found.returncode == expected, found.stdout + found.stderr
    return found.stdout + found.stderr


def kaohe(workspace, url, *command, expected=0):
    return ran(workspace, url, "-m", "kaohe.cli", *command, "--workspace", str(workspace), expected=expected)


@pytest.fixture(scope="module")
def sites(tmp_path_factory, postgres):  # noqa: F811
    """A site on each database on which people have worked: its workspace and database."""
    found = {}
    for name, url in (("sqlite", None), ("postgresql", postgres.database())):
        workspace = made(tmp_path_factory.mktemp(name) / "workspace").root
        ran(workspace, url, str(HERE / "journey.py"), *STEPS)
        found[name] = (workspace, url)
    return found


@pytest.fixture(scope="module")
def saved(sites, tmp_path_factory):
    """A backup of each of the two."""
    files = {name: tmp_path_factory.mktemp("saved") / f"{name}.zip" for name in sites}
    for name, (workspace, url) in sites.items():
        assert "核对无误" in kaohe(workspace, url, "backup", str(files[name]))
    return files


def test_people_work_and_the_log_is_whole(sites):
    workspace, url = sites["postgresql"]
    assert "完好" in kaohe(workspace, url, "audit", "verify")
    assert (workspace / "web").stat().st_mode & 0o077 == 0


def test_the_site_on_postgresql_leaves_no_database_in_its_workspace(sites):
    workspace, url = sites["postgresql"]
    assert not (workspace / "web" / "state.sqlite3").exists()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM org_user").fetchone()[0] > 20


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True)


def state(file):
    """The rows of every table in a backup, by table; those that work leaves behind are no part of what people made."""
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.startswith("state/")]
        return {name: [json.loads(line) for line in archive.read(name).decode().splitlines()] for name in names}


@pytest.mark.parametrize(("one", "other"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_site_moves_from_one_database_to_the_other_and_back(saved, postgres, tmp_path, one, other):  # noqa: F811
    first, second = saved[one], tmp_path / "second.zip"
    target = postgres.database() if other == "postgresql" else None
    assert "完好" in kaohe(tmp_path / "moved", target, "restore", str(first))
    kaohe(tmp_path / "moved", target, "backup", str(second))
    before, after = state(first), state(second)
    assert len(before["state/org.user.jsonl"]) > 20
    assert len(before["state/audit.event.jsonl"]) > 20
    assert len(before["state/notices.delivery.jsonl"]) == 1
    assert before == after
    # Work goes on where it was moved to: the next row does not meet an old one's number.
    ran(tmp_path / "moved", target, str(HERE / "journey.py"), "goes_on")


def test_a_backup_is_of_one_moment_while_people_work_and_import(sites, tmp_path):
    workspace, url = sites["sqlite"]
    busy = subprocess.Popen(
        [sys.executable, str(HERE / "journey.py"), "busy"],
        env=surroundings(workspace, url),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        begun = int(busy.stdout.readline())
        kaohe(workspace, url, "backup", str(tmp_path / "busy.zip"))
    finally:
        said, _ = busy.communicate("", timeout=60)
    done = int(said.split()[-1])
    assert busy.returncode == 0
    assert "完好" in kaohe(tmp_path / "moved", None, "restore", str(tmp_path / "busy.zip"))
    logged = [row["about_id"] for row in state(tmp_path / "busy.zip")["state/audit.event.jsonl"] if row["about_id"].startswith("busy")]
    there = [name for name in Workspace(tmp_path / "moved").table("agents")["agent_id"] if name.startswith("busy")]
    assert sorted(logged) == sorted(there)
    assert begun <= len(there) < done


def test_a_backup_of_older_tables_is_made_as_they_are_and_brought_up_to_date_where_it_is_restored(tmp_path):
    workspace = made(tmp_path / "workspace").root
    ran(workspace, None, str(HERE / "journey.py"), "first_visit")
    # As if an older version had made them: the newest tables of this one are taken away again.
    ran(workspace, None, "-m", "django", "migrate", "django_tasks_database", "0016")
    kaohe(workspace, None, "backup", str(tmp_path / "old.zip"))
    with zipfile.ZipFile(tmp_path / "old.zip") as archive:
        said = dict(json.loads(archive.read("manifest.json"))["state"]["migrations"])
    assert said["django_tasks_database"].startswith("0016")
    kaohe(tmp_path / "moved", None, "restore", str(tmp_path / "old.zip"))
    ran(tmp_path / "moved", None, "-m", "django", "migrate", "--check")
    assert len(state(tmp_path / "old.zip")["state/org.user.jsonl"]) == 2


def test_a_backup_is_not_restored_over_tables_that_are_there(sites, saved, tmp_path):
    assert "已经有表" in kaohe(tmp_path / "new", sites["postgresql"][1], "restore", str(saved["sqlite"]), expected=2)
    assert list(tmp_path.iterdir()) == []

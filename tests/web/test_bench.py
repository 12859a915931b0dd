"""The script that measures pages: it asks every kind of page, and leaves nothing behind."""

import os
import subprocess
import sys

import pytest


def asked(folder, *more):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "kaohe_web.settings", "TMPDIR": str(folder)}
    environment.pop("KAOHE_WORKSPACE", None)
    command = [sys.executable, "-m", "kaohe_web.bench", "--agents", "60", "--users", "2", *more]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert not list(folder.iterdir())
    return done, [row.split() for row in done.stdout.splitlines()[2:]]


@pytest.fixture(scope="module")
def every_page(tmp_path_factory):
    return asked(tmp_path_factory.mktemp("bench"), "--seconds", "4")


def test_every_kind_of_page_is_asked_and_is_a_page(every_page):
    done, rows = every_page
    assert not done.stderr
    assert {row[4].split("/")[1] for row in rows} == {
        "",
        "boards",
        "people",
        "roster",
        "imports",
        "schemes",
        "appraisals",
        "audit",
        "notices",
    }
    assert all(int(row[2]) > 0 and row[3] == "0" for row in rows)


def test_an_address_that_is_no_page_fails(tmp_path):
    done, rows = asked(tmp_path, "--seconds", "1", "/boards/nowhere/")
    assert (done.returncode, rows[0][3] == rows[0][2]) == (1, True)

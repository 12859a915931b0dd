"""Two programs that call about one thing at the same moment, on either database: one succeeds, the other is told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from appraisals_data import month
from postgres import postgres  # noqa: F401

HERE = Path(__file__).parent


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_of_two_calls_at_the_same_moment_one_is_told(tmp_path, database, request):
    workspace = month(tmp_path / "workspace").root
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "KAOHE_WORKSPACE", "KAOHE_LANG")}
    environment |= {"KAOHE_WORKSPACE": str(workspace), "DJANGO_SETTINGS_MODULE": "kaohe_web.settings", "PYTHONPATH": str(HERE)}
    if database == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres").database()
    found = subprocess.run([sys.executable, str(HERE / "api_at_once.py")], env=environment, capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stdout + found.stderr

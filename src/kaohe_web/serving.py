"""Starting the site on a workspace: state brought up to date, the link for the first visit, the web server and the worker beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PORT = 8000


def configured(workspace: Path) -> None:
    """Make the site of a workspace this process's."""
    os.environ["KAOHE_WORKSPACE"] = str(workspace.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaohe_web.settings")
    import django

    django.setup()


def prepared(workspace: Path) -> None:
    """Bring the state of a workspace's site up to date, and make its tables readable from this process."""
    configured(workspace)
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    # What jobs came to is kept with what asked for them; the jobs themselves need not stay.
    call_command("prune_db_task_results", queue_name="*", verbosity=0)
    # Digests of passwords and the keys of channels are in it.
    (workspace / "web").chmod(0o700)


def web_server(host: str, port: int, workers: int) -> list[str]:
    """The command of the web server. Two threads a process: with more they wait for each other, and pages that read much come late."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(workers)]
    return [*command, "--blocking-threads", "2", "--no-access-log", "--log-level", "warning", "kaohe_web.wsgi:application"]


def serve(workspace: Path, *, host: str, port: int, workers: int, told: Callable[[str | None], None]) -> int:
    """Serve until stopped; returns the exit code. `told` is called once, with the token for the first visit, before the server starts.

    The worker that runs imports and the like is a process of its own; it is started again if it dies, and ends with the server.
    """
    prepared(workspace)
    from kaohe_web.org.actions import invite_first

    token = invite_first()
    environment = {**os.environ, "KAOHE_HOSTS": os.environ.get("KAOHE_HOSTS", f"localhost,127.0.0.1,[::1],{host}")}
    os.environ.update(environment)
    told(token)
    command = web_server(host, port, workers)
    jobs = [sys.executable, "-m", "django", "db_worker", "--interval", "1"]
    server, worker = subprocess.Popen(command, env=environment), subprocess.Popen(jobs, env=environment)

    def stop(*_: object) -> None:
        server.terminate()

    signal.signal(signal.SIGTERM, stop)
    try:
        while True:
            try:
                return server.wait(timeout=2)
            except subprocess.TimeoutExpired:
                if worker.poll() is not None:
                    worker = subprocess.Popen(jobs, env=environment)
    except KeyboardInterrupt:
        server.terminate()
        return server.wait()
    finally:
        worker.terminate()
        worker.wait()

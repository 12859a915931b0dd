"""A site of its own in a folder, with a database in a file, and its worker as a process that can be killed. Run as a script by the tests."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main(step: str, folder: str, lease: str) -> None:
    os.environ["KAOHE_WORKSPACE"] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaohe_web.settings"
    import django
    from django.conf import settings

    settings.IMPORTS_LEASE_SECONDS = float(lease)
    django.setup()
    {"made": made, "work": work, "hang": hang, "slow": slow, "race": race}[step](Path(folder))


def made(folder: Path) -> None:
    """The tables, one user, and an upload of one file that was recognised and started."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from django.db import transaction
    from uploads import MORE

    from kaohe_web.imports import actions, jobs
    from kaohe_web.imports.uploading import ToDisk
    from kaohe_web.org.models import Grant, User
    from kaohe_web.org.roles import Role

    admin = User.objects.create(username="admin", name="Admin")
    Grant.objects.create(user=admin, role=Role.ADMIN)
    handler = ToDisk(10_000)
    handler.new_file("files", "chats.csv", "text/csv", None)
    handler.receive_data_chunk(MORE.encode(), 0)
    batch, _ = actions.upload(by=admin, files=[handler.file_complete(len(MORE.encode()))], lang="zh")
    assert batch is not None
    jobs.work.call(batch.pk)
    with transaction.atomic():
        actions.start(by=admin, batch=batch)


def work(_: Path) -> None:
    """A worker that ends when nothing is left to do now."""
    from django.core.management import call_command

    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


def hang(folder: Path) -> None:
    """A worker that gets as far as `HANG` says (read, written) and stays there until it is killed."""
    from kaohe_web.imports import jobs
    from kaohe_web.imports.fence import Fenced

    run = Fenced.import_exports

    def stay() -> None:
        (folder / "reached").touch()
        time.sleep(60)

    if os.environ["HANG"] == "written":

        def written(self, *args, **kwargs):
            report = run(self, *args, **kwargs)
            stay()
            return report

        Fenced.import_exports = written
    else:
        jobs.Beat.advance = lambda self, count, label: stay()
    work(folder)


def slow(folder: Path) -> None:
    """A worker that takes two leases' time and lives."""
    from kaohe_web.imports import jobs

    advance = jobs.Beat.advance

    def late(self, count, label):
        (folder / "reached").touch()
        time.sleep(2.5)
        advance(self, count, label)

    jobs.Beat.advance = late
    work(folder)


def race(_: Path) -> None:
    """Two who start one upload in the same moment; what each was told."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from django.db import connection

    from kaohe_web.imports import actions
    from kaohe_web.imports.models import Batch
    from kaohe_web.org.models import User

    Batch.objects.update(state="recognised")
    together = Barrier(2)

    def start(_: int) -> str:
        batch, by = Batch.objects.get(), User.objects.get()
        together.wait()
        try:
            actions.start(by=by, batch=batch)
        except Exception as error:
            return type(error).__name__
        finally:
            connection.close()
        return "started"

    with ThreadPoolExecutor(2) as people:
        print(*sorted(people.map(start, range(2))))


if __name__ == "__main__":
    main(*sys.argv[1:])

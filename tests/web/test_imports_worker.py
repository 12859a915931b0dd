"""Workers that are killed, that are slow, and that come too late: an import is done, once, whatever happens to them."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from uploads import MORE, WRONG, looked, queued, upload, worked

import kaohe
from kaohe_web.audit.models import Event
from kaohe_web.imports import jobs, limits
from kaohe_web.imports.models import Batch
from kaohe_web.imports.states import State
from kaohe_web.notices.models import Notice

HERE = Path(__file__).parent
LEASE = 1.0
PATIENCE = 40


def process(folder, step, **more):
    """A step of `worker_site.py` over the site in a folder."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)]), **more}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, str(HERE / "worker_site.py"), step, str(folder), str(LEASE)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def done(process):
    out, trouble = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "Traceback" in trouble) == (0, False), trouble
    return out


@pytest.fixture(scope="module")
def site_with_an_import(small_site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("away") / "workspace"
    shutil.copytree(small_site, folder)
    done(process(folder, "made"))
    return folder


@pytest.fixture
def away(site_with_an_import, tmp_path):
    """The folder of a site with a started import, and a way to start its worker as a process."""
    folder, running = tmp_path / "workspace", []
    shutil.copytree(site_with_an_import, folder)

    def run(step, **more):
        running.append(process(folder, step, **more))
        return running[-1]

    yield folder, run
    for one in running:
        one.kill()
        one.communicate()


def told(folder):
    """State and tries of the upload; how its file was found, its rows, the number of its import."""
    with contextlib.closing(sqlite3.connect(folder / "web" / "state.sqlite3", timeout=20)) as state:
        batch = state.execute("SELECT state, tries FROM imports_batch").fetchone()
        return (*batch, *state.execute("SELECT found, new + same, number FROM imports_file").fetchone())


def reached(folder, process):
    until = time.monotonic() + PATIENCE
    while not (folder / "reached").exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize("where", ["read", "written"])
def test_an_import_whose_worker_is_killed_is_found_and_done_by_the_next(away, where):
    folder, run = away
    before = kaohe.open(folder).lake.snapshot().number
    worker = run("hang", HANG=where)
    reached(folder, worker)
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait(timeout=PATIENCE) == -signal.SIGKILL
    assert told(folder)[:2] == ("running", 1)
    # While the lease lasts nobody takes over; the job that does is waiting in the database.
    time.sleep(LEASE + 0.3)
    done(run("work"))
    after = kaohe.open(folder)
    number = before + (1 if where == "read" else 2)
    assert told(folder) == ("done", 2, "imported", 3, number)
    assert after.lake.snapshot().number == number
    messages = after.table("messages")
    assert (messages.height, messages.unique(["shop_id", "message_id"]).height) == (12, 12)


def test_a_slow_worker_keeps_its_lease_and_nobody_takes_over(away):
    folder, run = away
    before = kaohe.open(folder).lake.snapshot().number
    worker = run("slow")
    reached(folder, worker)
    time.sleep(LEASE + 0.3)
    done(run("work"))
    done(worker)
    assert told(folder) == ("done", 1, "imported", 3, before + 1)
    assert kaohe.open(folder).lake.snapshot().number == before + 1


def test_two_workers_at_once_import_it_once(away):
    folder, run = away
    before = kaohe.open(folder).lake.snapshot().number
    # The job that would have taken over from who looked at the files is due by now, beside the one of who started it.
    time.sleep(LEASE + 0.3)
    for worker in (run("work"), run("work")):
        done(worker)
    assert told(folder) == ("done", 1, "imported", 3, before + 1)
    assert kaohe.open(folder).lake.snapshot().number == before + 1


def test_of_two_who_start_it_in_the_same_moment_one_is_told(away):
    _, run = away
    assert done(run("race")) == "WrongState started\n"


# In this process ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def started(as_, site):
    batch = looked(as_("admin"), chats=MORE)
    as_("admin").post(f"/imports/{batch.pk}/start/")
    batch.refresh_from_db()
    return batch


def dead(batch):
    """As a killed worker leaves it, its lease run out."""
    Batch.objects.filter(pk=batch.pk).update(
        state=State.RUNNING, lease="somebody's", beat_at=timezone.now() - limits.lease() - timedelta(seconds=1)
    )


@pytest.mark.django_db
def test_what_another_worker_is_at_is_left_alone_and_looked_after_later(started):
    Batch.objects.filter(pk=started.pk).update(state=State.RUNNING, lease="somebody's", beat_at=timezone.now())
    before = queued()
    batch = worked(started)
    assert (batch.state, batch.lease) == (State.RUNNING, "somebody's")
    later = DBTaskResult.objects.latest("run_after")
    assert queued() == before + 1
    assert later.run_after > timezone.now() + limits.lease() - timedelta(seconds=5)


@pytest.mark.django_db
def test_what_worker_after_worker_dies_of_is_given_up(started):
    Batch.objects.filter(pk=started.pk).update(tries=limits.MOST_TRIES)
    dead(started)
    batch = worked(started)
    assert (batch.state, batch.why[0]["code"]) == (State.FAILED, "web_import_died")
    assert Notice.objects.get().event == "import_failed"
    assert Event.objects.filter(action="import.failed").count() == 1


@pytest.mark.django_db
def test_a_job_for_what_is_done_or_gone_does_nothing(started):
    assert worked(started).state == State.DONE
    before = queued()
    assert worked(started).state == State.DONE
    jobs.work.call(started.pk + 1000)
    assert queued() == before
    assert Event.objects.filter(action="import.done").count() == 1


@pytest.mark.django_db
def test_who_was_taken_over_writes_nothing_any_more(started, monkeypatch, site):
    settled = jobs._settle

    def late(file, *rest):
        settled(file, *rest)
        Batch.objects.filter(pk=started.pk).update(lease="another's")

    monkeypatch.setattr(jobs, "_settle", late)
    batch = worked(started)
    assert (batch.state, batch.lease) == (State.RUNNING, "another's")
    assert not Event.objects.filter(action__in=["import.done", "import.failed"]).exists()


@pytest.mark.django_db
def test_files_that_were_imported_before_the_worker_died_are_passed_over(as_, site):
    batch = looked(as_("admin"), chats=MORE, more=WRONG.replace(",n", ",k"))
    as_("admin").post(f"/imports/{batch.pk}/start/")
    batch.files.filter(name="chats.csv").update(found="imported", number=1, new=3)
    before = site.lake.snapshot().number
    dead(batch)
    batch = worked(batch)
    assert (batch.state, batch.numbers) == (State.DONE, [1, before + 1])


@pytest.mark.django_db
def test_the_job_that_takes_over_is_queued_before_the_work_begins(as_, site):
    batch = upload(as_("admin"), chats=MORE)[1]
    before = queued()
    worked(batch)
    assert queued() == before + 1


@pytest.mark.django_db
def test_the_page_says_when_nobody_works_although_somebody_should(as_, site):
    admin = as_("admin")
    batch = upload(admin, chats=MORE)[1]
    assert "等得比平时久" not in admin.get(f"/imports/{batch.pk}/progress/").content.decode()
    Batch.objects.filter(pk=batch.pk).update(changed_at=timezone.now() - timedelta(minutes=5))
    assert "等得比平时久" in admin.get(f"/imports/{batch.pk}/progress/").content.decode()


@pytest.mark.django_db
def test_a_board_that_fails_to_refresh_does_not_undo_an_import(started, django_capture_on_commit_callbacks):
    from kaohe_web.signals import imported

    def broken(**_):
        raise RuntimeError("no board today")

    imported.connect(broken)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            batch = worked(started)
    finally:
        imported.disconnect(broken)
    assert batch.state == State.DONE

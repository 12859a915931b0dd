"""What the site keeps in its database, as plain rows that either database takes: written for a backup, read back from one.

Rows are written and read back by the tables as the migrations that were applied describe them, and tables are brought up to date only after they
were read back: a backup can be made before a new program is let at the data, and an old backup fits a new program.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import OperationalError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from filelock import FileLock, Timeout

from kaohe.archive import DATABASE_USED, LOG_BROKEN, NEWER, STATE_NEWER
from kaohe.errors import failure
from kaohe.lake.lake import BUSY
from kaohe_web.audit.models import Head
from kaohe_web.audit.records import verify

LEFT_OUT_APPS = ("contenttypes", "auth", "sessions", "axes")
"""Made anew by migrations, or of one machine: who is logged in, whose name is locked."""
LEFT_OUT_TABLES = ("org.user_groups", "org.user_user_permissions")
"""Point at rows of those, and are not used."""
ALIAS = "backup"
BATCH = 500


@contextmanager
def frozen_at_one_moment(lake: Path, collect: Callable[[], None], wait: float = 600) -> Iterator[Callable[[Path], dict[str, Any]]]:
    """The database as it was when `collect` ran: a function that writes it to a folder and says what it wrote.

    While `collect` runs nobody changes or imports anything; afterwards everybody may, and what is written is still that moment's.
    Raises `Failure` where an import is running and does not end in time.
    """
    settings = copy.deepcopy(connections.databases["default"])
    # A reader's transaction: it keeps nobody from writing.
    settings["OPTIONS"].pop("transaction_mode", None)
    if connection.vendor == "postgresql":
        from psycopg import IsolationLevel

        settings["OPTIONS"]["isolation_level"] = IsolationLevel.REPEATABLE_READ
    connections.databases[ALIAS] = settings
    try:
        with transaction.atomic(using=ALIAS):
            with _still(lake, wait):
                # The first thing read decides what the transaction sees.
                list(Head.objects.using(ALIAS).all())
                collect()
            yield _dumped
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]


@contextmanager
def _still(lake: Path, wait: float) -> Iterator[None]:
    """Hold the site's changes and the lake's imports together.

    In the order in which a change takes both: first the log, which every change locks, then the lake. Where an import is running the log is let
    go while waiting for it.
    """
    lock, until = FileLock(lake / ".lock"), time.monotonic() + wait
    while True:
        with ExitStack() as held:
            if _changes_stopped(held) and _acquired(lock):
                held.callback(lock.release)
                yield
                return
        if time.monotonic() > until:
            raise failure(BUSY, seconds=round(wait))
        time.sleep(0.2)


def _changes_stopped(held: ExitStack) -> bool:
    """Lock the log until `held` ends. False where the database let others go first for so long that it gave up."""
    try:
        held.enter_context(transaction.atomic())
    except OperationalError:
        return False
    Head.objects.get_or_create(pk=1)
    Head.objects.select_for_update().get(pk=1)
    return True


def _acquired(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=1)
    except Timeout:
        return False
    return True


def has_state() -> bool:
    """Whether the site was ever started on its database."""
    return Head._meta.db_table in connection.introspection.table_names()


def _dumped(folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    then, registry = _as_applied()
    rows = {}
    for model in kept(registry):
        fields = model._meta.concrete_fields
        with (folder / f"{model._meta.label_lower}.jsonl").open("w", encoding="utf-8") as file:
            count = 0
            for one in model._base_manager.using(ALIAS).order_by("pk").iterator(chunk_size=2000):
                file.write(json.dumps({field.attname: _plain(field, one) for field in fields}, ensure_ascii=False) + "\n")
                count += 1
        rows[model._meta.label_lower] = count
    head = Head.objects.using(ALIAS).get(pk=1)
    return {"migrations": then, "rows": rows, "log": {"number": head.number, "seal": head.seal}}


def _as_applied() -> tuple[list[tuple[str, str]], Any]:
    """The last migrations that were applied, and the models as they were after them."""
    loader = MigrationLoader(connections[ALIAS])
    applied, nodes = set(loader.applied_migrations), loader.graph.node_map
    if not applied <= set(nodes):
        raise failure(STATE_NEWER)
    last = sorted(key for key in applied if not any(child.key in applied and child.key[0] == key[0] for child in nodes[key].children))
    return last, loader.project_state(last).apps


def kept(registry: Any) -> list[type[Model]]:
    """The tables that go into a backup, in order of name."""
    models = [
        model
        for model in registry.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and model._meta.app_label not in LEFT_OUT_APPS
        and model._meta.label_lower not in LEFT_OUT_TABLES
    ]
    return sorted(models, key=lambda model: model._meta.label_lower)


def _plain(field: Any, one: Model) -> Any:
    value = getattr(one, field.attname)
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return field.value_to_string(one)


def load(folder: Path, state: Mapping[str, Any], version: str) -> int:
    """Read a backup's rows into an empty database, bring it up to date, and verify the log. Returns how many entries the log has.

    `version` is that of the program that wrote it.
    Raises `Failure` where there are tables already, the backup is of a newer program, or the log is not whole.
    """
    try:
        return _loaded(folder, state, version)
    finally:
        # The database's files move to their place with the folder they are in.
        connections.close_all()


def _loaded(folder: Path, state: Mapping[str, Any], version: str) -> int:
    if connection.introspection.table_names():
        raise failure(DATABASE_USED)
    executor = MigrationExecutor(connection)
    then = [(str(app), str(name)) for app, name in state["migrations"]]
    if any(target not in executor.loader.graph.nodes for target in then):
        raise failure(NEWER, version=version)
    executor.migrate(then)
    registry = executor.loader.project_state(then).apps
    models = kept(registry)
    if {model._meta.label_lower for model in models} != set(state["rows"]):
        raise failure(NEWER, version=version)
    with transaction.atomic():
        for model in models:
            if _filled(model, folder / f"{model._meta.label_lower}.jsonl") != state["rows"][model._meta.label_lower]:
                raise failure(NEWER, version=version)
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(sql)
    call_command("migrate", interactive=False, verbosity=0)
    found = verify()
    head = Head.objects.filter(pk=1).first()
    said = state["log"]
    if found.wrong is not None or head is None or (head.number, head.seal) != (said["number"], said["seal"]):
        raise failure(LOG_BROKEN, number=found.wrong or found.entries + 1)
    return found.entries


def _filled(model: type[Model], file: Path) -> int:
    # Migrations make tables with rows of their own; the backup's are all there were.
    model._base_manager.all().delete()
    fields = model._meta.concrete_fields
    for field in fields:
        # These are models of migrations, made for this: times stay as they were.
        for name in ("auto_now", "auto_now_add"):
            if hasattr(field, name):
                setattr(field, name, False)
    batch: list[Model] = []
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            given = json.loads(line)
            batch.append(model(**{field.attname: field.to_python(given[field.attname]) for field in fields}))
            if len(batch) == BATCH:
                model._base_manager.bulk_create(batch)
                batch = []
    model._base_manager.bulk_create(batch)
    return int(model._base_manager.count())

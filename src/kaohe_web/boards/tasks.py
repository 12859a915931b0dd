"""What the worker does for boards: make figures ready after an import, and count what was asked and does not add up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django_tasks import task
from django_tasks_db.models import DBTaskResult

from kaohe_web.boards import answers, ready
from kaohe_web.boards.metrics import ON, WHOLE


def on_import(**_sent: Any) -> None:
    """Hears of an import and has the figures made ready; once, where several imports come one after another."""
    if not DBTaskResult.objects.ready().filter(task_path=prepare.module_path).exists():
        prepare.enqueue()


@task()
def prepare() -> None:
    """Bring what is kept up to date, and count beforehand what boards show first."""
    of = ready.refresh()
    if of.last is None:
        return
    for first in (of.last, of.last - timedelta(days=of.last.weekday()), of.last.replace(day=1)):
        for by in (("shop",), ("platform",), ("group",), ("agent",)):
            for metrics in ON.values():
                wanted = tuple(metric for metric in metrics if metric in WHOLE)
                if wanted and not answers.place(of.key, first, of.last, by, wanted, None).exists():
                    answers.count(first, of.last, by, wanted, None)


@task()
def count(first: str, last: str, by: list[str], metrics: list[str], shops: list[str] | None) -> None:
    """Count an answer somebody waits for."""
    some = None if shops is None else frozenset(shops)
    answers.count(date.fromisoformat(first), date.fromisoformat(last), tuple(by), tuple(metrics), some)


def enqueue(first: date, last: date, by: tuple[str, ...], metrics: tuple[str, ...], shops: frozenset[str] | None) -> None:
    """Have it counted in the background."""
    count.enqueue(first.isoformat(), last.isoformat(), list(by), list(metrics), None if shops is None else sorted(shops))

"""Run by itself, with KAOHE_WORKSPACE (a month of `appraisals_data`) and DATABASE_URL set: two people at work on one cycle at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import django


def told(*jobs: Callable[[], object]) -> list[bool]:
    """Which of some jobs, all begun at once, were told that somebody was quicker; any other trouble is a mistake of ours."""
    from django.core.exceptions import PermissionDenied, ValidationError
    from journey import at_once

    from kaohe.errors import Failure
    from kaohe_web.appraisals.states import Conflict

    found = at_once(*jobs)
    for one in found:
        if isinstance(one, Exception) and not isinstance(one, ValidationError | Conflict | PermissionDenied | Failure):
            raise one
    return sorted(isinstance(one, Exception) for one in found)


def main() -> None:
    from appraisals_data import do, fresh, person, published, scoring, until, worked
    from django.core.management import call_command
    from django.utils import timezone

    from kaohe_web.appraisals import actions, appeals, marks
    from kaohe_web.appraisals.models import Appeal, Cycle, Verdict
    from kaohe_web.audit.models import Event
    from kaohe_web.audit.records import verify
    from kaohe_web.site import workspace

    call_command("migrate", verbosity=0)
    one, two = (person(name, "admin") for name in ("chen", "song"))
    lin = person("lin", "agent", agent_id="lin")
    cycle = scoring(one, published(one))

    def both(job: Callable[..., object]) -> list[bool]:
        return told(*(lambda by=by: job(by) for by in (one, two)))

    key = ("lin", "qa_score")
    assert both(lambda by: marks.enter(by=by, cycle=cycle, given={key: (Decimal(by.pk), "")}, was={key: ""})) == [False, True]
    given = cycle.scores.get()
    assert given.score == given.by_id
    assert workspace().table("scores")["score"].to_list() == [float(given.by_id)]
    do("compute", one, worked(cycle))
    seen = fresh(cycle).revision
    assert both(lambda by: actions.review(by=by, cycle=cycle, revision=seen, until=until())) == [False, True]
    filed = {"about": "item", "item": "reply_rate_30s", "subject": "", "reason": "x", "evidence": ""}
    appeal = appeals.file(by=lin, cycle=cycle, **filed)
    figure = appeals.Figure("reply_rate_30s", Decimal(1), Decimal(0), cycle.last)
    decided = both(lambda by: appeals.decide(by=by, appeal=appeal, accepted=True, words="好", correction=figure))
    assert decided == [False, True]
    assert workspace().table("adjustments").height == 1
    worked(cycle)
    Cycle.objects.update(appeals_until=timezone.localdate() - timedelta(1))
    seen = fresh(cycle).revision
    assert both(lambda by: actions.confirm(by=by, cycle=cycle, revision=seen)) == [False, True]
    seen = fresh(cycle).revision
    assert both(lambda by: actions.close(by=by, cycle=cycle, revision=seen)) == [False, True]
    assert len(workspace().ledgers()) == 1
    assert [one.state for one in Appeal.objects.all()] == [Verdict.ACCEPTED]
    assert verify().wrong is None
    for action in ("cycle.scored", "cycle.in_review", "cycle.confirmed", "cycle.closed", "appeal.decided"):
        assert Event.objects.filter(action=action).count() == 1, action


if __name__ == "__main__":
    django.setup()
    main()

"""Run by itself, with KAOHE_WORKSPACE and DATABASE_URL set: two people at work on one scheme at the same moment."""

from __future__ import annotations

from collections.abc import Callable

import django


def told(*jobs: Callable[[], object]) -> list[bool]:
    """Which of some jobs, all begun at once, were told that somebody was quicker; any other trouble is a mistake of ours."""
    from django.core.exceptions import ValidationError
    from journey import at_once

    from kaohe_web.schemes.states import Conflict

    found = at_once(*jobs)
    for one in found:
        if isinstance(one, Exception) and not isinstance(one, ValidationError | Conflict):
            raise one
    return sorted(isinstance(one, Exception) for one in found)


def main() -> None:
    from django.core.management import call_command
    from schemes_data import SMALL

    from kaohe_web.audit.models import Event
    from kaohe_web.audit.records import verify
    from kaohe_web.org.models import Grant, User
    from kaohe_web.schemes import actions
    from kaohe_web.schemes.models import SchemeVersion, State

    call_command("migrate", verbosity=0)
    one, two = (User.objects.create(username=name) for name in ("chen", "mo"))
    for user in (one, two):
        Grant.objects.create(user=user, role="admin")

    assert told(*(lambda by=by: actions.start(by=by, name="售前", text=SMALL) for by in (one, two))) == [False, True]
    draft = SchemeVersion.objects.get()
    texts = {by.pk: SMALL.replace("3500", f"36{by.pk}0") for by in (one, two)}
    assert told(*(lambda by=by: actions.save(by=by, version=draft, text=texts[by.pk], revision=0) for by in (one, two))) == [False, True]
    saved = SchemeVersion.objects.get()
    assert saved.text == texts[saved.saved_by.pk]
    # One publishes what he saw while the other saves once more.
    jobs = (
        lambda: actions.publish(by=one, version=draft, revision=1),
        lambda: actions.save(by=two, version=draft, text=SMALL.replace("3500", "1"), revision=1),
    )
    assert told(*jobs) == [False, True]
    now = SchemeVersion.objects.get()
    assert (now.state == State.PUBLISHED) == (now.text == saved.text)
    if now.state == State.DRAFT:
        actions.publish(by=one, version=draft, revision=2)
    # Both ask for the next draft: they get the same.
    assert told(*(lambda by=by: actions.draft_of(by=by, version=draft) for by in (one, two))) == [False, False]
    assert sorted(SchemeVersion.objects.values_list("number", "state")) == [(1, "published"), (2, "draft")]
    assert told(*(lambda by=by: actions.retire(by=by, version=draft) for by in (one, two))) == [False, True]
    second = SchemeVersion.objects.get(number=2)
    assert told(*(lambda by=by: actions.discard(by=by, version=second, revision=0) for by in (one, two))) == [False, True]
    assert verify().wrong is None
    for action in ("started", "published", "drafted", "retired", "discarded"):
        assert Event.objects.filter(action=f"scheme.{action}").count() == 1, action


if __name__ == "__main__":
    django.setup()
    main()

"""The table of steps: every state has its way in and out, and of two who act at once the second is told."""

import re
from pathlib import Path

import pytest
from uploads import MORE, looked, queued, worked

from kaohe_web.audit.models import Event
from kaohe_web.imports import actions, jobs
from kaohe_web.imports.models import Batch
from kaohe_web.imports.states import ENDED, STEPS, WORKING, State, WrongState, after, may


def test_every_state_is_reached_and_left_unless_it_is_an_end():
    reached = {step.after for step in STEPS.values()} | {State.UPLOADED}
    left = {state for step in STEPS.values() for state in step.before}
    assert reached == set(State)
    assert left == set(State) - set(ENDED)


def test_from_every_state_some_end_can_be_reached():
    def ends(state, seen=()):
        following = {step.after for step in STEPS.values() if state in step.before} - {*seen, state}
        return state in ENDED or any(ends(one, (*seen, state)) for one in following)

    assert all(ends(state) for state in State)


def test_nothing_is_imported_that_nobody_started():
    assert [name for name, step in STEPS.items() if step.after == State.WAITING] == ["start"]
    assert STEPS["run"].before == (State.WAITING, State.RUNNING)
    assert [name for name, step in STEPS.items() if step.after == State.RUNNING] == ["run"]


def test_a_worker_is_never_stuck_with_what_it_works_on():
    assert all(may("fail", state) for state in WORKING)


def test_the_diagram_in_the_documentation_shows_every_step_and_no_other():
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "imports.md"
    drawn = re.findall(r"^  (\w+) --> (\w+): (\w+)$", page.read_text("utf-8"), re.MULTILINE)
    assert sorted(drawn) == sorted((str(before), str(step.after), name) for name, step in STEPS.items() for before in step.before)


def test_a_step_from_the_wrong_state_says_where_it_stands():
    with pytest.raises(WrongState, match="已导入"):
        after("start", State.DONE)


@pytest.mark.django_db
def test_of_two_who_start_it_at_once_one_does_and_the_other_is_told(as_, cast, site):
    batch = looked(as_("admin"), chats=MORE)
    first, second = Batch.objects.get(pk=batch.pk), Batch.objects.get(pk=batch.pk)
    jobs_before = queued()
    actions.start(by=cast["admin"], batch=first)
    with pytest.raises(WrongState, match="排队导入"):
        actions.start(by=cast["admin"], batch=second)
    assert queued() == jobs_before + 1
    assert Event.objects.filter(action="import.started").count() == 1
    assert "可能别人刚处理过" in as_("admin").post(f"/imports/{batch.pk}/start/", follow=True).content.decode()
    assert worked(batch).state == State.DONE


@pytest.mark.django_db
def test_one_who_drops_and_one_who_answers_at_once(as_, cast, site):
    batch = looked(as_("admin"), chats=MORE)
    actions.drop(by=cast["admin"], batch=batch)
    with pytest.raises(WrongState):
        actions.answer(by=cast["admin"], file=batch.files.get(), shop="s1", platform="", day=None)
    jobs.work.call(batch.pk)
    assert Batch.objects.get().state == State.DROPPED

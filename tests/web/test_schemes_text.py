"""A scheme's text changed in one place: everything else stays as it was written."""

import difflib
import random

import pytest
from django.http import QueryDict
from django.utils.http import urlencode
from hypothesis import given, settings
from hypothesis import strategies as st
from schemes_data import SHIPPED, SMALL, filled

from kaohe.appraisal import parse
from kaohe.errors import Failure
from kaohe_web.schemes import writing
from kaohe_web.schemes.checking import checked
from kaohe_web.schemes.editing import renamed, saved_head, saved_weights, tidy
from kaohe_web.schemes.editors import Editor
from kaohe_web.schemes.forms import SECTIONS
from kaohe_web.schemes.reading import LONGEST, plain, read

MANIFOLD = ("incentive-mixed", "pk", "weighted-presale")
"""Those that between them have every kind of list, comments between entries, and parts."""


def opened(text, section, index=None, **typed):
    """A form with what was typed into it, as the server gets it."""
    editor = Editor(text, section, index)
    editor.shown(0)
    sent = filled(editor, **typed)
    again = Editor(text, section, index)
    assert again.typed(QueryDict(urlencode(sent, doseq=True))), (
        again.form.errors,
        again.rows and (again.rows.errors, again.rows.non_form_errors()),
    )
    return again


def changes(before, after):
    """The lines that went and came."""
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_form_that_is_saved_as_it_was_opened_changes_nothing(name):
    text = SHIPPED[name]
    places = [(section, at) for section in SECTIONS for at in range(len(writing.entries(text, section)))]
    places += [("head", None)] + ([("grades", None)] if "grades" in plain(text) else [])
    for section, at in places:
        # A comment that opens a list may be set in by two columns less; nothing else moves.
        assert [line.lstrip() for line in opened(text, section, at).saved().splitlines()] == [line.lstrip() for line in text.splitlines()]


@pytest.mark.parametrize("name", MANIFOLD)
def test_moving_an_entry_there_and_back_gives_the_same_text(name):
    text = SHIPPED[name]
    for section in writing.LISTS:
        for at in range(len(writing.entries(text, section)) - 1):
            moved = writing.move_entry(text, section, at, 1)
            assert plain(moved) != plain(text)
            assert writing.move_entry(moved, section, at + 1, -1) == text


@pytest.mark.parametrize("name", MANIFOLD)
def test_removing_an_entry_leaves_the_others_as_they_were(name):
    text = SHIPPED[name]
    for section in writing.LISTS:
        before = writing.entries(text, section)
        for at in range(len(before)):
            left = writing.remove_entry(text, section, at)
            assert writing.entries(left, section) == [one for other, one in enumerate(before) if other != at]
            assert all(line[0] == "-" for line in changes(text, left))


def test_a_number_typed_into_a_form_changes_its_line_alone():
    after = opened(SMALL, "items", 0, worth="70").saved()
    assert changes(SMALL, after) == ["-     weight: 60", "+     weight: 70"]


def test_a_band_is_changed_in_its_place_and_keeps_its_comment():
    after = opened(SMALL, "items", 0, **{"rows-1-low": "85%", "rows-0-value": "20"}).saved()
    assert plain(after)["items"][0]["scoring"]["bands"] == [{"below": "85%", "points": 20}, {"at_least": "85%", "points": 100}]
    after = opened(SMALL, "items", 0, **{"rows-1-value": "90"}).saved()
    assert "points: 90} # 八成及格" in after


def test_a_band_in_the_middle_closes_up_to_its_neighbours():
    more = {"rows-TOTAL_FORMS": 3, "rows-1-low": "50 %", "rows-1-value": "40", "rows-2-low": "80%", "rows-2-value": "100"}
    after = opened(SMALL, "items", 0, **more).saved()
    assert plain(after)["items"][0]["scoring"]["bands"] == [
        {"below": "50%", "points": 0},
        {"at_least": "50%", "below": "80%", "points": 40},
        {"at_least": "80%", "points": 100},
    ]
    assert "points: 100} # 八成及格" in after
    assert parse(after)


def test_another_kind_of_scoring_takes_the_old_one_s_words_away():
    after = opened_as(SMALL, "items", 1, kind="attainment", target="30")
    assert plain(after)["items"][1]["scoring"] == {"kind": "attainment", "target": 30}
    assert parse(after)


def opened_as(text, section, index, **typed):
    """Another kind chosen, the fields of that kind filled in, saved."""
    editor = Editor(text, section, index)
    editor.shown(0)
    kinds = {name: typed[name] for name in ("kind", "pay_kind", "worth_kind") if name in typed}
    redrawn = Editor(text, section, index)
    redrawn.redrawn(QueryDict(urlencode({**filled(editor), **kinds, "do": "kind"}, doseq=True)))
    again = Editor(text, section, index)
    assert again.typed(QueryDict(urlencode(filled(redrawn, **typed), doseq=True))), (again.form.errors, again.rows and again.rows.errors)
    return again.saved()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"pay_kind": "fixed", "amount": "1,200.50"}, {"kind": "fixed", "amount": 1200.5}),
        ({"pay_kind": "commission_rate", "on": "metric:net_sales_amount", "rate": "1%"}, {"kind": "commission", "on": {"metric": "net_sales_amount"}, "rate": "1%"}),
        (
            {"pay_kind": "commission", "on": "metric:net_sales_amount", "rows-0-value": "1%", "rows-1-low": "50000", "rows-1-value": "2％"},
            {"kind": "commission", "on": {"metric": "net_sales_amount"}, "bands": [{"below": 50000, "rate": "1%"}, {"at_least": 50000, "rate": "2%"}]},
        ),
        (
            {"pay_kind": "tier", "by": "share:total", "rows-0-value": "0", "rows-1-low": "90%", "rows-1-value": "500"},
            {"kind": "tier", "by": {"share": "total"}, "bands": [{"below": "90%", "amount": 0}, {"at_least": "90%", "amount": 500}]},
        ),
        ({"pay_kind": "place", "prizes": "300，200、100"}, {"kind": "place", "prizes": [300, 200, 100]}),
        ({"pay_kind": "points", "amount": "5", "of": "item:reply_rate_30s"}, {"kind": "points", "amount": 5, "of": {"item": "reply_rate_30s"}}),
    ],
)  # fmt: skip
def test_a_line_of_pay_of_every_kind_can_be_added(typed, said):
    after = opened_as(SMALL, "pay", None, **typed)
    assert plain(after)["pay"]["lines"][2] == said
    assert parse(after)


def test_grades_and_what_they_pay_are_added_and_taken_away():
    rows = {"rows-0-name": "B", "rows-0-value": "1", "rows-1-name": "A", "rows-1-low": "80", "rows-1-value": "1.2"}
    graded = opened(SMALL, "grades", **rows).saved()
    assert plain(graded)["grades"]["bands"] == [
        {"below": 80, "name": "B", "coefficient": 1},
        {"at_least": 80, "name": "A", "coefficient": 1.2},
    ]
    paid = opened_as(graded, "pay", None, pay_kind="grade", **{"rows-0-value": "0", "rows-1-value": "300"})
    assert plain(paid)["pay"]["lines"][2] == {"kind": "grade", "amounts": {"B": 0, "A": 300}}
    assert parse(paid)
    none = {f"rows-{at}-{name}": "" for at in range(2) for name in ("name", "low", "value")}
    assert opened(graded, "grades", **none).saved() == SMALL


def test_an_entry_of_every_list_can_be_added_and_gives_a_scheme_without_mistakes():
    text = opened(SMALL, "gates", metric="online_hours", limit="100", missing="fail", pro_rata="no").saved()
    text = opened(text, "vetoes", metric="abuse_complaints", limit="1", effects=["no_place", "lowest_grade"]).saved()
    text = opened(text, "pk", metric="served_buyers", prizes="300, 200", vetoed="in").saved()
    text = opened(
        text, "items", metric="complaint_rate", worth="10", gated=True, **{"rows-0-value": "100", "rows-1-low": "0.1%", "rows-1-value": "0"}
    ).saved()
    text = opened(
        text, "grades", **{"rows-0-name": "C", "rows-0-value": "1", "rows-1-name": "A", "rows-1-low": "60", "rows-1-value": "1.1"}
    ).saved()
    text = saved_weights(text, {0: "50", 1: "40"})
    scheme = read(text, "售前")
    assert [(gate.missing, gate.pro_rata) for gate in scheme.gates] == [("fail", False)]
    assert [factor.vetoed for factor in scheme.pk] == ["in"]
    assert scheme.vetoes[0].effects == ("no_place", "lowest_grade")
    assert [str(item.weight) for item in scheme.items] == ["50", "40", "10"]


@pytest.mark.parametrize(("typed", "said"), [("yes", True), ("no", False), ("", None)])
def test_what_is_asked_of_who_was_there_for_a_part_is_said_where_there_is_a_target(typed, said):
    scored = {"kind": "attainment", "target": "1000", "cap": "1.2", "pro_rata": typed}
    text = opened(SMALL, "items", metric="net_sales_amount", worth="10", **scored).saved()
    scoring = read(saved_weights(text, {0: "50", 1: "40"}), "售前").items[2].scoring
    assert (scoring.kind, scoring.pro_rata) == ("attainment", said)
    assert opened(text, "items", 2).saved() == text


def test_the_head_says_who_is_judged_and_touches_nothing_else():
    data = {
        **Editor(SMALL, "head", None)._initial(),
        "roles": ["presale"],
        "groups": "一组，二组",
        "minimum_metric": "served_buyers",
        "minimum": "30",
    }
    after = saved_head(SMALL, data)
    assert plain(after)["applies_to"] == {"roles": ["presale"], "groups": ["一组", "二组"]}
    assert plain(after)["ranking"] == {"minimum": {"metric": "served_buyers", "at_least": 30}}
    assert all(line[0] == "+" for line in changes(SMALL, after))
    back = Editor(after, "head", None)._initial() | {"roles": [], "groups": "", "minimum_metric": "", "minimum": ""}
    assert saved_head(after, back) == SMALL


def test_lists_on_one_line_are_changed_too():
    text = "name: a\ntitle: 甲\nsource: x\nitems: [{metric: reply_rate, weight: 60, scoring: {kind: as_is}}, {metric: served_buyers, weight: 40, scoring: {kind: as_is}}] # 一行\n"
    assert [one["weight"] for one in plain(saved_weights(text, {0: "70", 1: "30"}))["items"]] == [70, 30]
    assert [one["metric"] for one in plain(writing.move_entry(text, "items", 0, 1))["items"]] == ["served_buyers", "reply_rate"]
    assert [one["metric"] for one in plain(writing.remove_entry(text, "items", 0))["items"]] == ["served_buyers"]
    assert len(plain(writing.add_entry(text, "items", {"metric": "reply_rate"}))["items"]) == 3


def test_what_is_referred_to_elsewhere_is_left_to_the_text():
    text = SMALL.replace("      bands:\n", "      bands: &same\n", 1)
    with pytest.raises(writing.NotInForm):
        opened(text, "items", 0, worth="70").saved()
    assert "weight: 30" in opened(text, "items", 1, worth="30").saved()
    with pytest.raises(writing.NotInForm):
        Editor(text + "gates: &more []\nvetoes: *more\n", "items", 1)


def test_words_of_several_lines_stay_as_they_are():
    text = SMALL.replace("items:\n", "note: |\n  第一行\n  # 不是注释\n\nitems:\n")
    assert plain(text)["note"] == "第一行\n# 不是注释\n"
    after = saved_head(text, Editor(text, "head", None)._initial() | {"effective_from": "2026-11-01"})
    assert plain(after)["note"] == plain(text)["note"]
    assert len(changes(text, after)) == 1


def test_a_new_scheme_has_the_name_and_title_it_was_given():
    text = renamed(SHIPPED["presale"].replace("\n", "\r\n"), "我的", "我的售前")
    assert (plain(text)["name"], plain(text)["title"]) == ("我的", "我的售前")
    assert "\r" not in text
    assert changes(SHIPPED["presale"], text) == [
        "- name: presale",
        "- title: {zh: 售前, en: Pre-sale}",
        "+ name: 我的",
        "+ title: 我的售前",
    ]


def test_every_mistake_has_its_line_and_its_entry():
    text = (
        SMALL.replace("weight: 60", "weight: 50")
        .replace("avg_response_seconds", "avg_reponse_seconds")
        .replace("kind: fixed", "kind: fixd")
    )
    found = checked(text, "售前", "zh")
    places = {(one.section, one.index) for one in found.mistakes}
    assert found.scheme is None
    assert {("items", 1), ("pay", 0)} <= places
    assert any("avg_response_seconds" in one.text and one.line == 14 for one in found.mistakes)


def test_a_text_of_another_name_is_refused():
    with pytest.raises(Failure, match="name must be 'other'"):
        read(SMALL, "other")


@pytest.mark.parametrize(
    "text",
    [
        "x" * (LONGEST + 1),
        "a: " + "[" * 3000 + "]" * 3000,
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{chr(98 + at)}: &{chr(98 + at)} [{','.join([f'*{chr(97 + at)}'] * 10)}]\n" for at in range(9)),
        "a: &a [*a]\n",
        "- 1\n",
        "",
        "%YAML 9.9\n---\na: 1\n",
        "name: !!python/object:os.system x\n",
        "name: 2026-13-45\n",
        "name: !!bool x\n",
        "? {a: 1}\n: 2\n",
        "name: a\nitems: &i\n  - {metric: reply_rate}\ngates: *i\n",
        "? [a, b]\n: c\n",
        "\x00",
        "a: 1\n---\nb: 2\n",
        "name: [\n",
        "items: {}\npay: 3\ngates: x\n",
        "items:\n  - 1\n  -\n  - [a]\n",
    ],
)
def test_nothing_typed_breaks_the_check_or_the_form(text):
    found = checked(text, "a", "zh")
    assert found.scheme is None
    assert found.mistakes
    for section in (*SECTIONS, "head", "grades"):
        try:
            editor = Editor(text, section, None)
            editor.shown(0)
        except writing.NotInForm:
            continue
        assert str(editor.form)


@settings(max_examples=12)
@given(st.integers(0, 10**9))
def test_a_text_torn_at_random_is_checked_and_changed_without_a_crash(seed):
    chance = random.Random(seed)
    lines = SHIPPED["presale"].splitlines()
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        step = chance.choice(["drop", "double", "indent", "cut"])
        if step == "drop":
            del lines[at]
        elif step == "double":
            lines.insert(at, lines[at])
        elif step == "indent":
            lines[at] = "  " + lines[at]
        else:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
    text = tidy("\n".join(lines))
    checked(text, "presale", "zh")
    for section in writing.LISTS:
        try:
            count = len(writing.entries(text, section))
            for at in range(count)[:2]:
                Editor(text, section, at).shown(0)
                assert len(writing.entries(writing.remove_entry(text, section, at), section)) == count - 1
        except writing.NotInForm:
            continue

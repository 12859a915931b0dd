"""The packs that ship: what SEMANTICS §7 promises of each platform, and where every number comes from."""

import datetime as dt
from decimal import Decimal

import pytest

from kaohe.metrics.catalogue import CATALOGUE
from kaohe.model.days import Window
from kaohe.packs import Packs

PACKS = Packs.load(metrics=CATALOGUE)
TODAY = dt.date(2026, 11, 1)


def in_force(name):
    return PACKS.named(name).on(TODAY)


def test_six_packs_ship():
    assert [pack.name for pack in PACKS] == ["douyin", "generic", "jd", "pdd", "pdd-2023", "taobao"]


@pytest.mark.parametrize("platform", ["generic", "pdd", "taobao", "jd", "douyin"])
def test_every_platform_has_a_default_pack(platform):
    assert PACKS.of_platform(platform).name == platform


def test_the_generic_pack_is_the_defaults_of_semantics_spelled_out():
    parameters = in_force("generic").parameters
    assert parameters == type(parameters)()
    assert parameters.model_fields_set == set(type(parameters).model_fields)
    assert parameters.window == Window.parse("08:00-23:00")
    assert (parameters.aftersale_days, parameters.credit_days, parameters.conversion_days) == (15, 3, 3)


def test_pdd_as_the_articles_state_it_asks_for_half_the_buyers_on_a_day_with_a_hundred():
    (effective, five_minutes) = in_force("pdd-2023").rules
    assert (effective.metric, effective.threshold, effective.direction) == ("effective_reply_rate", Decimal("0.5"), "at_least")
    assert (effective.scope, effective.minimum_sample.metric, effective.minimum_sample.at_least) == ("shop_day", "consulting_buyers", 100)
    assert (five_minutes.metric, five_minutes.editable, five_minutes.certainty) == ("reply_rate_5min", True, "D")
    parameters = in_force("pdd-2023").parameters
    assert (parameters.order_event, parameters.credit, parameters.credit_days) == ("grouped_at", "last_before_pay", 3)
    assert parameters.bot_reply == "ignored"


def test_pdd_as_used_now_counts_only_what_still_waits_for_a_person():
    version = in_force("pdd")
    assert (version.parameters.bot_reply, version.parameters.unit) == ("clears", "contact")
    assert [rule.metric for rule in version.rules] == ["reply_rate_3min"]


def test_taobao_counts_turns_and_assesses_them_since_july_2022():
    taobao = PACKS.named("taobao")
    before, after = taobao.on(dt.date(2022, 6, 30)), taobao.on(dt.date(2022, 7, 1))
    assert before.parameters.unit == after.parameters.unit == "turn"
    assert (len(before.rules), len(after.rules)) == (0, 1)


def test_jd_looks_at_sessions_that_begin_from_nine_and_leaves_out_what_comes_while_nobody_is_on_duty():
    parameters = in_force("jd").parameters
    assert str(parameters.window) == "09:00-23:00"
    assert (parameters.window_by, parameters.unit, parameters.nobody_on_duty) == ("session_start", "session", "left_out")
    (rule,) = in_force("jd").rules
    assert (rule.metric, rule.unit) == ("reply_rate_30s_session", None)


def test_douyin_counts_sessions_and_messages_and_credits_the_last_agent_before_the_order():
    version = in_force("douyin")
    parameters = version.parameters
    assert (parameters.conversion_hours, parameters.credit, parameters.nobody_on_duty) == (72, "last_before_order", "counts")
    assert [(rule.metric, rule.unit) for rule in version.rules] == [("reply_rate_3min", "session"), ("reply_rate_3min", "message")]


@pytest.mark.parametrize("pack", list(PACKS), ids=lambda pack: pack.name)
def test_every_parameter_a_shipped_pack_sets_has_its_source(pack):
    for version in pack.versions:
        assert version.source.strip()
        assert set(version.sources) == version.parameters.model_fields_set


@pytest.mark.parametrize("pack", list(PACKS), ids=lambda pack: pack.name)
def test_a_threshold_nobody_confirmed_can_be_edited_and_says_so_in_both_languages(pack):
    for version in pack.versions:
        for rule in version.rules:
            assert rule.source.strip()
            if rule.certainty == "D":
                assert rule.editable
                assert "可改" in rule.note.zh or "占位" in rule.note.zh
                assert "default" in rule.note.en

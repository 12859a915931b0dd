"""The first page: what waits for whom, as far as his rights go; the first steps of an empty site."""

import html
import re
from datetime import date

import pytest
from appraisals_data import begun, do, in_review, month, person, published, scoring

import kaohe
from kaohe_web.appraisals import appeals
from kaohe_web.appraisals.models import Cycle
from kaohe_web.boards import ready
from kaohe_web.imports.models import Batch
from kaohe_web.org.roles import Role
from kaohe_web.schemes import actions as writing

pytestmark = pytest.mark.django_db


def page(client):
    answer = client.get("/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", " ", answer.content.decode().split("<main")[1])))


@pytest.fixture(scope="module")
def october(tmp_path_factory):
    return month(tmp_path_factory.mktemp("home") / "workspace").root


@pytest.fixture
def place(settings, tmp_path, october):
    """The site on a copy of October."""
    import shutil

    settings.WORKSPACE = tmp_path / "workspace"
    shutil.copytree(october, settings.WORKSPACE)
    return settings.WORKSPACE


def test_who_is_nothing_but_an_agent_begins_on_his_own_page(as_, place, client):
    assert as_("agent").get("/").url == "/appraisals/mine/"
    client.force_login(person("hua", Role.AGENT), "django.contrib.auth.backends.ModelBackend")
    assert "请联系管理员补上客服编号" in page(client)


def test_an_empty_site_tells_the_first_steps_and_ticks_them_off(as_, cast, settings, tmp_path):
    settings.WORKSPACE = tmp_path / "empty"
    kaohe.create(settings.WORKSPACE)
    said = page(as_("admin"))
    # The cast has accounts already; nothing else is there.
    assert (said.count("○"), said.count("✓")) == (4, 1)
    assert 'href="/imports/"' in as_("admin").get("/").content.decode()
    assert "由管理员来做" in page(as_("supervisor"))
    assert "开始使用" not in page(as_("reader"))


def test_steps_are_ticked_off_until_nothing_is_left_of_them(as_, cast, place):
    assert page(as_("admin")).count("○") == 2
    version = published(cast["admin"])
    assert page(as_("admin")).count("○") == 1
    do("announce", cast["admin"], begun(cast["admin"], version))
    assert "开始使用" not in page(as_("admin"))


def test_a_cycle_says_what_it_needs_of_whom(as_, cast, place):
    cycle = begun(cast["admin"], published(cast["admin"]))
    assert "还是草稿，没有公布" in page(as_("admin"))
    assert "十月考核" not in page(as_("qa"))
    cycle = do("announce", cast["admin"], cycle)
    assert "还有 3 人没读" in page(as_("admin"))
    assert "可以开始了" in page(as_("admin"))
    cycle = do("start", cast["admin"], cycle)
    assert "可以进入打分" in page(as_("admin"))
    do("finish", cast["admin"], cycle)
    assert "还缺 3 个分" in page(as_("qa"))
    # A lead of one group gives the marks of that group, and moves nothing.
    assert "还缺 2 个分" in page(as_("supervisor"))
    assert "可以" not in page(as_("supervisor"))
    assert "个分" not in page(as_("finance"))


def test_appeals_and_pay_wait_for_who_decides_and_confirms(as_, cast, place):
    cycle = in_review(cast["admin"], published(cast["admin"]), cast["qa"], {"lin": 80, "mo": 90, "kai": 70})
    given = {"about": "item", "item": "reply_rate_30s", "subject": "", "reason": "断网", "evidence": ""}
    appeal = appeals.file(by=cast["agent"], cycle=cycle, **given)
    assert "1 件申诉等待处理" in page(as_("supervisor"))
    assert "1 件申诉等待处理" not in page(as_("qa"))
    assert "可以确认" not in page(as_("finance"))
    appeals.decide(by=cast["admin"], appeal=appeal, accepted=False, words="查了，没有")
    Cycle.objects.update(appeals_until=date(2026, 11, 1))
    assert "可以确认结果了" in page(as_("finance"))
    assert "可以确认" not in page(as_("supervisor"))
    do("confirm", cast["finance"], cycle)
    assert "可以关账发放了" in page(as_("finance"))


def test_a_failed_computing_is_said_to_who_runs_it(as_, cast, place):
    scoring(cast["admin"], published(cast["admin"]))
    Cycle.objects.update(work="failed")
    assert "没算成" in page(as_("admin"))
    assert "没算成" not in page(as_("qa"))


def test_uploads_and_drafts_wait_for_who_may_handle_them(as_, cast, place):
    Batch.objects.create(uploaded_by=cast["owner"], by=cast["owner"], state="recognised")
    Batch.objects.create(uploaded_by=cast["admin"], by=cast["admin"], state="done")
    writing.start(by=cast["admin"], name="错的", text="name: 错的\n")
    assert page(as_("admin")).count("等你确认导入") == 1
    assert "等你确认导入" in page(as_("owner"))
    assert "等你确认导入" not in page(as_("supervisor"))
    assert "草稿，有错要改" in page(as_("supervisor"))
    assert "草稿" not in page(as_("qa"))


def test_the_newest_day_of_each_shop_is_read_from_what_is_ready(as_, site):
    assert "各店的数据" not in page(as_("admin"))
    ready.refresh()
    said = page(as_("admin"))
    assert ("甲店" in said, "乙店" in said, "2026-11-03" in said) == (True, True, True)
    owner = page(as_("owner"))
    assert ("甲店" in owner, "乙店" in owner) == (False, True)
    assert "各店的数据" not in page(as_("supervisor"))
    assert "各店的数据" not in page(as_("finance"))


def test_who_has_nothing_to_do_is_told_so(as_, place):
    assert "现在没有等你处理的事" in page(as_("reader"))

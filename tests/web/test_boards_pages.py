"""Pages of boards: who sees which, and that what they say is what the library counts."""

import csv
import html
import io
import re
import shutil
from datetime import date

import polars as pl
import pytest
from django.urls import reverse

from kaohe_web.boards import ready, tasks, views
from kaohe_web.boards.charts import line, shades
from kaohe_web.boards.metrics import MAIN
from kaohe_web.org.models import Grant, User
from kaohe_web.signals import imported
from kaohe_web.site import workspace

pytestmark = pytest.mark.django_db

DAY = "period=day&last=2026-11-02"
SPAN = "period=days&first=2026-11-02&last=2026-11-03"
NAMES = ("boards", "boards_trend", "boards_hours", "boards_rules", "boards_ranking", "boards_evidence")


@pytest.fixture(autouse=True)
def nothing_kept():
    views._kept.clear()


@pytest.fixture(scope="module")
def shown(small_site, tmp_path_factory):
    """The folder of a copy of the small site; only its caches are written to."""
    folder = tmp_path_factory.mktemp("boards") / "workspace"
    shutil.copytree(small_site, folder)
    return folder


@pytest.fixture
def of(settings, shown):
    """What is ready of it."""
    settings.WORKSPACE = shown
    return ready.refresh()


def page(client, name, query=""):
    answer = client.get(f"{reverse(name)}?{query}")
    return answer.status_code, answer.content.decode()


def text(body):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def lines(body):
    """The lines of the first table, each as its cells' texts."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body.split("<tbody>")[1].split("</tbody>")[0], re.S)
    return [[text(cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in rows]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("role", "status"),
    [("admin", 200), ("owner", 200), ("supervisor", 200), ("qa", 200), ("reader", 200), ("finance", 403), ("agent", 404)],
)
def test_every_page_is_seen_by_who_may_see_figures(of, as_, name, role, status):
    assert page(as_(role), name)[0] == status


def test_a_shop_outside_the_scope_is_not_there(of, as_):
    for name in NAMES:
        assert page(as_("owner"), name, "shop=s1")[0] == 404
        assert page(as_("owner"), name, "shop=other")[0] == 200
    assert "甲店" not in page(as_("owner"), "boards", SPAN)[1]


def test_a_lead_sees_the_agents_of_his_group_and_no_others(of, as_):
    status, body = page(as_("supervisor"), "boards", f"{SPAN}&by=agent")
    assert status == 200
    assert [row[0] for row in lines(body)] == ["林"]
    assert page(as_("supervisor"), "boards", f"{SPAN}&group=二组")[0] == 404
    assert [row[0] for row in lines(page(as_("supervisor"), "boards", f"{SPAN}&by=agent&agent=mo")[1] + "<tbody></tbody>")] == []
    # Shops as a whole are not his to see, whatever the address says.
    assert [row[0] for row in lines(page(as_("supervisor"), "boards", f"{SPAN}&by=shop")[1])] == ["林"]
    assert "平台规则" in page(as_("supervisor"), "boards_rules", SPAN)[1]
    assert "<tbody>" not in page(as_("supervisor"), "boards_rules", SPAN)[1]


def test_a_board_says_what_a_figure_is_divided_of_and_that_it_rests_on_too_few(of, as_):
    _, body = page(as_("admin"), "boards", f"{DAY}&by=shop&shop=s1")
    (row,) = lines(body)
    assert row[0] == "甲店"
    assert row[3].startswith("※33.33 % 1 ÷ 3")


def test_pages_that_were_kept_are_not_shown_to_who_may_see_less(of, as_):
    assert "甲店" in page(as_("admin"), "boards", SPAN)[1]
    assert "甲店" not in page(as_("owner"), "boards", SPAN)[1]
    assert page(as_("agent"), "boards", SPAN)[0] == 404


@pytest.mark.parametrize("metric", ["reply_rate_30s", "consulting_buyers", "sales_amount", "avg_response_seconds", "orders"])
def test_the_way_down_from_a_figure_ends_at_cases_that_add_up_to_it(of, as_, metric):
    site = workspace()
    client = as_("admin")
    _, body = page(client, "boards_evidence", f"{DAY}&metric={metric}")
    assert [row[0] for row in lines(body)] == (["甲店", "乙店"] if metric not in ("sales_amount", "orders") else ["甲店"]) or len(
        lines(body)
    ) == 1
    _, body = page(client, "boards_evidence", f"{DAY}&metric={metric}&shop=s1")
    found = site.explain(metric, shop="s1", first=date(2026, 11, 2), last=date(2026, 11, 2))
    own = site.figures(date(2026, 11, 2), date(2026, 11, 2), by=("shop",), metrics=[metric]).filter(pl.col("shop_id") == "s1")
    assert found.value == own["value"].item()
    from kaohe.metrics.explain import Explanation
    from kaohe.reports import event_evidence, evidence

    words = (evidence if isinstance(found, Explanation) else event_evidence).summary(found, "zh")
    for said in words[2:]:
        assert text(html.escape(said)) in text(body)
    assert lines(body)


def test_a_contact_that_counts_stands_with_its_reason_and_leads_to_the_chat(of, as_):
    client = as_("admin")
    _, body = page(client, "boards_evidence", f"{DAY}&metric=reply_rate_30s&shop=s1")
    told = {row[3]: (row[0], row[6]) for row in lines(body)}
    assert told == {
        "b1": ("✓ 计入，达成", "在时限内回复"),
        "b2": ("✗ 计入，未达成", "回复超时"),
        "b3": ("✗ 计入，未达成", "未回复"),
    }
    (link,) = (one for one in re.findall(r'href="(/boards/chat/[^"]+)"', body) if "buyer=b2" in one)
    answer = client.get(html.unescape(link))
    said = text(answer.content.decode())
    assert answer.status_code == 200
    assert "发货了吗" in said
    assert "等了 2分00秒" in said
    assert "回复超时（莫）" in said


def test_markup_in_a_chat_stays_text(of, as_):
    _, body = page(as_("admin"), "boards_chat", f"{DAY}&shop=s1&buyer=b3&day=2026-11-02&metric=reply_rate_30s")
    assert "&lt;b&gt;有人吗&lt;/b&gt;" in body
    assert "<b>" not in body


@pytest.mark.parametrize(
    ("role", "shop", "buyer", "status"),
    [
        ("admin", "s1", "b1", 200),
        ("qa", "s1", "b1", 200),
        ("reader", "s1", "b1", 403),
        ("finance", "s1", "b1", 403),
        ("agent", "s1", "b1", 404),
        ("owner", "s1", "b1", 404),
        ("owner", "other", "c1", 404),
        ("supervisor", "s1", "b1", 200),
        ("supervisor", "s1", "b2", 404),
        ("supervisor", "other", "c1", 404),
        ("admin", "s1", "nobody", 404),
    ],
)
def test_a_chat_is_read_by_who_may_read_it(of, as_, role, shop, buyer, status):
    assert page(as_(role), "boards_chat", f"{DAY}&shop={shop}&buyer={buyer}&day=2026-11-02")[0] == status


def test_who_may_not_read_chats_learns_no_buyer(of, as_):
    _, body = page(as_("reader"), "boards_evidence", f"{DAY}&metric=reply_rate_30s&shop=s1")
    assert "计入：在时限内回复 1" in text(body)
    assert "b2" not in text(body)
    assert "看聊天" in text(body)


def test_a_lead_gets_down_to_the_cases_of_his_agent_only(of, as_):
    client = as_("supervisor")
    _, body = page(client, "boards_evidence", f"{DAY}&metric=reply_rate_30s&shop=s1")
    assert [row[0] for row in lines(body)] == ["林"]
    _, body = page(client, "boards_evidence", f"{DAY}&metric=reply_rate_30s&shop=s1&agent=lin")
    assert [row[3] for row in lines(body)] == ["b1"]
    _, body = page(client, "boards_evidence", f"{DAY}&metric=reply_rate_30s&shop=s1&agent=mo")
    assert "b2" not in text(body)


def test_exports_hold_the_same_figures_and_run_nothing(of, as_):
    client = as_("admin")
    answer = client.get(f"/boards/?{SPAN}&by=agent&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    (rate,) = (row for row in rows if row["agent_id"] == "林" and row["metric"] == "reply_rate_30s")
    assert (rate["numerator"], rate["denominator"], rate["value"], rate["few"]) == ("2.0", "2.0", "1.0", "true")
    for name in NAMES:
        # Shops of no platform in particular obey no platform's rules.
        for form in () if name == "boards_rules" else ("csv", "xlsx"):
            answer = client.get(f"{reverse(name)}?{SPAN}&shop=s1&metric=reply_rate_30s&format={form}")
            assert (answer.status_code, f'.{form}"' in answer.headers["Content-Disposition"]) == (200, True), name
    answer = client.get(f"/boards/evidence/?{DAY}&shop=s1&metric=reply_rate_30s&format=csv")
    assert "'=1+1" in answer.content.decode("utf-8-sig")


def test_a_rule_is_a_light_with_a_sign_and_a_word(of, as_, monkeypatch):
    row = {
        **dict.fromkeys(("why", "note", "sample_needed", "unit", "gap", "cases"), None),
        "shop_id": "s1",
        "day": date(2026, 11, 2),
        "first_day": date(2026, 11, 2),
        "pack": "p",
        "rule": "r",
        "title_zh": "三十秒",
        "title_en": "t",
        "metric": "reply_rate_30s",
        "verdict": "fail",
        "provisional": False,
        "partial": False,
        "value": 1 / 3,
        "threshold": 0.8,
        "direction": "at_least",
        "numerator": 1.0,
        "denominator": 3.0,
        "sample": 3.0,
        "consequence_zh": "后果",
        "consequence_en": "c",
        "source": "s",
        "certainty": "D",
        "editable": True,
    }
    from kaohe.metrics.compliance import SCHEMA

    found = pl.DataFrame([row, {**row, "shop_id": "other", "verdict": "pass"}], schema=SCHEMA)
    monkeypatch.setattr(type(of), "verdicts", lambda self, first, last: found)
    _, body = page(as_("admin"), "boards_rules", SPAN)
    assert {cells[0]: cells[1] for cells in lines(body)} == {"甲店": "✗1 未达标", "乙店": "✓ 达标"}
    assert "≥ 80.00 %" in text(body)
    _, body = page(as_("owner"), "boards_rules", SPAN)
    assert "甲店" not in body
    views._kept.clear()
    _, body = page(as_("admin"), "boards_trend", f"{SPAN}&metric=reply_rate_30s&shop=s1")
    assert 'class="limit"' in body
    assert "规则 80.00 %" in text(body)


def test_who_has_too_few_cases_is_not_placed(of, as_):
    _, body = page(as_("admin"), "boards_ranking", f"{SPAN}&by=agent&metric=reply_rate_30s")
    assert {row[0] for row in lines(body)} == {"–"}
    _, body = page(as_("admin"), "boards_ranking", f"{SPAN}&by=agent&metric=consulting_buyers&a=lin&b=mo")
    assert [(row[0], row[1]) for row in lines(body)][:3] in (
        [("1", "林"), ("2", "凯"), ("2", "莫")],
        [("1", "林"), ("2", "莫"), ("2", "凯")],
    )
    assert "看不出高低" in body


def test_the_wall_renews_itself_and_holds_nothing_inline(of, as_):
    answer = as_("admin").get(f"/boards/ranking/?{SPAN}&by=agent&metric=consulting_buyers&wall=1")
    body = answer.content.decode()
    assert 'data-refresh="60"' in body
    assert "林" in body
    for name in NAMES:
        body = page(as_("admin"), name, f"{SPAN}&shop=s1&metric=reply_rate_30s")[1]
        assert "style=" not in body
        assert "<script>" not in body


@pytest.mark.parametrize(
    "query",
    [
        "last=2026-13-45",
        "first=x&period=days",
        "first=2026-11-03&last=2026-11-02&period=days",
        "period=nonsense&by=nonsense&tab=x&metric=y",
        "page=9999",
        "last=1999-01-01",
        "sort=x",
    ],
)
def test_nonsense_in_an_address_does_no_harm(of, as_, query):
    for name in NAMES:
        assert page(as_("admin"), name, query)[0] == 200


def test_hours_say_the_figure_of_each_hour(of, as_):
    _, body = page(as_("admin"), "boards_hours", f"{SPAN}&metric=consulting_buyers")
    told = {row[0]: row[1:] for row in lines(body)}
    assert told["09:00"][:2] == ["2", "1"]
    assert told["11:00"][:2] == ["0", "1"] or told["11:00"][:2] == ["–", "1"]


def test_a_site_without_data_says_so(settings, tmp_path, as_):
    import kaohe

    settings.WORKSPACE = tmp_path / "empty"
    kaohe.create(settings.WORKSPACE)
    for name in NAMES:
        status, body = page(as_("admin"), name)
        assert (status, "还没有能看的数据" in body) == (200, True)


def test_a_pack_that_can_not_be_read_is_said_and_nothing_is_shown(site, as_):
    (site.root / "packs").mkdir()
    (site.root / "packs" / "own.yaml").write_text("nonsense: [", "utf-8")
    status, body = page(as_("admin"), "boards")
    assert (status, "own.yaml" in body) == (503, True)


def test_a_large_site_is_counted_in_the_background(site, as_, monkeypatch):
    monkeypatch.setattr(ready, "SMALL", 0)
    sent = []
    monkeypatch.setattr(type(tasks.prepare), "enqueue", lambda self, *args: sent.append(self))
    assert "正在后台计算" in page(as_("admin"), "boards")[1]
    assert page(as_("admin"), "boards")[0] == 200
    assert len(sent) == 1
    ready.refresh()
    assert "甲店" in page(as_("admin"), "boards", SPAN)[1]


def test_an_import_has_figures_made_ready_once(site, monkeypatch):
    from django_tasks_db.models import DBTaskResult

    assert "boards.tasks" in [key[0] for key, *_ in imported.receivers]
    tasks.on_import(number=1)
    tasks.on_import(number=2)
    assert DBTaskResult.objects.filter(task_path=tasks.prepare.module_path).count() == 1
    tasks.prepare.call()
    assert ready.current().key == ready.key_now()


def test_two_grants_show_what_either_does(of, client):
    user = User.objects.create(username="two")
    Grant.objects.create(user=user, role="reader", shops=["other"])
    Grant.objects.create(user=user, role="reader", groups=["一组"])
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert {row[0] for row in lines(page(client, "boards", f"{SPAN}&by=agent")[1])} == {"林", "凯"}
    assert [row[0] for row in lines(page(client, "boards", f"{SPAN}&by=shop")[1])] == ["乙店"]


@pytest.mark.parametrize("of_whom", ["group=%E4%B8%80%E7%BB%84", "agent=lin", "shop=s1&group=%E4%B8%80%E7%BB%84"])
def test_every_main_figure_of_one_group_or_person_opens(of, as_, of_whom):
    boss = as_("admin")
    for metric in dict.fromkeys(one for listed in MAIN.values() for one in listed):
        for page_name in ("evidence", "trend"):
            assert boss.get(f"/boards/{page_name}/?{SPAN}&metric={metric}&{of_whom}").status_code == 200, (page_name, metric)


def test_a_line_is_broken_where_there_is_no_figure_and_shades_are_even():
    days = [date(2026, 11, n) for n in (1, 2, 3, 5, 6)]
    drawn = line(days, [0.5, 0.6, None, 0.7, 0.8], [False, True, False, False, False], 0.75, lambda value: f"{value:.2f}")
    assert len(drawn.paths) == 2
    assert [few for *_, few in drawn.points] == [False, True, False, False]
    assert drawn.threshold[1] == "0.75"
    assert line(days, [None] * 5, [False] * 5, None, str) is None
    assert shades([0.0, 0.5, 1.0, None], better="higher") == [1, 3, 5, 0]
    assert shades([0.0, 0.5, 1.0, None], better="lower") == [5, 3, 1, 0]

"""After an import, shops hear of the rules they miss or are about to miss, each once a day."""

import pytest
from django_tasks_db.models import DBTaskResult

from kaohe_web.notices.models import Channel, Notice
from kaohe_web.notices.risks import at_risk, is_near, look
from kaohe_web.signals import imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def slow(site, tmp_path):
    """The two shops, where 乙店 has a platform with rules and answers late."""
    shops = "shop_id,platform,name,timezone\nother,pdd,乙店,Asia/Shanghai\n"
    rows = ["shop_id,buyer_id,sent_at,sender,agent_id,message_id,text"]
    for number in range(40):
        rows.append(f"other,d{number},2026-11-04 10:{number:02d}:00,buyer,,q{number},在吗")
        minutes = "09" if number % 4 == 0 else "00"
        rows.append(f"other,d{number},2026-11-04 11:{number:02d}:{minutes},agent,kai,r{number},在的")
    (tmp_path / "shops.csv").write_text(shops, "utf-8")
    (tmp_path / "messages.csv").write_text("\n".join(rows) + "\n", "utf-8")
    site.import_exports([tmp_path / "shops.csv", tmp_path / "messages.csv"])
    return site


def test_a_missed_rule_is_told_once_with_how_far_it_is(slow):
    Channel.objects.create(name="群", kind="wecom", address="https://robot.example/", events=["compliance_at_risk"], shops=["other"])
    look.call()
    notice = Notice.objects.get()
    assert notice.shops == ["other"]
    assert notice.title.startswith("乙店：")
    assert "未达标" in notice.body
    assert notice.link == "/boards/rules/?shop=other"
    assert notice.deliveries.count() == 1
    look.call()
    assert Notice.objects.count() == 1


def test_a_new_day_is_told_anew(slow, tmp_path):
    look.call()
    text = (tmp_path / "messages.csv").read_text("utf-8").replace("2026-11-04", "2026-11-05").replace(",q", ",s").replace(",r", ",t")
    (tmp_path / "messages.csv").write_text(text, "utf-8")
    slow.import_exports([tmp_path / "messages.csv"])
    look.call()
    assert Notice.objects.count() == 2


def test_imports_have_it_looked_at_in_the_background_once(slow):
    imported.send(sender=None, number=2)
    imported.send(sender=None, number=3)
    assert DBTaskResult.objects.filter(task_path=look.module_path).count() == 1
    assert Notice.objects.count() == 0


def test_nothing_is_told_where_there_is_nothing_or_all_is_well(site):
    assert at_risk(site).is_empty()
    look.call()
    assert Notice.objects.count() == 0


@pytest.mark.parametrize(
    ("metric", "direction", "threshold", "value", "near"),
    [
        ("reply_rate_30s", "at_least", 0.85, 0.86, True),
        ("reply_rate_30s", "at_least", 0.85, 0.865, True),
        ("reply_rate_30s", "at_least", 0.85, 0.8651, False),
        ("reply_rate_30s", "at_least", 1.0, 1.0, False),
        ("avg_first_response_seconds", "at_most", 60.0, 54.0, True),
        ("avg_first_response_seconds", "at_most", 60.0, 53.9, False),
        ("avg_first_response_seconds", "at_most", 60.0, None, False),
    ],
)
def test_near_is_with_less_than_a_tenth_of_the_room_left(metric, direction, threshold, value, near):
    assert is_near({"verdict": "pass", "metric": metric, "direction": direction, "threshold": threshold, "value": value}) is near

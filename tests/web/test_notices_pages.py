"""The pages about notices: who sees them, what they change, and what they never show."""

import json

import pytest
from listeners import Post, Robot

from kaohe_web.audit.models import Event
from kaohe_web.notices.models import Attempt, Channel, Delivery, Notice, State
from kaohe_web.notices.sending import announce

pytestmark = pytest.mark.django_db
ROLES = ("admin", "owner", "supervisor", "qa", "finance", "agent", "reader")
KEY = "SEC0123456789"


@pytest.fixture
def robot(settings):
    settings.NOTICES_PRIVATE_HOSTS = True
    robot = Robot()
    yield robot
    robot.close()


@pytest.fixture
def channel(robot):
    return Channel.objects.create(name="客服群", kind="dingtalk", address=robot.url, secret=KEY, events=["import_failed"])


def filled(robot, **values):
    return {
        "name": "客服群",
        "address": robot.url,
        "secret": KEY,
        "events": ["import_failed"],
        "shops": "s1， s2",
        "site": "https://k.example/",
        **values,
    }


def test_a_channel_is_added_and_its_secrets_are_never_seen_again(as_, robot):
    admin = as_("admin")
    assert admin.post("/notices/add/dingtalk/", filled(robot)).status_code == 302
    made = Channel.objects.get()
    assert (made.address, made.secret, made.shops) == (robot.url, KEY, ["s1", "s2"])
    pages = [admin.get(path).content.decode() for path in ("/notices/", f"/notices/channels/{made.pk}/", "/notices/log/", "/audit/")]
    log = json.dumps(list(Event.objects.values()), default=str)
    for text in [*pages, log]:
        assert "top-secret-key" not in text
        assert KEY not in text
    assert Event.objects.get().after["host"] == "127.0.0.1"


def test_what_is_left_empty_keeps_the_secret_and_what_is_typed_replaces_it(as_, channel, robot):
    admin, page = as_("admin"), f"/notices/channels/{channel.pk}/"
    assert admin.post(page, filled(robot, version=1, address="", secret="", name="二群")).status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.address, channel.secret) == ("二群", robot.url, KEY)
    assert admin.post(page, filled(robot, version=2, address="", secret="new-secret")).status_code == 302
    channel.refresh_from_db()
    assert channel.secret == "new-secret"
    assert Event.objects.last().after["changed"] == ["secret"]
    assert admin.post(page, filled(robot, version=3, address="", secret="", unsigned="on")).status_code == 302
    channel.refresh_from_db()
    assert channel.secret == ""


def test_the_second_of_two_who_change_it_at_once_is_told(as_, channel, robot):
    admin, page = as_("admin"), f"/notices/channels/{channel.pk}/"
    assert admin.post(page, filled(robot, version=1, name="甲")).status_code == 302
    answer = admin.post(page, filled(robot, version=1, name="乙"))
    assert (answer.status_code, "别人刚改过" in answer.content.decode()) == (422, True)
    assert Channel.objects.get().name == "甲"


def test_a_password_is_not_sent_to_a_server_of_somebody_elses_choice(as_):
    admin = as_("admin")
    sent = {"name": "邮件", "host": "smtp.example.com", "port": 465, "security": "ssl", "user": "k", "secret": KEY, "sender": "k@example.com",
            "to": "a@example.com，b@example.com"}  # fmt: skip
    assert admin.post("/notices/add/email/", sent).status_code == 302
    made = Channel.objects.get()
    assert made.mail["to"] == ["a@example.com", "b@example.com"]
    page = f"/notices/channels/{made.pk}/"
    assert "a@example.com, b@example.com" in admin.get(page).content.decode()
    assert admin.post(page, {**sent, "version": 1, "secret": "", "host": "smtp.evil.example"}).status_code == 422
    assert admin.post(page, {**sent, "version": 1, "secret": "", "to": "not an address"}).status_code == 422
    assert admin.post(page, {**sent, "version": 1, "secret": "", "to": ""}).status_code == 302


def test_addresses_in_ones_own_network_are_refused_when_they_are_typed(as_, robot, settings):
    settings.NOTICES_PRIVATE_HOSTS = False
    for address in ("https://127.0.0.1/x", "https://localhost/x", "http://oapi.dingtalk.com/robot", "javascript:alert(1)"):
        assert as_("admin").post("/notices/add/wecom/", filled(robot, address=address)).status_code == 422
    assert Channel.objects.count() == 0


def test_trying_it_out_says_what_came_back(as_, channel, robot):
    admin = as_("admin")
    page = admin.post(f"/notices/channels/{channel.pk}/try/", follow=True).content.decode()
    assert "发出了" in page
    assert robot.heard[0][1]["markdown"]["title"] == "考核系统试发"
    robot.answers = [(200, {"errcode": 310000, "errmsg": "sign not match"})]
    assert "sign not match" in admin.post(f"/notices/channels/{channel.pk}/try/", follow=True).content.decode()
    assert [delivery.state for delivery in Delivery.objects.order_by("pk")] == [State.SENT, State.GIVEN_UP]
    assert [event.action for event in Event.objects.all()] == ["channel.tried"] * 2


def test_trying_out_a_mail_without_readers_goes_to_who_tries(as_, cast, settings):
    post = Post()
    try:
        mail = {"host": "127.0.0.1", "port": post.port, "user": "", "security": "none", "sender": "k@example.com", "to": []}
        made = Channel.objects.create(name="邮件", kind="email", mail=mail)
        admin = as_("admin")
        assert "没有收件人" in admin.post(f"/notices/channels/{made.pk}/try/", follow=True).content.decode()
        cast["admin"].email = "admin@example.com"
        cast["admin"].save()
        assert "发出了" in admin.post(f"/notices/channels/{made.pk}/try/", follow=True).content.decode()
        assert post.mails[0][1] == ["admin@example.com"]
    finally:
        post.close()


def test_a_channel_is_switched_off_and_on(as_, channel):
    admin = as_("admin")
    admin.post(f"/notices/channels/{channel.pk}/switch/")
    assert not Channel.objects.get().is_active
    assert "停用了" in admin.post(f"/notices/channels/{channel.pk}/try/", follow=True).content.decode()
    admin.post(f"/notices/channels/{channel.pk}/switch/")
    assert [event.action for event in Event.objects.all()] == ["channel.active"] * 2


def test_what_was_given_up_can_be_sent_again(as_, channel, robot):
    announce("import_failed", title="导入失败", body="")
    delivery = Delivery.objects.get()
    Delivery.objects.update(state=State.GIVEN_UP, tries=6)
    Attempt.objects.create(delivery=delivery, taken=False, answer="HTTP 500")
    admin = as_("admin")
    log = admin.get("/notices/log/?state=given_up").content.decode()
    assert "HTTP 500" in log
    assert "HTTP 500" not in admin.get("/notices/log/?state=sent").content.decode()
    assert admin.post(f"/notices/deliveries/{delivery.pk}/again/").status_code == 302
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == (State.WAITING, 0)
    assert "不用再发" in admin.post(f"/notices/deliveries/{delivery.pk}/again/", follow=True).content.decode()


def test_everybody_sees_what_was_told_to_him_and_to_nobody_else(as_, cast):
    announce("appeal_decided", title="申诉有了结果", body="第 3 条不扣分", link="/appraisals/1/", people=[cast["agent"]])
    assert "第 3 条不扣分" in as_("agent").get("/notices/mine/").content.decode()
    assert "第 3 条不扣分" not in as_("qa").get("/notices/mine/").content.decode()
    assert "第 3 条不扣分" not in as_("admin").get("/notices/mine/").content.decode()


def test_everybody_says_where_his_own_notices_go_by_mail(as_, cast):
    agent = as_("agent")
    assert agent.post("/notices/mine/", {"email": "lin@Example.COM"}).status_code == 302
    assert agent.post("/notices/mine/", {"email": "not an address"}).status_code == 422
    assert "lin@example.com" in agent.get("/notices/mine/").content.decode()
    assert agent.post("/notices/mine/", {"email": ""}).status_code == 302
    assert [(event.action, event.by, event.after["email"]) for event in Event.objects.all()] == [
        ("user.email", "lin", "lin@example.com"),
        ("user.email", "lin", ""),
    ]


@pytest.mark.parametrize("role", ROLES)
def test_only_who_manages_people_sets_up_channels(as_, channel, role):
    announce("import_failed", title="导入失败", body="")
    delivery, one = Delivery.objects.get(), channel.pk
    found = as_(role)
    seen = [found.get(path).status_code for path in ("/notices/", "/notices/log/", "/notices/add/wecom/")]
    hidden = [found.get(f"/notices/channels/{one}/").status_code]
    hidden += [found.post(path).status_code for path in (f"/notices/channels/{one}/switch/", f"/notices/channels/{one}/try/")]
    hidden += [found.post(f"/notices/deliveries/{delivery.pk}/again/").status_code]
    assert found.get("/notices/mine/").status_code == 200
    if role == "admin":
        assert (seen, hidden) == ([200] * 3, [200, 302, 302, 302])
        assert found.get("/notices/add/carrier-pigeon/").status_code == 404
    else:
        assert (seen, hidden) == ([403] * 3, [404] * 4)
        assert Channel.objects.get().is_active
        assert Notice.objects.count() == 1


def test_an_administrator_of_one_shop_does_not_set_up_the_whole_sites_channels(as_, cast, channel):
    cast["admin"].grants.update(shops=["s1"])
    assert as_("admin").get("/notices/").status_code == 403
    assert as_("admin").get(f"/notices/channels/{channel.pk}/").status_code == 404

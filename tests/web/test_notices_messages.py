"""What a notice looks like at each platform, how it is signed, and where nothing is sent."""

import itertools
import socket
import threading
import time
from contextlib import suppress

import pytest
from listeners import Robot

from kaohe_web.notices import webhooks
from kaohe_web.notices.channels import composed, dingtalk_signed, feishu_signed, shortened
from kaohe_web.notices.models import Channel
from kaohe_web.notices.webhooks import BadAddress, NoAnswer, checked, places, post

SECRET = "this is secret"
LINK = "https://kaohe.example/appraisals/3/"


@pytest.fixture
def robot():
    robot = Robot()
    yield robot
    robot.close()


def message(kind, body="第一行\n第二行", title="十一月考核", link=LINK, secret=""):
    channel = Channel(kind=kind, address="https://robot.example/send?key=1", secret=secret)
    return composed(channel, title, body, link, 1_600_000_000.0)


def test_dingtalk_signs_in_the_address_as_openssl_would():
    assert dingtalk_signed("https://oapi.dingtalk.com/robot/send?access_token=1", SECRET, 1_600_000_000.0) == (
        "https://oapi.dingtalk.com/robot/send?access_token=1&timestamp=1600000000000&sign=MYEtKC4%2FNfMR1l4prX%2B%2Bai6oOf70X1xOf6UlnyUhJH4%3D"
    )
    assert dingtalk_signed("https://d.example/", "", 1.0) == "https://d.example/"


def test_feishu_signs_in_the_body_as_openssl_would():
    assert feishu_signed(SECRET, 1_600_000_000.0) == {"timestamp": "1600000000", "sign": "KPGy2t/of6Xra/AnHPcFkxvTtTVcBl/AnCo8A9Y2Tto="}
    assert feishu_signed("", 1.0) == {}


def test_each_platform_gets_its_own_form():
    url, dingtalk = message("dingtalk", secret=SECRET)
    assert "&timestamp=1600000000000&sign=" in url
    assert dingtalk == {
        "msgtype": "markdown",
        "markdown": {"title": "十一月考核", "text": f"### 十一月考核\n\n第一行\n\n第二行\n\n[打开看看]({LINK})"},
    }
    url, wecom = message("wecom")
    assert url == "https://robot.example/send?key=1"
    assert wecom == {"msgtype": "markdown", "markdown": {"content": f"### 十一月考核\n第一行\n第二行\n\n[打开看看]({LINK})"}}
    _, feishu = message("feishu", secret=SECRET)
    assert set(feishu) == {"timestamp", "sign", "msg_type", "content"}
    assert feishu["content"]["post"]["zh_cn"] == {
        "title": "十一月考核",
        "content": [
            [{"tag": "text", "text": "第一行"}],
            [{"tag": "text", "text": "第二行"}],
            [{"tag": "a", "text": "打开看看", "href": LINK}],
        ],
    }


def test_what_others_named_is_neither_a_link_nor_a_call_to_everybody():
    nasty = "<@all> [点我](https://bad.example) **大** <at user_id='all'></at>.xlsx"
    for kind in ("dingtalk", "wecom"):
        _, sent = message(kind, nasty, title="# 大标题", link="")
        assert not set("<>[]*@") & set(str(sent["markdown"].get("text") or sent["markdown"]["content"]))
    _, feishu = message("feishu", nasty, link="")
    assert feishu["content"]["post"]["zh_cn"]["content"] == [[{"tag": "text", "text": nasty}]]


def test_a_long_notice_is_cut_between_characters_and_keeps_its_link():
    _, wecom = message("wecom", "考" * 5000)
    content = wecom["markdown"]["content"]
    assert len(content.encode()) <= 4096
    assert content.endswith(f"…\n\n[打开看看]({LINK})")
    assert shortened("客服", 6) == "客服"
    assert shortened("客服", 5) == "…"


@pytest.mark.parametrize(
    "url",
    ["http://robot.example/", "ftp://robot.example/", "robot.example", "https:///x", "https://a:b@robot.example/", "https://r.example/a b",
     "https://机器人.example/", "https://robot.example:99999/", "https://robot.example/\r\nHost: x", "file:///etc/passwd", ""],
)  # fmt: skip
def test_only_plain_https_addresses_are_taken(url):
    with pytest.raises(BadAddress):
        checked(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "fd00::1",
             "::ffff:127.0.0.1", "2002:7f00:1::", "100.64.0.1", "224.0.0.1", "2130706433", "0x7f.1"]
)  # fmt: skip
def test_nothing_is_sent_into_ones_own_network(host, robot):
    with pytest.raises((BadAddress, NoAnswer)):
        places(host, 443)
    with pytest.raises(BadAddress):
        post(robot.url, {})
    assert robot.heard == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("192.168.1.1", 443))]
    monkeypatch.setattr(webhooks.socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(BadAddress):
        places("robot.example", 443)
    monkeypatch.setattr(webhooks.socket, "getaddrinfo", lambda *args, **kwargs: found[:1])
    assert places("robot.example", 443) == ["93.184.216.34"]


def test_a_redirect_is_not_followed_and_answers_are_read_in_part(settings, robot):
    settings.NOTICES_PRIVATE_HOSTS = True
    robot.answers = [(302, "over there"), (200, "x" * 100_000)]
    assert post(robot.url, {"a": "中"}) == (302, "over there")
    assert post(robot.url, {}) == (200, "x" * webhooks.MOST)
    assert robot.heard == [("/send?key=top-secret-key", {"a": "中"}), ("/send?key=top-secret-key", {})]


def test_a_host_that_goes_on_and_on_is_cut_off(settings, monkeypatch):
    settings.NOTICES_PRIVATE_HOSTS = True
    monkeypatch.setattr(webhooks, "LONGEST", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            found, _ = server.accept()
            with found, suppress(OSError):
                for letter in itertools.cycle("HTTP/1.1 "):
                    found.sendall(letter.encode())
                    time.sleep(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(NoAnswer):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/", {})
        assert time.monotonic() - begun < 3
        thread.join(3)


def test_what_went_wrong_is_told_without_the_key(settings, robot):
    settings.NOTICES_PRIVATE_HOSTS = True
    robot.close()
    with pytest.raises(NoAnswer) as error:
        post(robot.url, {})
    assert "127.0.0.1" in str(error.value)
    assert "top-secret-key" not in str(error.value)
    robot.__init__()

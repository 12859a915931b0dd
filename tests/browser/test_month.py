"""A month's appraisal from its announcement to the ledger: run at a desk, read and appealed against on a phone, paid by finance."""

import re
import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest
from appraisals_data import SCHEME, month

import kaohe


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace with October of three agents."""
    return month(tmp_path_factory.mktemp("site") / "workspace").root


def pressed(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def computed(page):
    """Until nothing is being computed; the page loads itself anew."""
    page.wait_for_function("() => !document.querySelector('.work')", timeout=60_000)
    page.wait_for_load_state()


def state(page):
    return page.locator(".state").first.inner_text().split()[-1]


def days_go_by(site):
    """The days of appeals are over."""
    with closing(sqlite3.connect(site.workspace / "web" / "state.sqlite3", timeout=20)) as database, database:
        database.execute("update appraisals_cycle set appeals_until = ?", [(date.today() - timedelta(days=1)).isoformat()])


def test_a_month_from_announcement_to_payment_with_an_appeal(site, admin, let_in):
    # A scheme from a file, and a cycle of it.
    admin.goto("/schemes/")
    admin.get_by_label("方案文件").set_input_files({"name": "月考.yaml", "mimeType": "application/yaml", "buffer": SCHEME.encode()})
    pressed(admin, "上传")
    admin.get_by_role("link", name=re.compile("^发布")).first.click()
    pressed(admin, "发布")
    admin.goto("/appraisals/new/")
    admin.get_by_label("名称").fill("十月考核")
    admin.get_by_label("方案").select_option(label="月考 v1")
    admin.get_by_label("月份").fill("2026-10")
    pressed(admin, "保存")
    admin.wait_for_url("**/appraisals/1/")
    assert state(admin) == "草稿"

    # Announced, read on a phone.
    pressed(admin, "公布")
    assert "林（一组） · 没有登录账号" in admin.locator("main").inner_text()
    lin = let_in("lin", "agent", agent_id="lin", phone=True)
    lin.goto("/appraisals/mine/")
    assert "还没确认已读" in lin.locator("main").inner_text()
    lin.get_by_role("link", name="十月考核").click()
    pressed(lin, "我已阅读")
    assert "确认已读" in lin.locator("main").inner_text()
    admin.goto("/appraisals/1/")
    unread = admin.locator("ul.short").last.inner_text()
    assert ("林" in unread, "莫" in unread) == (False, True)

    # Under way: how he stands, and what the next band takes.
    pressed(admin, "开始")
    computed(admin)
    lin.reload()
    assert "到 2026-10-14 为止，还会变" in lin.locator("main").inner_text()
    assert "离下一档还差多少" in lin.locator("main").inner_text()

    # Marks by somebody of quality assurance.
    pressed(admin, "进入打分")
    assert "还缺 3 个分" in admin.locator("main").inner_text()
    wu = let_in("wu", "qa")
    wu.goto("/appraisals/1/marks/")
    for name, mark in (("林", "80"), ("莫", "90"), ("凯", "70")):
        wu.get_by_label(f"{name} 聊天记录评分", exact=True).fill(mark)
    pressed(wu, "保存")
    assert "存了 3 个分" in wu.locator("body").inner_text()
    admin.goto("/appraisals/1/")
    assert "要手工打的分都有了" in admin.locator("main").inner_text()
    computed(admin)
    pressed(admin, "计算结果")
    computed(admin)
    admin.get_by_label("申诉到哪天（含）").fill((date.today() + timedelta(days=3)).isoformat())
    pressed(admin, "公示结果")
    assert state(admin) == "公示"

    # His statement, and his appeal against one contact, from its evidence.
    lin.goto("/appraisals/mine/1/")
    assert "3,680.00" in lin.locator("main").inner_text()
    assert lin.evaluate("document.documentElement.scrollWidth") <= 390
    lin.get_by_role("link", name="30秒应答率").first.click()
    lin.locator("tr", has_text="lin7").get_by_role("link", name="申诉").first.click()
    assert lin.get_by_label("哪一次接待或哪个订单").input_value() == "s1 · lin7 · 2026-10-12"
    lin.get_by_label("理由").fill("那会儿客户端卡住了")
    pressed(lin, "提交申诉")
    assert "等待处理" in lin.locator("main").inner_text()

    # Nobody confirms what is not decided; who decides is somebody else.
    admin.goto("/appraisals/1/")
    assert admin.get_by_role("button", name="确认结果").is_disabled()
    admin.get_by_role("link", name="申诉", exact=True).click()
    admin.get_by_role("link", name="30秒应答率").click()
    admin.get_by_label("成立", exact=True).check()
    admin.get_by_label("说明理由").fill("查了日志，属实")
    admin.get_by_label("更正", exact=False).first.select_option(label="改数：30秒应答率")
    admin.get_by_label("分子加多少（减写负数）").fill("2")
    admin.get_by_label("分母加多少").fill("0")
    pressed(admin, "提交决定")
    computed(admin)
    admin.reload()
    assert "前后对照" in admin.locator("main").inner_text()

    # Both statements can be read, and what is other between them.
    lin.goto("/appraisals/mine/1/")
    text = lin.locator("main").inner_text()
    assert ("3,920.00" in text, "查了日志，属实" in text) == (True, True)
    lin.get_by_text("第 1 份").click()
    assert "3,680.00" in lin.locator("details[open]").inner_text()

    # Finance confirms and pays, once the days of appeals are over.
    days_go_by(site)
    jin = let_in("jin", "finance")
    jin.goto("/appraisals/1/")
    pressed(jin, "确认结果")
    assert state(jin) == "已确认"
    pressed(jin, "关账发放")
    assert state(jin) == "已结束"
    (ledger,) = kaohe.open(site.workspace).ledgers()
    assert ledger.month == "2026-10"
    lin.goto("/appraisals/mine/")
    assert "已结束" in lin.locator("main").inner_text()

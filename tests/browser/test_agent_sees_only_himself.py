"""An agent on his phone: his figures, his standing, his place; nothing of anybody else, wherever he goes."""

import re

import pytest
from appraisals_data import SCHEME, month

OTHERS = ("莫", "凯", "mo", "kai")
STRANGE = (
    *("/appraisals/1/", "/appraisals/1/marks/", "/appraisals/1/appeals/", "/appraisals/1/result/1/", "/appraisals/1/statement/1/"),
    *("/boards/", "/boards/trend/", "/boards/ranking/", "/boards/evidence/", "/boards/chat/", "/imports/", "/imports/history/"),
    *("/schemes/", "/schemes/1/", "/schemes/1/edit/", "/people/", "/roster/", "/roster/mo/", "/audit/", "/notices/"),
    *("/appraisals/new/", "/appraisals/mine/2/", "/appraisals/mine/1/evidence/pay/"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace with October of three agents."""
    return month(tmp_path_factory.mktemp("site") / "workspace").root


def under_way(page):
    """A cycle of that month that has begun, with everybody's standing computed."""
    page.goto("/schemes/")
    page.get_by_label("方案文件").set_input_files({"name": "月考.yaml", "mimeType": "application/yaml", "buffer": SCHEME.encode()})
    page.get_by_role("button", name="上传", exact=True).click()
    page.get_by_role("link", name=re.compile("^发布")).first.click()
    page.get_by_role("button", name="发布", exact=True).click()
    page.goto("/appraisals/new/")
    page.get_by_label("名称").fill("十月考核")
    page.get_by_label("方案").select_option(label="月考 v1")
    page.get_by_label("月份").fill("2026-10")
    for step in ("保存", "公布", "开始"):
        page.get_by_role("button", name=step, exact=True).click()
    page.get_by_role("link", name=re.compile("为止$")).wait_for(timeout=40_000)


def named(page):
    """The colleagues named anywhere in a page: in its text, its titles and its addresses. The address he typed himself is no answer."""
    typed = page.url.split("/", 3)[3]
    words = re.findall(r"[A-Za-z]+|[\u4e00-\u9fff]", page.content().replace(f'value="/{typed}"', ""))
    return sorted(set(OTHERS) & set(words))


def test_an_agent_reaches_his_own_pages_and_no_others(admin, let_in):
    under_way(admin)
    assert named(admin) != []
    lin = let_in("lin", "agent", agent_id="lin", phone=True)

    # His menu leads nowhere he may not go, and no page in it names a colleague.
    menu = lin.get_by_role("navigation", name="主菜单").get_by_role("link").all()
    addresses = [one.get_attribute("href") for one in menu]
    assert "/appraisals/mine/" in addresses
    lin.goto("/appraisals/mine/1/")
    within = [one.get_attribute("href") for one in lin.locator("main").get_by_role("link").all()]
    for address in dict.fromkeys(["/", *addresses, "/appraisals/mine/1/", *within]):
        if address.startswith("/"):
            assert lin.goto(address).status == 200, address
        assert named(lin) == [], address
        assert lin.evaluate("document.documentElement.scrollWidth") <= 390, address

    # His figures and his standing are there.
    lin.goto("/appraisals/mine/")
    assert "7 ÷ 10" in lin.locator("main").inner_text()
    lin.get_by_role("link", name="十月考核").click()
    assert "到 2026-10-14 为止，还会变" in lin.locator("main").inner_text()

    # Whatever else he types does not exist for him, or is not his.
    for address in STRANGE:
        answer = lin.goto(address)
        led_home = not answer.url.endswith(address) and "/appraisals/mine/" in answer.url
        assert answer.status in (403, 404) or led_home, address
        assert named(lin) == [], address

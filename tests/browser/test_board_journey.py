"""From files on a desk to one buyer's chat: uploaded, imported, shown on a board, opened down to the messages a figure is made of."""

import re
from pathlib import Path

from small_site import TABLES


def main(page):
    return page.locator("main").inner_text()


def uploaded(page):
    """Two shops' files, looked at and imported."""
    files = [{"name": f"{name}.csv", "mimeType": "text/csv", "buffer": text.encode()} for name, text in TABLES.items()]
    page.goto("/imports/")
    page.get_by_label("选择文件，或把文件拖到这里").set_input_files(files)
    page.get_by_role("button", name="上传", exact=True).click()
    page.get_by_role("button", name="导入", exact=True).click(timeout=40_000)
    page.get_by_text(re.compile("已导入")).first.wait_for(timeout=40_000)


def test_a_figure_on_a_board_is_opened_down_to_the_chat_it_is_made_of(admin, let_in):
    uploaded(admin)
    admin.get_by_role("link", name="看板", exact=True).click()
    admin.get_by_label("时间").select_option("days")
    admin.get_by_label("起", exact=True).fill("2026-11-02")
    admin.get_by_label("到", exact=True).fill("2026-11-03")
    admin.get_by_label("按", exact=True).select_option("agent")
    admin.get_by_role("button", name="查看").click()
    admin.wait_for_url("**first=2026-11-02**")
    assert [name.inner_text() for name in admin.get_by_role("rowheader").all()] == ["合计", "凯", "林", "莫", "未分配"]

    # What was chosen is in the address: the same page for whoever gets the link.
    admin.reload()
    assert (admin.get_by_label("按", exact=True).input_value(), admin.get_by_label("起", exact=True).input_value()) == (
        "agent",
        "2026-11-02",
    )
    with admin.expect_download() as download:
        admin.get_by_role("link", name="csv", exact=True).click()
    table = Path(download.value.path()).read_text("utf-8-sig")
    assert ("林" in table, "莫" in table, "凯" in table) == (True, True, True)

    # 莫 answered one buyer of one after two minutes: the figure, its evidence, the chat.
    admin.get_by_role("row", name=re.compile("^莫")).get_by_role("link", name=re.compile("0.00 %")).first.click()
    assert "0 ÷ 1" in main(admin)
    admin.get_by_role("rowheader").get_by_role("link", name="甲店").click()
    admin.get_by_role("link", name="b2", exact=True).first.click(timeout=8_000)
    assert admin.get_by_role("heading", level=1).inner_text() == "b2 · 甲店 · 2026-11-02"
    assert ("今天发" in main(admin), "等了" in main(admin)) == (True, True)

    # A lead of one group, on a phone, sees that group's people alone.
    chen = let_in("chen", "supervisor", groups="一组", phone=True)
    chen.goto("/boards/?period=days&first=2026-11-02&last=2026-11-03&by=agent")
    assert ("林" in main(chen), "莫" in main(chen)) == (True, False)
    assert chen.evaluate("document.documentElement.scrollWidth") <= 390

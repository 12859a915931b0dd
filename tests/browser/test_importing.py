"""Files into the site by a browser: dropped, watched, explained, imported; and what is refused said where one looks."""

from pathlib import Path

CHATS = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
甲店,b7,2026-11-04 09:00:00,buyer,,n1,在吗
甲店,b7,2026-11-04 09:00:15,agent,lin,n2,在的
甲店,b8,yesterday,buyer,,n3,多久到
"""
UNKNOWN = """门店,会员名,留言时刻,身份,接待人,流水号,留言内容
甲店,b7,2026-11-06 09:00:00,顾客甲方,,q1,在吗请问这个什么时候发货
甲店,b7,2026-11-06 09:00:15,接线员,lin,q2,在的亲亲今天下午就给您发出
"""


def wait_until_looked(page):
    """Until the worker has nothing left to do; the page loads itself anew then."""
    page.wait_for_function("() => !document.querySelector('[data-working=\"1\"]')", timeout=40_000)
    page.wait_for_load_state()


def drop(page, **files):
    """Drop files on the page, as with a mouse."""
    page.evaluate(
        """files => {
            const carried = new DataTransfer();
            for (const [name, text] of Object.entries(files)) carried.items.add(new File([text], name));
            const place = document.querySelector("form.drop");
            place.dispatchEvent(new DragEvent("dragover", { dataTransfer: carried, cancelable: true }));
            place.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, cancelable: true }));
        }""",
        files,
    )


def test_dropped_files_are_recognised_explained_and_imported(admin, site):
    admin.goto("/imports/")
    drop(admin, **{"chats.csv": CHATS, "留言.csv": UNKNOWN, "tool.csv": "MZ\u0000\u0001"})
    assert admin.locator(".chosen li").count() == 3
    admin.get_by_role("button", name="上传").click()
    admin.wait_for_url("**/imports/1/")
    assert "tool.csv" in admin.locator("main .error").first.inner_text()
    wait_until_looked(admin)
    assert "等你补充" in admin.locator(".standing").inner_text()

    admin.get_by_role("link", name="指明各列是什么").click()
    admin.get_by_label("“身份”是哪一列").select_option("sender")
    admin.get_by_role("button", name="只看看改了以后怎样").click()
    admin.get_by_label("顾客甲方").select_option("buyer")
    admin.get_by_label("接线员").select_option("agent")
    admin.get_by_role("button", name="试读并保存这个格式").click()
    admin.wait_for_url("**/imports/1/")
    wait_until_looked(admin)
    assert "等你确认导入" in admin.locator(".standing").inner_text()
    assert list((site.workspace / "profiles").glob("*.yaml"))

    admin.get_by_role("button", name="导入", exact=True).click()
    # The import does not hang on the window it was begun in.
    admin.goto("about:blank")
    admin.goto("/imports/1/")
    admin.locator(".standing", has_text="已导入").wait_for(timeout=40_000)
    admin.reload()
    assert "已导入" in admin.locator(".standing").inner_text()
    row = admin.locator("table tr", has_text="yesterday")
    assert [cell.strip() for cell in row.locator("td").all_inner_texts()][:3] == ["chats.csv", "4", "sent_at"]
    with admin.expect_download() as download:
        admin.get_by_role("link", name="下载被拒绝的行").click()
    assert "yesterday" in Path(download.value.path()).read_text("utf-8-sig")
    admin.goto("/imports/history/")
    assert admin.locator("td", has_text="chats.csv").count() == 1


def test_on_a_phone_an_owner_uploads_and_is_told_what_he_may_not(let_in):
    owner = let_in("zhao", "owner", shops="乙店", phone=True)
    owner.goto("/imports/")
    assert "只能导入这些店铺的数据：乙店" in owner.locator("form.drop").inner_text()
    owner.set_input_files("#files", [{"name": "page.xls", "mimeType": "text/html", "buffer": b"<html><table></table></html>"}])
    owner.get_by_role("button", name="上传").click()
    owner.locator("form.drop p.error", has_text="网页").wait_for()
    owner.set_input_files("#files", [{"name": "chats.csv", "mimeType": "text/csv", "buffer": CHATS.encode()}])
    owner.get_by_role("button", name="上传").click()
    owner.wait_for_url("**/imports/*/")
    wait_until_looked(owner)
    assert "你只能导入自己店铺的：乙店" in owner.locator("main").inner_text()
    assert owner.evaluate("document.documentElement.scrollWidth") <= 390

"""A scheme from a template to its second version: edited with its mistakes said where they are, tried on a month, published, compared."""

import re

import pytest
from appraisals_data import month


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace with October of three agents."""
    return month(tmp_path_factory.mktemp("site") / "workspace").root


def main(page):
    return page.locator("main").inner_text()


def pressed(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def opened(page, tab):
    page.get_by_role("navigation", name="这个方案").get_by_role("link", name=tab, exact=True).click()


def test_a_scheme_is_made_from_a_template_tried_published_and_followed_by_another(admin):
    admin.goto("/schemes/new/presale/")
    admin.get_by_label("编号").fill("我们的")
    admin.get_by_label("名称", exact=False).last.fill("我们的售前")
    pressed(admin, "复制成我的方案")
    admin.get_by_text("检查通过").wait_for()

    # A mistake is said while he types, where it is; the form does not take it.
    admin.get_by_role("link", name=re.compile("30秒应答率")).first.click()
    low = admin.get_by_label("从（含）").nth(1)
    was = low.input_value()
    low.fill("八成")
    admin.locator("#check").get_by_text("还没填对").wait_for()
    pressed(admin, "保存")
    assert "请写数字" in main(admin)
    low.fill(was)
    admin.locator("#check").get_by_text("检查通过").wait_for()
    pressed(admin, "保存")
    admin.wait_for_url("**/edit/#items")

    # Tried on the month there is, then published.
    opened(admin, "试算一个月")
    assert "评了 3 人" in main(admin)
    opened(admin, "发布")
    assert "这是第一版" in main(admin)
    pressed(admin, "发布")
    assert "已发布" in main(admin)

    # The second version: what is other, and who would get more or less.
    pressed(admin, "改成新版本")
    first, second = (admin.get_by_label(re.compile("^权重 %|^满分")).nth(at) for at in (0, 1))
    before = float(first.input_value()), float(second.input_value())
    first.fill(f"{before[0] + 5:g}")
    second.fill(f"{before[1] - 5:g}")
    pressed(admin, "保存权重")
    opened(admin, "对比")
    assert "第 1 版 → 第 2 版" in main(admin)
    assert f"{before[0] + 5:g}" in main(admin)
    opened(admin, "谁多谁少")
    admin.get_by_label("与哪一版比").select_option(index=0)
    pressed(admin, "试算")
    assert re.search(r"工资多了 \d+ 人", main(admin))
    opened(admin, "发布")
    assert "与已发布的第 1 版相比" in main(admin)
    pressed(admin, "发布")
    assert "已发布" in main(admin)
    admin.goto("/schemes/")
    assert len(admin.get_by_role("link", name=re.compile("^第 [12] 版")).all()) == 2

"""From an empty folder to people who are let in, as somebody who has just installed it goes."""


def test_the_link_in_the_terminal_makes_the_first_administrator_and_nobody_else(site, admin, visit):
    assert admin.get_by_role("link", name="人员", exact=True).is_visible()
    late = visit()
    assert late.goto(site.first_visit.replace("localhost", "127.0.0.1")).status == 404


def test_who_is_let_in_sets_his_own_password_and_sees_what_his_role_may(let_in):
    reader = let_in("du", "reader", phone=True)
    assert reader.get_by_role("link", name="人员", exact=True).count() == 0
    assert reader.goto("/people/").status == 403
    width = reader.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_pages_can_be_used_with_the_keyboard_alone(admin, visit):
    admin.goto("/people/")
    admin.keyboard.press("Tab")
    assert admin.evaluate("document.activeElement.className") == "skip"
    admin.keyboard.press("Enter")
    assert admin.evaluate("document.activeElement.id") == "main"
    page = visit()
    page.goto("/login/")
    page.locator("[name=username]").focus()
    page.keyboard.type("nobody")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    page.locator(".error").first.wait_for()
    assert page.url.endswith("/login/")

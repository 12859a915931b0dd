"""The site as people meet it: `kaohe serve` on a folder of its own, and a browser in front of it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PASSWORD = "a long enough password"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PATIENCE = 60
"""Seconds until a site that does not answer is a failure."""


@dataclass
class Site:
    """A running site: its address, its workspace, what its process said, and whether its first administrator was made."""

    address: str
    workspace: Path
    process: subprocess.Popen
    said: list[str] = field(default_factory=list)
    is_ours: bool = False
    listener: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    @property
    def first_visit(self) -> str:
        """The link printed for making the first administrator."""
        return re.search(r"http://\S+/first/\?token=\S+", "\n".join(self.said))[0]

    def listen(self) -> None:
        """Note what the process says, until it has ended."""
        with self.process.stdout:
            self.said.extend(self.process.stdout)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.listener.join(timeout=30)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def started(workspace: Path, port: int | None = None) -> Site:
    port = port or free_port()
    command = [sys.executable, "-m", "kaohe.cli", "serve", "--workspace", str(workspace), "--port", str(port), "--workers", "1"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KAOHE_", "DJANGO_", "DATABASE_"))}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    site = Site(f"http://127.0.0.1:{port}", workspace, process)
    for _ in range(PATIENCE * 5):
        time.sleep(0.2)
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{site.address}/login/", timeout=5):
                return site
        except OSError:
            continue
    site.stop()
    raise AssertionError("".join(site.said))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the site's workspace is. Empty, unless a module says otherwise."""
    return tmp_path_factory.mktemp("site") / "workspace"


@pytest.fixture(scope="module")
def site(folder):
    """A site on that workspace, shared by the tests of a module: starting one takes as long as a journey."""
    found = started(folder)
    yield found
    found.stop()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    path = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if path is None:
        # Where it could be installed, `make test` has done so.
        if shutil.which("apt-get") and os.geteuid() == 0:
            pytest.fail("there is no Chromium; run: make browser")
        pytest.skip("there is no Chromium here")
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def visit(browser, site):
    """A new visitor's window, on a phone's screen or a desk's; whatever goes wrong in a page fails the test."""
    trouble, contexts = [], []

    def opened(*, phone: bool = False):
        screen = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
        context = browser.new_context(base_url=site.address, viewport=screen, locale="zh-CN", timezone_id="Asia/Shanghai")
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda message: trouble.append(message.text) if "Content Security Policy" in message.text else None)
        page.on("response", lambda answer: trouble.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
        contexts.append(context)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture
def admin(site, visit):
    """The first administrator's window: made by the link in the terminal, by whichever test of a module comes first."""
    page = visit()
    if site.is_ours:
        log_in(page, "admin")
        return page
    page.goto(site.first_visit.replace("localhost", "127.0.0.1"))
    page.get_by_label("登录名").fill("admin")
    page.get_by_label("姓名").fill("管理员")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("再输一遍").fill(PASSWORD)
    page.get_by_role("button").last.click()
    page.wait_for_url("**/")
    site.is_ours = True
    return page


@pytest.fixture
def let_in(admin, visit):
    """Somebody the administrator lets in, logged in with a password of his own."""

    def entered(username: str, role: str, *, agent_id: str = "", groups: str = "", shops: str = "", phone: bool = False):
        admin.goto("/people/")
        admin.get_by_label("登录名").fill(username)
        admin.get_by_label("姓名").fill(username.title())
        admin.get_by_label("客服编号").fill(agent_id)
        admin.get_by_label("角色").select_option(role)
        admin.get_by_label("小组").fill(groups)
        admin.get_by_label("店铺").fill(shops)
        admin.get_by_role("button", name="添加").click()
        first = admin.locator(".secret code").inner_text()
        page = visit(phone=phone)
        log_in(page, username, first)
        page.get_by_label("原密码").fill(first)
        page.get_by_label("新密码").fill(PASSWORD)
        page.get_by_label("再输一遍").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url("**/")
        return page

    return entered


def log_in(page, username: str, password: str = PASSWORD) -> None:
    page.goto("/login/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    with page.expect_navigation():
        page.locator("main form button").click()

"""A small shop, imported once through the command line, and a way to run commands."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from kaohe.cli import main

SHOPS = "shop_id,platform,name,timezone\ns1,generic,甲店,Asia/Shanghai\n"

AGENTS = "agent_id,name,group,role\nlin,林,一组,presale\nmo,莫,一组,aftersale\n"

MESSAGES = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,b1,2026-11-02 09:00:00,buyer,,m1,=1+1
s1,b1,2026-11-02 09:00:05,bot,,m2,欢迎光临
s1,b1,2026-11-02 09:00:20,agent,lin,m3,在的
s1,b2,2026-11-02 09:10:00,buyer,,m4,发货了吗
s1,b2,2026-11-02 09:12:00,agent,mo,m5,今天发
s1,b3,2026-11-02 10:00:00,buyer,,m6,[red]有人吗\x1b[31m
s1,b1,2026-11-03 09:00:00,buyer,,m7,谢谢
s1,b1,2026-11-03 09:00:10,agent,lin,m8,不客气
"""


@dataclass
class Ended:
    """How a command ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def run(capsys, monkeypatch):
    """Run one command in this process."""
    monkeypatch.delenv("KAOHE_LANG", raising=False)
    monkeypatch.delenv("KAOHE_WORKSPACE", raising=False)

    def command(*arguments) -> Ended:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return command


@pytest.fixture(scope="session")
def exports(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "shops.csv").write_text(SHOPS, "utf-8")
    (folder / "agents.csv").write_text(AGENTS, "utf-8")
    (folder / "messages.csv").write_text(MESSAGES, "utf-8")
    return folder


@pytest.fixture(scope="session")
def workspace(exports, tmp_path_factory) -> Path:
    """A workspace of the small shop that tests only read."""
    folder = tmp_path_factory.mktemp("work") / "workspace"
    assert main(["import", str(exports), "--workspace", str(folder)]) == 0
    return folder

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


TRADE = {
    "messages": """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,b2,2026-11-02 09:20:00,agent,lin,m9,还有什么能帮您
""",
    "orders": """order_id,shop_id,buyer_id,created_at,paid_at,amount,quantity
o1,s1,b1,2026-11-02 09:01:00,2026-11-02 09:05:00,88.00,1
o2,s1,b9,2026-11-02 12:00:00,2026-11-02 12:01:00,12.50,2
o3,s1,b2,2026-11-02 09:11:00,2026-11-02 09:30:00,30.00,1
o4,s1,b1,2026-11-02 09:00:10,2026-11-02 09:00:30,9.90,1
""",
    "refunds": """refund_id,shop_id,order_id,applied_at,completed_at,amount,type,status,platform_intervened,merchant_liable
r1,s1,o3,2026-11-02 20:00:00,2026-11-03 08:00:00,30.00,return_refund,success,true,true
""",
    "complaints": """complaint_id,shop_id,buyer_id,filed_at,upheld
c1,s1,b2,2026-11-03 10:00:00,true
""",
    "reviews": """review_id,shop_id,order_id,buyer_id,reviewed_at,stars,followed_up_at,revised_at,revised_stars
v1,s1,o3,b2,2026-11-02 18:00:00,2,2026-11-02 19:00:00,2026-11-03 09:00:00,5
""",
    "ratings": """rating_id,shop_id,buyer_id,agent_id,invited_at,rated_at,stars
g1,s1,b1,lin,2026-11-02 09:10:00,2026-11-02 09:12:00,5
""",
    "presence": """shop_id,agent_id,online_at,offline_at
s1,lin,2026-11-02 08:00:00,2026-11-02 12:00:00
""",
    "traffic": """shop_id,day,visitors,ad_spend,ad_sales
s1,2026-11-02,100,20.00,90.00
""",
    "targets": """month,shop_id,agent_id,metric,target
2026-11,s1,,sales_amount,1000
2026-11,s1,lin,sales_amount,500
""",
    "attendance": "agent_id,day,days\nlin,2026-11-02,1\n",
    "scores": "shop_id,agent_id,metric,scored_on,score,by\n"
    + "".join(
        f"s1,lin,{metric},2026-11-02,90,吴\n"
        for metric in (
            "qa_score",
            "knowledge_score",
            "typing_speed",
            "conduct_score",
            "plan_execution",
            "team_progress",
            "cooperation",
            "discipline",
        )
    ),
}
"""What became of the small shop's chats, by table."""


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


@pytest.fixture(scope="session")
def trading(exports, tmp_path_factory) -> Path:
    """The same shop with orders and what became of them, that tests only read."""
    tables = tmp_path_factory.mktemp("trade")
    for name, text in TRADE.items():
        (tables / f"{name}.csv").write_text(text, "utf-8")
    folder = tmp_path_factory.mktemp("work") / "trading"
    assert main(["import", str(exports), str(tables), "--workspace", str(folder)]) == 0
    return folder

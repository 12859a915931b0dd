"""Two small shops for pages to show: lin (一组) and mo (二组) answer at s1, kai (三组) at another shop."""

from pathlib import Path

import kaohe
from kaohe.workspace import Workspace

TABLES = {
    "shops": "shop_id,platform,name,timezone\ns1,generic,甲店,Asia/Shanghai\nother,generic,乙店,Asia/Shanghai\n",
    "agents": "agent_id,name,group,role\nlin,林,一组,presale\nmo,莫,二组,presale\nkai,凯,三组,presale\n",
    "accounts": "shop_id,account,agent_id\ns1,lin,lin\ns1,mo,mo\nother,kai,kai\n",
    "messages": """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,b1,2026-11-02 09:00:00,buyer,,m1,=1+1
s1,b1,2026-11-02 09:00:20,agent,lin,m2,在的
s1,b2,2026-11-02 09:10:00,buyer,,m3,发货了吗
s1,b2,2026-11-02 09:12:00,agent,mo,m4,今天发
s1,b3,2026-11-02 10:00:00,buyer,,m5,<b>有人吗</b>
s1,b1,2026-11-03 09:00:00,buyer,,m6,谢谢
s1,b1,2026-11-03 09:00:10,agent,lin,m7,不客气
other,c1,2026-11-03 11:00:00,buyer,,m8,在吗
other,c1,2026-11-03 11:00:05,agent,kai,m9,在的
""",
    "orders": "order_id,shop_id,buyer_id,created_at,paid_at,amount,quantity\no1,s1,b1,2026-11-02 09:01:00,2026-11-02 09:05:00,88.00,1\n",
}


def made(folder: Path) -> Workspace:
    """A workspace with all of it in `folder`."""
    exports = folder.parent / f"{folder.name}-exports"
    exports.mkdir()
    for name, text in TABLES.items():
        (exports / f"{name}.csv").write_text(text, "utf-8")
    kaohe.create(folder)
    found = kaohe.open(folder)
    found.import_exports([exports])
    return found

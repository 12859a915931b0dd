"""Every article from imported files to a pay sheet: the figures, the points and the yuan below are reckoned by hand in the comments."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import kaohe

CHINA = ZoneInfo("Asia/Shanghai")
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
COLUMNS = {
    "shops": "shop_id platform",
    "agents": "agent_id name role joined_on",
    "accounts": "shop_id account agent_id valid_from",
    "messages": "shop_id buyer_id sent_at sender agent_id message_id",
    "orders": "shop_id order_id buyer_id created_at paid_at grouped_at amount quantity",
    "refunds": "shop_id refund_id order_id agent_id applied_at completed_at amount type status platform_intervened merchant_liable",
    "complaints": "shop_id complaint_id buyer_id agent_id filed_at upheld kind",
    "reviews": "shop_id review_id order_id buyer_id agent_id reviewed_at stars revised_at revised_stars",
    "ratings": "shop_id rating_id buyer_id agent_id rated_at stars",
    "resolutions": "shop_id buyer_id day resolved",
    "presence": "shop_id agent_id online_at offline_at",
    "scores": "agent_id metric scored_on score",
    "targets": "month shop_id agent_id metric target",
    "traffic": "shop_id day visitors ad_spend ad_sales",
    "attendance": "agent_id day days",
}


class Month:
    """November 2026 in one shop, written down row by row and then imported.

    Buyers are called after the agent and a number: the first of lin is lin-0. He asks at ten, and the answer comes after a wait.
    """

    def __init__(self, shop: str, platform: str) -> None:
        self.shop, self.platform = shop, platform
        self.rows: dict[str, list[tuple[object, ...]]] = {"shops": [(shop, platform)]}

    def add(self, table: str, *rows: tuple[object, ...]) -> None:
        self.rows.setdefault(table, []).extend(rows)

    def asks(self, agent: str, waits: list[int | None], first_day: int = 1, buyers: str | None = None, at: str = "10:00") -> None:
        """One question a buyer, answered by the agent so many seconds later; None: the question went to him and was never answered."""
        for number, wait in enumerate(waits):
            buyer, asked = f"{buyers or agent}-{number}", self.when(number, first_day, at)
            name = f"{agent}-{buyer}-{first_day}"
            self.add("messages", (self.shop, buyer, asked, "buyer", agent if wait is None else "", f"q-{name}"))
            if wait is not None:
                self.add("messages", (self.shop, buyer, asked + timedelta(seconds=wait), "agent", agent, f"a-{name}"))

    def buys(
        self, agent: str, count: int, amount: str, quantity: int = 1, first: int = 0, first_day: int = 1, *, pays: bool = True
    ) -> None:
        """An order of so many of the agent's buyers, two hours after they asked, paid and complete a minute later."""
        for number in range(first, first + count):
            created = self.when(number, first_day, "12:00")
            paid = created + timedelta(minutes=1) if pays else ""
            self.add("orders", (self.shop, f"o-{agent}-{number}", f"{agent}-{number}", created, paid, paid, amount, quantity))

    def sells_in_silence(self, count: int) -> None:
        """So many orders of 50 yuan that nobody talked about before."""
        for number in range(count):
            created = self.when(number, 1, "09:00")
            paid = created + timedelta(minutes=1)
            self.add("orders", (self.shop, f"o-{number}", f"silent-{number}", created, paid, paid, "50.00", 1))

    def refunded(self, order: str, amount: str, hours: int, agent: str = "", kind: str = "refund_only", *, dispute: bool = False) -> None:
        applied = datetime(2026, 11, 25, 9)
        done = applied + timedelta(hours=hours)
        self.add(
            "refunds", (self.shop, f"r-{order}", order, agent, applied, done, amount, kind, "success", *2 * ["是" if dispute else "否"])
        )

    def rated(self, agent: str, stars: list[int]) -> None:
        for number, star in enumerate(stars):
            self.add("ratings", (self.shop, f"s-{agent}-{number}", f"{agent}-{number}", agent, self.when(number, 1, "13:00"), star))

    def online(self, agent: str, hours: int) -> None:
        """Twenty days of so many hours."""
        for day in range(1, 21):
            begun = datetime(2026, 11, day, 9)
            self.add("presence", (self.shop, agent, begun, begun + timedelta(hours=hours)))

    def marked(self, agent: str, **marks: object) -> None:
        self.add("scores", *((agent, metric, "2026-11-20", mark) for metric, mark in marks.items()))

    @staticmethod
    def when(number: int, first_day: int, at: str) -> datetime:
        """Twelve days one after the other, then again: nobody asks twice a day."""
        hour, minute = map(int, at.split(":"))
        return datetime(2026, 11, first_day + number % 12, hour, minute) + timedelta(minutes=number // 12)

    def imported(self, folder: Path, *others: Path) -> kaohe.Workspace:
        files = folder / "files"
        files.mkdir(parents=True)
        for table, rows in self.rows.items():
            lines = [COLUMNS[table].replace(" ", ","), *(",".join(map(str, row)) for row in rows)]
            (files / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        workspace = kaohe.create(folder / "ws")
        report = workspace.import_exports([files, *others], shop=self.shop, platform=self.platform)
        assert report.refused == 0
        return workspace


def points(statement):
    return {line.item.key: line.points for line in statement.lines}


def paid(statement):
    return {line.key: line.amount for line in statement.pay_lines}


def d(**numbers):
    return {name: None if number is None else Decimal(str(number)) for name, number in numbers.items()}


# A1 and A2: the chats as Pinduoduo gives them, orders, complaints.


@pytest.fixture(scope="module")
def pdd(tmp_path_factory):
    """lin answers nearly everybody, mo a tenth too late, wu most of them after an hour: 60, 400, 4000 and 5000 s."""
    folder = tmp_path_factory.mktemp("pdd")
    month, chat = Month("hz", "pdd"), []
    waits = {"lin": [60] * 38 + [400, 4000], "mo": [60] * 36 + [5000] * 4, "wu": [60] * 15 + [5000] * 25}
    for agent, seconds in waits.items():
        for number, wait in enumerate(seconds):
            buyer, asked = f"{agent}-{number}", month.when(number, 1, "10:00")
            people = [
                ({"role": "user", "uid": buyer}, {"role": "mall_cs", "uid": "hz"}),
                ({"role": "mall_cs", "uid": "hz", "cs_uid": agent}, {"role": "user", "uid": buyer}),
            ]
            for (author, receiver), when in zip(people, (asked, asked + timedelta(seconds=wait)), strict=True):
                said = {
                    "msg_id": f"{buyer}-{when:%H%M%S}",
                    "from": author,
                    "to": receiver,
                    "ts": str(int(when.replace(tzinfo=CHINA).timestamp())),
                    "type": 0,
                    "content": "在吗",
                }
                chat.append({"response": "push", "message": said})
    (folder / "chat.json").write_text(json.dumps(chat, ensure_ascii=False), encoding="utf-8")
    month.buys("lin", 16, "65.00")
    month.buys("mo", 10, "65.00")
    month.add("complaints", ("hz", "c1", "mo-3", "mo", "2026-11-04 18:00:00", "是", "发货慢"))
    return month.imported(folder, folder / "chat.json")


def test_a1_effective_replies_with_the_platforms_floor_as_a_gate(pdd):
    found = pdd.appraise("pdd-response", *NOVEMBER)
    # lin 39 of 40 within the hour: 97.5 %, 80 × 30 %. mo 36 of 40: 90 % exactly, the same band. wu 15 of 40: 37.5 %,
    # nothing.
    assert {one.agent_id: points(one)["effective_reply_rate"] for one in found.statements} == d(lin=24, mo=24, wu=0)
    assert {one.agent_id: one.gates[0].passed for one in found.statements} == {"lin": True, "mo": True, "wu": False}
    # Without the floor there is no bonus, only the base.
    assert (paid(found.statement("wu")), found.statement("wu").pay) == (d(base=3500, bonus=0), Decimal("3500.00"))


def test_a2_five_minutes_complaints_and_conversion_to_a_pay_sheet(pdd):
    found = pdd.appraise("pdd-response", *NOVEMBER)
    # lin: 38 of 40 in 5 min is 95 % exactly, 100 × 30 %; no complaint; 16 of 40 convert, 40 %, 90 × 20 %. 24 + 30 +
    # 20 + 18 = 92, A: 1000 × 1.2.
    # mo: 36 of 40, 90 % exactly, 80 × 30 %; one complaint of 40, 2.5 %, nothing; 25 %, 40 × 20 %. 24 + 24 + 0 + 8 =
    # 56, D: 1000 × 0.5.
    assert points(found.statement("lin")) == d(effective_reply_rate=24, reply_rate_5min=30, complaint_rate=20, inquiry_conversion=18)
    assert points(found.statement("mo")) == d(effective_reply_rate=24, reply_rate_5min=24, complaint_rate=0, inquiry_conversion=8)
    assert [(one.agent_id, one.place, one.points, one.grade, one.pay) for one in found.statements] == [
        ("lin", 1, Decimal(92), "A", Decimal("4700.00")),
        ("mo", 2, Decimal(56), "D", Decimal("4000.00")),
        ("wu", 3, Decimal(28), "D", Decimal("3500.00")),
    ]


# A3 and A4: pre-sale and after-sale agents of a Pinduoduo shop.


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """lin and mo sell, chen does the after-sale; mo joined on the 16th. 170 orders are silent, so that the shop has 200."""
    month = Month("hz", "pdd")
    month.add("agents", ("lin", "林", "presale", ""), ("mo", "莫", "presale", "2026-11-16"), ("chen", "陈", "aftersale", ""))
    month.add("accounts", *(("hz", name, name, "") for name in ("lin", "mo", "chen")))
    month.asks("lin", [10] * 36 + [40] * 4)
    month.asks("mo", [20] * 20 + [100] * 20, first_day=17)
    month.asks("chen", [30] * 30)
    month.buys("lin", 8, "65.00", 1)
    month.buys("lin", 8, "65.00", 2, first=8)
    month.buys("mo", 14, "70.00", first_day=17)
    month.sells_in_silence(170)
    month.refunded("o-lin-0", "65.00", 24)
    month.refunded("o-0", "50.00", 24, dispute=True)
    for number in range(1, 9):
        month.refunded(f"o-{number}", "50.00", 24)
    month.add("complaints", ("hz", "c1", "mo-3", "mo", "2026-11-25 18:00:00", "是", "辱骂买家"))
    return month.imported(tmp_path_factory.mktemp("both"))


def test_a3_the_figures_of_a_new_agent_and_what_an_upheld_complaint_of_abuse_does(both):
    mo = both.appraise("presale", *NOVEMBER).statement("mo")
    # 20 of 40 in 30 s: 50 % exactly, 40 × 20 %. Σ 20 × 20 + 20 × 100 = 2400 s of 40: 60 s exactly, nothing. All
    # effective: 15. 14 of 40: 35 % exactly, 70 × 25 %. 70.00 a buyer, exactly the last band: 10. One item each: 40 ×
    # 5 %. One complaint of 40: nothing. Together 52.50.
    assert points(mo) == d(
        reply_rate_30s=8,
        avg_response_seconds=0,
        effective_reply_rate=15,
        inquiry_conversion=17.5,
        average_order_value=10,
        items_per_buyer=2,
        complaint_rate=0,
    )
    assert (mo.points, mo.grade, mo.place, [reason.kind for reason in mo.reasons]) == (Decimal("52.50"), "D", None, ["vetoed"])
    # Fifteen days of thirty: 3500 ÷ 2. Commission of what he sold in them: 980 × 0.5 % × 0.5 = 2.45.
    assert (paid(mo), mo.pay) == (d(base=1750, commission=2.45), Decimal("1752.45"))


def test_a4_pre_sale(both):
    lin = both.appraise("presale", *NOVEMBER).statement("lin")
    # 36 of 40 in 30 s: 90 %, 80 × 20 %. Σ 36 × 10 + 4 × 40 = 520 s of 40: 13 s, 15. Effective 15. 16 of 40: 40 %, 90
    # × 25 %. 65.00 a buyer: 80 × 10 %. 24 items of 16 buyers: 1.5 exactly, 80 × 5 %. No complaint: 10. Together
    # 90.50, A.
    assert points(lin) == d(
        reply_rate_30s=16,
        avg_response_seconds=15,
        effective_reply_rate=15,
        inquiry_conversion=22.5,
        average_order_value=8,
        items_per_buyer=4,
        complaint_rate=10,
    )
    assert (lin.points, lin.grade, lin.place) == (Decimal("90.50"), "A", 1)
    # 16 × 65 less one refund: 975 × 0.5 % × 1.2 = 5.85.
    assert (paid(lin), lin.pay) == (d(base=3500, commission=5.85), Decimal("3505.85"))


def test_a4_after_sale_with_the_shops_disputes_and_refund_time(both):
    found = both.appraise("aftersale", *NOVEMBER)
    (chen,) = found.statements
    # First and average 30 s, exactly on a band each: 50 × 15 % and 60 × 15 %. Effective 20, no complaint 20. One
    # dispute of the shop's 200 orders: 0.5 % exactly, nothing. Ten refunds of 24 h each: 24 h exactly, 80 × 15 %.
    # Together 68.5, C: 1200 × 0.8.
    assert points(chen) == d(
        first_response_seconds=7.5,
        avg_response_seconds=9,
        effective_reply_rate=20,
        complaint_rate=20,
        dispute_refund_rate=0,
        avg_refund_hours=12,
    )
    assert (chen.points, chen.grade, paid(chen), chen.pay) == (Decimal("68.50"), "C", d(base=3800, bonus=960), Decimal("4760.00"))


# A5, A6 and A7: a Taobao shop with everything an archetype looks at.


@pytest.fixture(scope="module")
def taobao(tmp_path_factory):
    """lin and wu sell, mo and chen do the after-sale, zhao does all of it. The shop has 100 orders, 34 of them silent."""
    month = Month("tm", "taobao")
    roles = {"lin": "presale", "wu": "presale", "mo": "aftersale", "chen": "aftersale", "zhao": "mixed"}
    month.add("agents", *((name, name, role, "") for name, role in roles.items()))
    month.add("accounts", *(("tm", name, name, "") for name in roles))
    month.sells_in_silence(34)
    month.asks("lin", [20] * 40)
    month.asks("wu", [20] * 40)
    month.asks("zhao", [20] * 40)
    # Ten of zhao's buyers, and thirty of those who bought without asking, come back with a question after the sale.
    month.asks("zhao", [20] * 10, first_day=14, at="15:00")
    month.asks("mo", [30] * 30, first_day=3, buyers="silent", at="11:00")
    month.asks("chen", [70] * 30)
    month.buys("lin", 20, "100.00")
    month.buys("wu", 16, "50.00")
    month.buys("zhao", 30, "100.00")
    month.refunded("o-lin-0", "100.00", 24, "mo")
    month.refunded("o-5", "50.00", 24, "mo")
    for order, amount in (("o-6", "50.00"), ("o-7", "50.00"), ("o-zhao-0", "100.00")):
        month.refunded(order, amount, 24, "mo", "return_refund")
    month.add(
        "reviews", *(("tm", f"e-{n}", f"o-zhao-{n}", f"zhao-{n}", "", "2026-11-26 10:00:00", 5 if n else 2, "", "") for n in range(20))
    )
    month.add("reviews", ("tm", "e-mo", "o-8", "silent-8", "mo", "2026-11-26 10:00:00", 2, "2026-11-27 10:00:00", 5))
    month.rated("lin", [5] * 9 + [2])
    month.rated("mo", [5] * 10)
    month.rated("zhao", [5] * 8 + [1] * 2)
    month.add("resolutions", *(("tm", f"zhao-{n}", f"2026-11-{14 + n}", "否") for n in range(2)))
    for agent, hours in (("lin", 8), ("wu", 7), ("mo", 8), ("chen", 8), ("zhao", 8)):
        month.online(agent, hours)
    month.marked("lin", qa_score=90, typing_speed=60, knowledge_score=85)
    month.marked("mo", qa_score=80, typing_speed=80, knowledge_score=100)
    month.marked("zhao", knowledge_score=80, conduct_score=90)
    return month.imported(tmp_path_factory.mktemp("taobao"))


def test_a5_pre_sale_who_meets_the_requirements_earns_by_conversion(taobao):
    found = taobao.appraise("incentive-presale", *NOVEMBER)
    lin, wu = found.statement("lin"), found.statement("wu")
    # 20 of 40: 50 %, three quarters of the way from 20 to 60 %. 2000 less 100 refunded: 1900 × 1.2 % = 22.80.
    assert (lin.points, paid(lin), lin.pay) == (Decimal("75.00"), d(base=3500, commission=22.8), Decimal("3522.80"))
    # Twenty days of seven hours: 140 of 150. 16 of 40 would have been worth something.
    assert [gate.passed for gate in wu.gates] == [False, True, True]
    assert (wu.points, paid(wu), wu.pay) == (Decimal(0), d(base=3500, commission=0), Decimal("3500.00"))


def test_a5_after_sale_who_meets_the_requirements_earns_by_reviews_and_returns(taobao):
    found = taobao.appraise("incentive-aftersale", *NOVEMBER)
    mo, chen = found.statement("mo"), found.statement("chen")
    # The shop: 21 reviews, one bad and not mended: 95.24 %, 80 × 40 %. 3 returns of 100 orders: 3 % exactly, 80 × 30
    # %. One review fixed: 50 × 30 %.
    assert points(mo) == d(positive_review_rate=32, return_rate=24, review_fixes=15)
    assert (paid(mo), mo.pay) == (d(base=3800, praise=200, returns=200, fixes=10), Decimal("4210.00"))
    # Online and answering everybody, but 70 s on average are too many.
    assert [gate.passed for gate in chen.gates] == [True, True, False]
    assert (chen.points, chen.pay) == (Decimal(0), Decimal("3800.00"))


def test_a5_mixed_takes_all(taobao):
    zhao = taobao.appraise("incentive-mixed", *NOVEMBER).statement("zhao")
    # 30 of 40: 75 %, full marks. 19 of 20 reviews: 95 % exactly, 80 × 20 %. One return of 30 orders: 3.33 %, 80 × 20
    # %. Nothing fixed.
    assert points(zhao) == d(inquiry_conversion=40, positive_review_rate=16, return_rate=16, review_fixes=0)
    # 3000 less 100: 2900 × 0.9 % = 26.10.
    assert (paid(zhao), zhao.pay) == (d(base=3500, commission=26.1, praise=100, returns=100, fixes=0), Decimal("3726.10"))


def test_a6_traffic(taobao):
    lin = taobao.appraise("traffic-presale", *NOVEMBER).statement("lin")
    # 50 %: 30. 40 served: 40 × 20 %. 2000 yuan: 40 × 15 %. 100 a buyer: 10. First answers after 20 s: 80 × 15 %. 9 of
    # 10 ratings: 90 % exactly, 80 × 10 %.
    assert points(lin) == d(
        inquiry_conversion=30, served_buyers=8, sales_amount=6, average_order_value=10, first_response_seconds=12, satisfaction_rate=8
    )
    # The bracket 66 of 90: 73 %, 0.5 % of 1900. Satisfaction 8 of 10: the third tier.
    assert (paid(lin), lin.pay) == (d(base=3500, commission=9.5, satisfaction=200), Decimal("3709.50"))


def test_a6_service(taobao):
    lin = taobao.appraise("service-presale", *NOVEMBER).statement("lin")
    # 20. 100 a buyer: 40 × 15 %. One refund of 20 orders: 5 % exactly, 80 × 15 %. 20 s: 80 × 15 %. All answered: 10.
    # A mark of 90: 75 × 15 %. 8.
    assert points(lin) == d(
        inquiry_conversion=20,
        average_order_value=6,
        refund_rate=12,
        avg_response_seconds=12,
        reply_rate=10,
        qa_score=11.25,
        satisfaction_rate=8,
    )
    # The bracket 71.25 of 90: 79.2 %, just short of the higher rate.
    assert (lin.points, paid(lin), lin.pay) == (Decimal("79.25"), d(base=4000, commission=9.5, satisfaction=300), Decimal("4309.50"))


def test_a6_growth(taobao):
    lin = taobao.appraise("growth-presale", *NOVEMBER).statement("lin")
    # 20; 2000 yuan: 40 × 15 %; 20 s: 15; a mark of 90: 20. The bracket 61 of 70: 87 %, 0.8 % of 1900. 60 characters a
    # minute exactly and 85 in the exam: 80 × 10 %.
    assert points(lin) == d(
        inquiry_conversion=20,
        sales_amount=6,
        avg_response_seconds=15,
        qa_score=20,
        typing_speed=8,
        knowledge_score=8,
        satisfaction_rate=8,
    )
    assert (paid(lin), lin.pay) == (d(base=3200, commission=15.2, typing=100, knowledge=150, satisfaction=150), Decimal("3615.20"))


def test_a6_returns(taobao):
    mo = taobao.appraise("returns-aftersale", *NOVEMBER).statement("mo")
    # Completion by the refunds alone, five of 24 h: 80 × 30 %; nobody was urged, and one bad review is too few. 30 s:
    # 60 × 15 %. 80 a minute: 10. A mark of 80 is half the way from 60 to 100: 7.5. The exam 15. Ten good ratings: 15.
    # Together 80.5 × 15 yuan.
    assert points(mo) == d(completion=24, avg_response_seconds=9, typing_speed=10, qa_score=7.5, knowledge_score=15, satisfaction_rate=15)
    assert (paid(mo), mo.pay) == (d(base=3500, performance=1207.5), Decimal("4707.50"))


def test_a6_reputation(taobao):
    mo = taobao.appraise("reputation-aftersale", *NOVEMBER).statement("mo")
    # Nobody was urged: those 15 are spread over 85, 30 becoming 35.29, 10 becoming 11.76, 15 becoming 17.65. Reviews
    # by the one fixed: 50 % of 35.29 = 17.645.
    assert points(mo) == d(
        reviews=17.65, typing_speed=11.76, qa_score=8.83, reply_rate=17.65, urge_conversion=None, satisfaction_rate=17.65
    )
    # 73.54 × 15.
    assert (mo.points, paid(mo), mo.pay) == (Decimal("73.54"), d(base=3500, performance=1103.1), Decimal("4603.10"))


def test_a6_all_round(taobao):
    zhao = taobao.appraise("all-round", *NOVEMBER).statement("zhao")
    # 75 %: 20. 3000 yuan: 40 × 15 %. 100 a buyer: 10. 8 of 10 after-sale contacts resolved: 80 % exactly, 80 × 15 %.
    # The exam 80: half of 15. 8 of 10 ratings: 80 % exactly, 60 × 15 %. Conduct 90 exactly: 10. Together 74.5 × 20
    # yuan.
    assert points(zhao) == d(
        inquiry_conversion=20,
        sales_amount=6,
        average_order_value=10,
        resolution_rate=12,
        knowledge_score=7.5,
        satisfaction_rate=9,
        conduct_score=10,
    )
    assert (paid(zhao), zhao.pay) == (d(base=3500, performance=1490), Decimal("4990.00"))


def test_a7_five_weights(taobao):
    found = taobao.appraise("weighted-presale", *NOVEMBER)
    lin, wu = found.statement("lin"), found.statement("wu")
    # Service: all in 30 s 100 × 40 %, 20 s 80 × 30 %, 90 % satisfied 80 × 30 %: 88 × 35 %. Conversion 30. The higher
    # order value of the two 100, one item each 40: 70 × 20 %. 40 served: 40 × 10 %. 5 % refunded: 80 × 5 %. Together
    # 82.8, B.
    assert points(lin) == d(service=30.8, inquiry_conversion=30, value=14, served_buyers=4, refund_rate=4)
    assert (lin.grade, paid(lin), lin.pay) == ("B", d(base=3500, commission=9.5, grade=500), Decimal("4009.50"))
    # The lower order value: 40 and 40. Sixteen orders are too few for a refund rate, whose 5 are spread: 20 becomes
    # 21.05.
    assert (points(wu)["value"], points(wu)["refund_rate"]) == (Decimal("8.42"), None)


def test_a7_three_weights(taobao):
    mo = taobao.appraise("weighted-aftersale", *NOVEMBER).statement("mo")
    # Service: first answers after 30 s 50 × 25 %, all effective 25, all satisfied 50: 87.5 × 40 %. Nobody came back:
    # 40. 30 served: 40 × 20 %. Together 83, B.
    assert points(mo) == d(service=35, resolution_rate=40, served_buyers=8)
    assert (mo.grade, paid(mo), mo.pay) == ("B", d(base=3800, grade=800), Decimal("4600.00"))


def test_a7_pk_four_factors_each_with_its_podium(taobao):
    found = taobao.appraise("pk", *NOVEMBER)
    podiums = {one.agent_id: {key: podium.place for key, podium in one.podium.items()} for one in found.statements}
    # zhao sold 3000, lin 2000, wu 800; 75, 50 and 40 % converted. Only zhao has the 50 messages that response asks
    # for. He served 50, lin and wu 40 each.
    assert podiums["zhao"] == {"sales_amount": 1, "inquiry_conversion": 1, "avg_response_seconds": 1, "served_buyers": 1}
    assert podiums["lin"] == {"sales_amount": 2, "inquiry_conversion": 2, "avg_response_seconds": None, "served_buyers": 2}
    assert podiums["wu"] == {"sales_amount": 3, "inquiry_conversion": 3, "avg_response_seconds": None, "served_buyers": 2}
    # 4 × 300; 200 + 200 + (200 + 100) ÷ 2; 100 + 100 + 150.
    assert {one.agent_id: one.pay for one in found.statements} == d(zhao=4700, lin=4050, wu=3850, mo=3500, chen=3500)
    assert all(one.points is None for one in found.statements)


# A8: a Douyin shop.


def test_a8_conversion_in_tiers_targets_and_grades(tmp_path):
    month = Month("dy", "douyin")
    month.asks("lin", [25] * 40)
    month.asks("mo", [19] * 40)
    month.asks("wu", [30] * 39 + [None])
    month.buys("lin", 20, "65.00")
    month.buys("lin", 5, "65.00", first=20, pays=False)
    month.buys("mo", 24, "70.00")
    month.buys("wu", 15, "60.00")
    month.buys("wu", 5, "60.00", first=15, pays=False)
    month.add("targets", *(("2026-11", "", name, "sales_amount", target) for name, target in (("lin", 2000), ("mo", 1680), ("wu", 1000))))
    found = month.imported(tmp_path).appraise("douyin", *NOVEMBER)
    # lin: 20 of 40, 50 % exactly, 80 × 30 %. 1300 of 2000: 65 % of 20. 20 of 25 orders paid: 80 % exactly, 60 × 15 %.
    # 65 a buyer: 80 × 10 %. 25 s: 80 × 15 %. All answered: 10.
    assert points(found.statement("lin")) == d(
        inquiry_conversion=24,
        target_completion=13,
        final_order_rate=9,
        average_order_value=8,
        avg_response_seconds=12,
        reply_rate=10,
    )
    # wu: 15 of 40, 37.5 %. 900 of 1000: 90 % of 20. 15 of 20 paid: 40 × 15 %. 60 exactly: 80 × 10 %. 30 s exactly: 50
    # × 15 %. One of 40 was never answered.
    assert points(found.statement("wu")) == d(
        inquiry_conversion=0,
        target_completion=18,
        final_order_rate=6,
        average_order_value=8,
        avg_response_seconds=7.5,
        reply_rate=0,
    )
    # Sorted high to low, in grades that set the bonus: 1000 × 1.2, × 1, × 0.5. Conversion 60 % exactly: 1000, 50 %:
    # 500, under 40 %: nothing.
    assert [(one.agent_id, one.place, one.points, one.grade, one.pay) for one in found.statements] == [
        ("mo", 1, Decimal(100), "A", Decimal("5700.00")),
        ("lin", 2, Decimal(76), "B", Decimal("5000.00")),
        ("wu", 3, Decimal("39.5"), "D", Decimal("4000.00")),
    ]
    assert [paid(one)["conversion"] for one in found.statements] == [1000, 500, 0]


# A9: two Taobao shops and who runs them.


def test_a9_advertising_sales_and_marks_given_by_hand(tmp_path):
    month = Month("s1", "taobao")
    month.add("shops", ("s2", "taobao"))
    month.add("agents", *((name, name, "lead", "") for name in ("chen", "zhao", "wu")))
    month.add("accounts", ("s1", "chen", "chen", ""), ("s2", "zhao", "zhao", ""), ("s2", "wu", "wu", ""))
    for shop, amount in (("s1", "9000.00"), ("s2", "6900.00")):
        month.add("orders", (shop, "o1", "b1", "2026-11-03 10:00:00", "2026-11-03 10:01:00", "", amount, 1))
        month.add("targets", ("2026-11", shop, "", "sales_amount", 10000))
    month.add("traffic", ("s1", "2026-11-03", 100, "1000.00", "6000.00"), ("s2", "2026-11-03", 100, "1000.00", "2900.00"))
    month.marked("chen", plan_execution="95%", team_progress="100%", cooperation=5, discipline=4)
    month.marked("zhao", plan_execution="79%", team_progress="69%", cooperation=3, discipline=3)
    month.marked("wu", plan_execution="79%", team_progress="69%", cooperation=3)
    found = month.imported(tmp_path).appraise("shop-operations", *NOVEMBER)
    # chen: 6 against 5 is 120 % exactly: 20. 9000 of 10000: 25. 15 and 20, 5 and 4. Together 89, B.
    chen = found.statement("chen")
    assert points(chen) == d(ad_roi=20, shop_sales_completion=25, plan_execution=15, team_progress=20, cooperation=5, discipline=4)
    assert (chen.points, chen.grade, chen.pay) == (Decimal(89), "B", Decimal("6000.00"))
    # zhao: 58 % of 1:5, 69 % of the target, 79 and 69 %: the lowest of each. 0 + 10 + 5 + 0 + 3 + 3 = 21, D.
    zhao = found.statement("zhao")
    assert (zhao.points, zhao.grade, paid(zhao), zhao.pay) == (Decimal(21), "D", d(base=4500, grade=750), Decimal("5250.00"))
    # Nobody gave wu a mark of discipline: no total, and no pay until it is given.
    wu = found.statement("wu")
    assert (wu.points, wu.pay, [reason.kind for reason in wu.reasons]) == (None, None, ["blocked"])


# The scheme of 2021 on the platform's own table.

SHEET = [
    "客服账号", "咨询人数", "询单人数", "最终成团人数", "询单转化率", "客服销售额", "需要人工回复的咨询人数", "人工接待人数",
    "3分钟未回复人数", "3分钟人工回复率", "30秒应答率", "平均人工响应时长", "评分≤3订单数", "纠纷退款数", "投诉数",
]  # fmt: skip


KEYS = ("order_value", "inquiry_conversion", "reply_rate_3min", "reply_rate_30s", "avg_response_seconds")


def paid_by_the_day(folder, days, *rows):
    """The sheet and the days worked, imported and judged by the scheme of 2021."""
    sheet, attendance = folder / "客服绩效.tsv", folder / "attendance.csv"
    sheet.write_text("\n".join("\t".join(map(str, row)) for row in [SHEET, *rows]) + "\n", encoding="utf-8")
    entries = [f"{agent},2021-11-30,{worked}" for agent, worked in days.items()]
    attendance.write_text("\n".join(["agent_id,day,days", *entries]) + "\n", encoding="utf-8")
    workspace = kaohe.create(folder / "ws")
    workspace.import_exports([sheet], shop="north", platform="pdd", day="2021-11-11")
    workspace.import_exports([attendance])
    return workspace.appraise("pdd-2021", date(2021, 11, 1), date(2021, 11, 30))


def test_the_scheme_of_2021_on_the_imported_sheet(tmp_path):
    found = paid_by_the_day(
        tmp_path,
        {"客服乙": 31.5, "客服丙": 20},
        ["客服乙", 814, 438, 162, "36.99%", "11715.63", 723, 800, 0, "100.00%", "97.78%", "9秒", 1, 0, 0],
        ["客服丙", 814, 400, 100, "41.995%", "6995.00", 723, 800, 1, "99.895%", "94.995%", "34.5秒", 1, 0, 0],
        ["客服丁", 30, 19, 8, "42.11%", "560.00", 7, 20, 0, "98.00%", "95.00%", "18秒", 0, 0, 0],
    )
    # 11715.63 ÷ 162 = 72.32. 750 in all: 120 × 31.5.
    assert [points(found.statement("客服乙"))[key] for key in KEYS] == [100, 350, 200, 50, 50]
    assert (found.statement("客服乙").points, found.statement("客服乙").pay) == (Decimal(750), Decimal("3780.00"))
    # 69.95 yuan, 41.995 %, 99.895 %, 94.995 %, 34.5 s: each between two bands of the old table, and in the lower one here.
    # 750 again: 120 × 20.
    assert [points(found.statement("客服丙"))[key] for key in KEYS] == [80, 450, 150, 40, 30]
    assert found.statement("客服丙").pay == Decimal("2400.00")
    # Nobody entered days for him.
    assert found.statement("客服丁").pay is None


def test_a_platforms_own_rate_exactly_on_a_band_stands_on_it_whatever_it_is_a_share_of(tmp_path):
    # 0.42 × 19, 0.98 × 7 and 0.95 × 7 are no numbers a computer holds exactly.
    found = paid_by_the_day(
        tmp_path, {"客服丁": 10}, ["客服丁", 30, 19, 8, "42.00%", "560.00", 7, 20, 0, "98.00%", "95.00%", "18秒", 0, 0, 0]
    ).statement("客服丁")
    # 840: 136 × 10.
    assert [points(found)[key] for key in KEYS] == [100, 500, 150, 50, 40]
    assert found.pay == Decimal("1360.00")

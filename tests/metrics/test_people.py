"""Whose figures: accounts, agents, groups, roles, platforms, hours."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from counting import counted, source, table
from kaohe.errors import Failure
from kaohe.metrics.figures import figures

CHAT = """
    shop | buyer | sender | agent  | sent_at
    -----+-------+--------+--------+--------------------
    s1   | b1    | buyer  |        | 2026-10-01 09:00:00
    s1   | b1    | agent  | 客服01 | 2026-10-01 09:00:10
    s1   | b1    | agent  | 客服02 | 2026-10-01 09:00:20
    s2   | b1    | buyer  |        | 2026-10-01 10:00:00
    s2   | b1    | agent  | zhao02 | 2026-10-01 10:00:10
    s1   | b2    | buyer  |        | 2026-10-02 11:00:00
    s1   | b2    | agent  | 客服01 | 2026-10-02 11:00:40
    """
ACCOUNTS = table(
    "accounts",
    {"shop_id": "s1", "account": "客服01", "agent_id": "lin", "valid_to": date(2026, 10, 1)},
    {"shop_id": "s1", "account": "客服01", "agent_id": "mo", "valid_from": date(2026, 10, 2)},
    {"shop_id": "s1", "account": "客服02", "agent_id": "lin"},
    {"shop_id": "s2", "account": "zhao02", "agent_id": "lin"},
)
AGENTS = table(
    "agents",
    {"agent_id": "lin", "name": "小林", "group": "一组", "role": "presale"},
    {"agent_id": "mo", "name": "小莫", "group": "一组", "role": "aftersale"},
)


def test_an_account_belongs_to_one_agent_on_a_day_and_to_another_the_next(tmp_path: Path) -> None:
    found = counted(source(tmp_path, CHAT, accounts=ACCOUNTS, agents=AGENTS), "agent")
    assert found["lin"]["served_buyers"] == (2, None, 2)
    assert found["mo"]["served_buyers"] == (1, None, 1)


def test_two_accounts_of_one_agent_serve_a_buyer_once(tmp_path: Path) -> None:
    found = counted(source(tmp_path, CHAT, accounts=ACCOUNTS, agents=AGENTS), "shop", "agent", "day")
    assert found["s1", "lin", date(2026, 10, 1)]["served_buyers"] == (1, None, 1)


def test_an_account_nobody_claimed_is_its_own_agent_and_marked(tmp_path: Path) -> None:
    made = source(tmp_path, CHAT, accounts=ACCOUNTS.filter(account="客服01"), agents=AGENTS)
    found = counted(made, "agent")
    assert found["zhao02"]["served_buyers"] == (1, None, 1)
    assert made.roster.unmapped(figures(made, by=("agent",))["agent_id"]) == ["zhao02", "客服02"]


def test_a_group_serves_a_buyer_once_however_many_of_it_wrote(tmp_path: Path) -> None:
    accounts = table(
        "accounts",
        {"shop_id": "s1", "account": "客服01", "agent_id": "lin"},
        {"shop_id": "s1", "account": "客服02", "agent_id": "mo"},
    )
    found = counted(source(tmp_path, CHAT, accounts=accounts, agents=AGENTS), "group")
    assert found["一组"]["served_buyers"] == (2, None, 2)
    assert found[None]["served_buyers"] == (1, None, 1)


def test_figures_by_role_platform_and_hour(tmp_path: Path) -> None:
    made = source(tmp_path, CHAT, accounts=ACCOUNTS, agents=AGENTS, platform="pdd")
    assert counted(made, "role")["aftersale"]["avg_response_seconds"] == (40, 1, 40)
    assert counted(made, "platform")["pdd"]["reply_rate_30s"] == (2, 3, 2 / 3)
    assert {hour: figure["reply_rate_30s"][:2] for hour, figure in counted(made, "hour").items()} == {9: (1, 1), 10: (1, 1), 11: (0, 1)}


def test_a_period_takes_both_its_days(tmp_path: Path) -> None:
    made = source(tmp_path, CHAT)
    found = figures(made, by=("day",), first=date(2026, 10, 1), last=date(2026, 10, 1), metrics=["served_buyers"])
    assert found.select("day", "value").rows() == [(date(2026, 10, 1), 2.0)]
    assert figures(made, by=("day",), first=date(2026, 10, 3)).is_empty()


def test_an_unknown_metric_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="Did you mean 'first_response_seconds'"):
        figures(source(tmp_path, CHAT), metrics=["first_reponse_seconds"])


def test_an_unknown_grouping_is_answered_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"can not group by 'weekday'. Known: shop, agent"):
        figures(source(tmp_path, CHAT), by=("weekday",))

"""The manual of sales and inquiries, one paragraph a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Count = Callable[..., Any]


@pytest.mark.spec("sales_amount")
@pytest.mark.spec("orders")
def test_an_order_belongs_to_who_wrote_last_before_it_was_paid(figures: Count) -> None:
    """付款前最后说话的客服得这一单；正好付款那一秒说的也算，之后说的不算。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        b1    | agent  | mo    | 09:02:00
        b1    | agent  | lin   | 09:02:01
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        """,
        "agent",
    )
    assert found["mo"]["sales_amount"] == (88, None, 88)
    assert found["mo"]["orders"] == (1, None, 1)
    assert found["lin"]["sales_amount"] == (0, None, 0)

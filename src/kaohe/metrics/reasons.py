"""Why an event counts as it does, beyond what its metric says of it; in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, tuple[str, str]] = {
    "chat": ("归付款前最后说话的客服", "belongs to who wrote last before it was paid"),
    "exported": ("没有聊天，归订单上写明的客服", "no chat; belongs to the agent on the order's own row"),
    "silent": ("静默，没有客服与买家聊过", "silent, nobody talked with the buyer"),
    "unknown_speaker": ("说话的客服没有写明", "whoever wrote is not named"),
    "unknown_buyer": ("导出里没有买家账号，无从查聊天", "the export hides the buyer, so no chat can be found"),
    "assisted": ("说过话，订单归别人", "wrote to the buyer; the order is somebody else's"),
    "inquiry": ("询单", "an inquiry"),
    "aftersale": ("此前已付款，是售后接待", "had paid before: an after-sale contact"),
    "urged": ("下单后、付款前第一个说话的客服", "first to write after it was placed and before it was paid"),
    "named": ("记录上写明的客服", "the agent its own row names"),
    "order_owner": ("没有写明客服，归订单的归属", "its row names nobody; counts for the owner of the order"),
    "last_served": (
        "没有写明客服、订单也无归属，归此前30天内最后接待买家的客服",
        "neither named nor owned; counts for who wrote last to the buyer in the 30 days before",
    ),
    "unserved": (
        "没有写明客服、订单也无归属，此前30天内没有人接待过买家",
        "neither named nor owned, and nobody wrote to the buyer in the 30 days before",
    ),
    "marked_resolved": ("标记为已解决", "marked as resolved"),
    "marked_open": ("标记为未解决", "marked as not resolved"),
    "came_back": ("没有标记，72小时内又来售后", "without a mark, and the buyer came back within 72 h"),
    "stayed_away": ("没有标记，72小时内没有再来售后", "without a mark, and the buyer did not come back within 72 h"),
    "served_that_day": ("没有写明客服，计给当日接待过的各位", "its row names nobody; counts for each who served the buyer that day"),
    "online": ("在线；与此前时段重叠的部分不重复计", "online; what spans before it cover does not count again"),
    "most_open": ("打开的接待最多的时刻", "when most contacts were open"),
    "traffic": ("当日流量", "the day's traffic"),
    "target": ("当月销售目标", "the month's sales target"),
    "qa_score": ("聊天记录评分", "a quality mark"),
    "knowledge_score": ("专业知识考试", "an exam result"),
    "typing_speed": ("打字测试", "a typing test"),
    "conduct_score": ("日常表现评分", "a conduct mark"),
    "plan_execution": ("计划执行评分", "a mark of plan execution"),
    "team_progress": ("团队进步评分", "a mark of team progress"),
    "cooperation": ("协作配合评分", "a mark of cooperation"),
    "discipline": ("遵章守纪评分", "a mark of discipline"),
    "attended": ("出勤登记", "an entry of attendance"),
}
"""Every reason a row of a family can have."""

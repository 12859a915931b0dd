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
}
"""Every reason a row of a family can have."""

"""Figures of replies (SEMANTICS §4), counted from messages by `kaohe.metrics.tallies`."""

from __future__ import annotations

from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.source import EVERYTHING

MICROSECONDS = 1_000_000

assessed_messages = Tally("asked", "考核消息数", "assessed buyer messages")
answered_messages = Tally("answered", "已回复的考核消息数", "answered assessed messages")
answered_within_30 = Tally("within_30", "30秒内回复的考核消息数", "assessed messages answered within 30 s")
total_wait = Tally("wait_sum", "等待时长之和", "sum of waits")
answered_turns = Tally("turns_answered", "已回复的回合数", "answered turns")
total_turn_wait = Tally("turn_wait_sum", "回合等待时长之和", "sum of the waits of turns")
answered_firsts = Tally("firsts_answered", "首条已回复的接待数", "contacts whose first assessed message was answered")
total_first_wait = Tally("first_wait_sum", "首条等待时长之和", "sum of the waits of first assessed messages")
session_firsts = Tally("session_firsts", "会话数（按首条考核消息）", "sessions, by their first assessed message")
session_firsts_30 = Tally("session_firsts_30", "首条在30秒内回复的会话数", "sessions whose first assessed message was answered within 30 s")
consulting = Tally("consulting", "咨询接待数", "contacts with an assessed message")
valid_within_hour = Tally("valid_3600", "有效回复的接待数", "contacts whose every assessed message was answered within 3600 s")
valid_within_300 = Tally("valid_300", "全部在5分钟内回复的接待数", "contacts whose every assessed message was answered within 300 s")
units_within_180 = Tally("units_within_180", "3分钟内回复的单位数", "units answered within 180 s, in the pack's unit")
units = Tally("units", "考核单位数", "units assessed, in the pack's unit")
contacts_answered = Tally("contacts_answered", "至少回复一条的接待数", "contacts with an answered assessed message")
served = Tally("served", "接待数", "contacts in which the buyer and a person wrote")
slow = Tally("slow", "慢响应消息数", "assessed messages answered after the pack's slow_seconds")
human_in_served = Tally("human_in_served", "客服消息数", "human messages in served contacts")
buyer_in_served = Tally("buyer_in_served", "买家消息数", "buyer messages in served contacts")
texts = Tally("texts", "客服文字消息数", "human text messages")
characters = Tally("chars", "客服文字字数", "characters of human text messages")

METRICS = (
    Metric(
        "consulting_buyers",
        "咨询人数",
        "Consulting buyers",
        "count",
        None,
        "A1",
        "Contacts with at least one assessed message: a buyer counts once per shop and local day. Buyers who wrote only outside the "
        "window, or whose messages a bot had answered where the pack says so, are left out.",
        "当日在考核时段内发过消息的买家数，同一买家同一店铺一天只计一次。只在时段外发消息的买家不计；口径规定机器人已答复即不考核的，也不计。",
        "contact",
        over=consulting,
    ),
    Metric(
        "served_buyers",
        "接待人数",
        "Served buyers",
        "count",
        "higher",
        "A6, A7",
        "Contacts in which the buyer and a person each wrote that day, at any hour and in any order. For an agent: the buyer and this "
        "agent. By hour it stands in each hour in which a person wrote.",
        "当日买家与人工客服都发过消息的接待数，不限时段与先后。按客服看：买家与该客服都发过消息。按小时看：计入客服发过消息的每个小时。",
        "served",
        over=served,
    ),
    Metric(
        "reply_rate_30s",
        "30秒应答率",
        "Answered within 30 s",
        "rate",
        "higher",
        "A3, A4",
        "Assessed buyer messages a person answered within 30 s, inclusive. Unanswered ones count against.",
        "考核消息中，人工在30秒内（含）回复的占比。未回复的计入分母。",
        "message",
        over=answered_within_30,
        under=assessed_messages,
    ),
    Metric(
        "reply_rate_30s_session",
        "30秒应答率(会话)",
        "First answer within 30 s",
        "rate",
        "higher",
        "JD",
        "Sessions whose first assessed message a person answered within 30 s, inclusive, over sessions with an assessed message. Where the export "
        "names no sessions a contact is one. It counts for the agent responsible for that message.",
        "会话的第一条考核消息在30秒内（含）得到人工回复的占比。导出里没有会话编号的，一个接待算一个会话。计入对该条消息负责的客服。",
        "session_first",
        over=session_firsts_30,
        under=session_firsts,
    ),
    Metric(
        "avg_response_seconds",
        "平均响应时间",
        "Average response",
        "seconds",
        "lower",
        "A3, A4",
        "Mean wait of the assessed messages that were answered; every message has its own wait. Unanswered ones have none and are left "
        "out here; they count in the reply rates.",
        "已回复的考核消息的平均等待时长，每条消息各算各的。未回复的没有时长，不计入本项，由各回复率体现。",
        "message",
        over=total_wait,
        under=answered_messages,
        per=MICROSECONDS,
    ),
    Metric(
        "avg_turn_response_seconds",
        "平均响应时间(回合)",
        "Average response by turn",
        "seconds",
        "lower",
        "Taobao",
        "The same over turns: of several messages in a row only the first has a wait. A turn whose first message is outside the window "
        "is left out.",
        "按回合计算的平均等待时长：买家连发多条只从第一条算起。第一条在时段外的回合不计。",
        "turn",
        over=total_turn_wait,
        under=answered_turns,
        per=MICROSECONDS,
    ),
    Metric(
        "first_response_seconds",
        "首次响应时间",
        "First response",
        "seconds",
        "lower",
        "A4, A6",
        "Mean wait of each contact's first assessed message, where answered. It counts for the agent responsible for that message.",
        "每个接待当日第一条考核消息的平均等待时长（已回复的）。计入对该条消息负责的客服。",
        "first",
        over=total_first_wait,
        under=answered_firsts,
        per=MICROSECONDS,
    ),
    Metric(
        "effective_reply_rate",
        "有效回复率",
        "Effective reply rate",
        "rate",
        "higher",
        "A1",
        "Consulting contacts less invalid ones, over consulting contacts. Invalid: any assessed message unanswered or answered after "
        "more than 3600 s. For an agent only the messages he is responsible for decide.",
        "（咨询接待数 − 无效接待数）÷ 咨询接待数。任意一条考核消息未回复或超过1小时才回复即为无效。按客服看：只看其负责的消息。",
        "contact",
        over=valid_within_hour,
        under=consulting,
    ),
    Metric(
        "reply_rate_5min",
        "5分钟回复率",
        "Answered within 5 min",
        "rate",
        "higher",
        "A2",
        "As the effective reply rate, with 300 s.",
        "同有效回复率，时限为5分钟（300秒）。",
        "contact",
        over=valid_within_300,
        under=consulting,
    ),
    Metric(
        "reply_rate_3min",
        "3分钟人工回复率",
        "Answered within 3 min",
        "rate",
        "higher",
        "research",
        "As the effective reply rate, with 180 s, in the unit of the shop's rule pack: contacts, sessions, turns or messages.",
        "3分钟（180秒）内人工回复的占比，单位按店铺口径：接待、会话、回合或消息。",
        "contact",
        over=units_within_180,
        under=units,
    ),
    Metric(
        "reply_rate",
        "回复率",
        "Reply rate",
        "rate",
        "higher",
        "A5, A8",
        "Contacts in which at least one assessed message was answered, over consulting contacts.",
        "至少有一条考核消息得到人工回复的接待数 ÷ 咨询接待数。",
        "contact",
        over=contacts_answered,
        under=consulting,
    ),
    Metric(
        "median_response_seconds",
        "响应时间中位数",
        "Median response",
        "seconds",
        "lower",
        "kaohe",
        "The exact median wait of the answered assessed messages; of an even number the mean of the middle two.",
        "已回复考核消息等待时长的精确中位数；偶数条时取中间两条的平均。",
        "message",
        under=answered_messages,
        quantile=0.5,
    ),
    Metric(
        "p90_response_seconds",
        "响应时间90分位",
        "90th percentile response",
        "seconds",
        "lower",
        "kaohe",
        "The exact 90th percentile of those waits, interpolated linearly between the closest ranks.",
        "等待时长的精确90分位数，相邻名次间线性插值。",
        "message",
        under=answered_messages,
        quantile=0.9,
    ),
    Metric(
        "slow_replies",
        "慢响应",
        "Slow replies",
        "count",
        "lower",
        "peers",
        "Answered assessed messages with a wait of more than the pack's slow_seconds (180 unless it says otherwise).",
        "等待时长超过口径 slow_seconds（默认180秒）才回复的考核消息数。",
        "message",
        over=slow,
    ),
    Metric(
        "qa_ratio",
        "答问比",
        "Answer to question ratio",
        "ratio",
        "higher",
        "peers",
        "Human messages over buyer messages, in served contacts, at any hour. For an agent: his messages over the buyer messages he is "
        "responsible for, in contacts he served; what a colleague left open is not his.",
        "接待中的客服消息数 ÷ 买家消息数，不限时段。按客服看：本人消息数 ÷ 本人负责的买家消息数，限本人接待的买家；同事负责的消息不算在内。",
        "dialogue",
        over=human_in_served,
        under=buyer_in_served,
    ),
    Metric(
        "avg_reply_chars",
        "平均回复字数",
        "Characters per reply",
        "chars",
        None,
        "peers",
        "Characters of human text messages over their number. Pictures and empty messages are left out.",
        "客服文字消息的平均字数。图片等非文字消息和空消息不计。",
        "text",
        over=characters,
        under=texts,
    ),
)

FAMILY = Family(
    "responses",
    "响应",
    "Replies",
    EVERYTHING,
    ("messages",),
    None,
    tuple(dict.fromkeys(tally for metric in METRICS for tally in metric.tallies)),
    covers="response",
    leaves=True,
    metrics=METRICS,
)
"""Not counted from rows: messages are too many, see `kaohe.metrics.figures`."""

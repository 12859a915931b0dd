"""What a line of chat says, as far as the signs of gaming ask: whether a reply holds anything, whether a buyer asked something, or praised.

Word lists and nothing more. They stand in `docs/reference/signs.md` for everybody to read. Where a text could be meant either way it is taken for an
answer: these lists put people under suspicion, so they name only what can hardly be anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

GREETINGS = (
    *("亲", "亲亲", "亲爱的", "您好", "你好", "哈喽", "哈啰", "嗨", "hello", "hi", "hey", "dear"),
    *("早上好", "上午好", "中午好", "下午好", "晚上好"),
    *("在", "在的", "在线", "我在", "欢迎光临", "欢迎咨询", "欢迎来到", "本店", "小店", "人工客服", "客服"),
    *("很高兴为您服务", "竭诚为您服务", "为您服务"),
    *("说", "请说", "您说", "请讲", "您讲", "请问", "请问您"),
    *("有什么可以帮您", "有什么可以帮你", "有什么可以帮到您", "有什么可以帮助您", "有什么能帮您", "有什么能帮到您", "有什么可以为您服务"),
    *("有什么需要", "有什么问题", "有什么事", "什么事", "有什么问题我可以帮您处理或解决", "还有其他可以帮到您", "还有其他还可以帮到您"),
    *("还有什么可以帮您", "还有什么可以帮到您", "还有什么可以帮助您", "还有什么可以为您服务", "还有其他问题", "还有什么问题"),
)
HOLDING = (
    *("稍等", "请稍等", "稍等一下", "稍等片刻", "稍候", "请稍候", "稍后", "等等", "等下", "等一下", "等会", "等会儿", "一下", "片刻"),
    *("马上", "马上来", "来了", "久等了", "让您久等了", "抱歉", "不好意思", "看看", "看下", "看一下", "查查", "查下", "查一下", "查询一下"),
    *("问问", "问一下", "核实一下", "确认一下", "查询", "查看", "核实", "wait", "one moment", "please wait"),
)
CLOSING = (
    *(
        "不客气",
        "不用谢",
        "谢谢",
        "谢谢您",
        "感谢",
        "感谢您",
        "感谢您的支持",
        "感谢支持",
        "谢谢支持",
        "感谢您的理解",
        "感谢理解",
        "谢谢您的理解",
    ),
    *("祝您生活愉快", "祝您购物愉快", "祝您愉快", "有问题随时联系", "有问题随时联系我", "有问题随时找我", "有问题随时问我", "随时联系"),
    *("不打扰您", "不打扰您了", "记得收藏店铺", "期待您再次光临", "给您添麻烦了", "给您带来不便", "再见", "客气", "thank you", "thanks"),
)
ACKNOWLEDGING = (
    "好",
    "好的",
    "好滴",
    "好哒",
    "好嘞",
    "行",
    "嗯",
    "嗯嗯",
    "哦",
    "噢",
    "收到",
    "了解",
    "明白",
    "知道了",
    "ok",
    "okay",
    "yes",
)
GLUE = ("我", "我们", "您", "你", "这边", "这就", "先", "请", "帮您", "帮你", "给您", "给你", "为您", "为你", "正在", "还请您", "还请")
STICKERS = (
    *(
        "[微笑]",
        "[玫瑰]",
        "[鲜花]",
        "[爱心]",
        "[心]",
        "[比心]",
        "[可爱]",
        "[害羞]",
        "[握手]",
        "[抱拳]",
        "[大笑]",
        "[呲牙]",
        "[龇牙]",
        "[愉快]",
    ),
    *(
        "[偷笑]",
        "[憨笑]",
        "[嘿嘿]",
        "[笑脸]",
        "[亲亲]",
        "[飞吻]",
        "[拥抱]",
        "[胜利]",
        "[加油]",
        "[太阳]",
        "[爱你]",
        "[开心]",
        "[调皮]",
        "[思考]",
        "[疑问]",
    ),
)
"""Signs without words. Anything else in brackets stands for a picture, a card or something masked, and may be the answer."""
ASSENTS = ("👌", "👍", "✅", "[ok]", "[好的]", "[好]", "[强]", "[赞]", "[点头]")
"""Signs without words that may mean yes."""
PARTICLES = "吗呢哦呀哈啊噢喔嘛啦哒滴的了吧哟诶欸哎唉嘻嘿"
CALLING = (
    *("在吗", "在么", "在不在", "还在吗", "有人吗", "有人么", "有人在吗", "有人", "人呢", "人在吗", "没人", "没人吗", "吗", "么", "你好吗"),
    *("客服呢", "客服在吗", "人工", "转人工", "找人工", "我要", "帮我", "接", "老板", "店家", "掌柜", "卖家", "亲在吗"),
    *(
        "怎么不回",
        "怎么不回复",
        "怎么没人",
        "怎么没人回",
        "怎么不理人",
        "怎么不说话",
        "为什么不回",
        "不回",
        "回复一下",
        "回一下",
        "回话",
        "说话",
        "理一下",
    ),
    *("等半天了", "等了半天", "等很久了", "快", "快点", "急", "多谢", "辛苦了"),
)
WHAT_WORDS = (
    *(
        "什么",
        "啥",
        "怎么",
        "怎样",
        "咋",
        "多少",
        "哪",
        "谁",
        "为何",
        "几时",
        "几天",
        "几点",
        "几号",
        "几个",
        "几件",
        "几块",
        "几元",
        "几日",
        "几月",
        "几周",
    ),
    *("多久", "多大", "多长", "多重", "多高", "多宽", " what ", " when ", " how ", " why ", " where ", " which ", " who "),
)
YES_NO_WORDS = (
    "吗",
    "能不能",
    "会不会",
    "是不是",
    "可不可以",
    "要不要",
    "有没有",
    "行不行",
    "好不好",
    "对不对",
    "发不发",
    "退不退",
    "是否",
    "能否",
    "可否",
)
SETTLED = (
    *(
        "好吧",
        "行吧",
        "懂了",
        "不用了",
        "不要了",
        "没事了",
        "算了",
        "没有了",
        "没了",
        "没事",
        "看到了",
        "找到了",
        "解决了",
        "弄好了",
        "可以了",
    ),
    *("拍了", "下单了", "付了", "再看看", "再说", "考虑"),
)
THANKS = ("谢谢", "感谢", "多谢", "thank")
PRAISE = (
    *(
        "谢谢",
        "感谢",
        "多谢",
        "好评",
        "满意",
        "五星",
        "5星",
        "点赞",
        "太好了",
        "真好",
        "很棒",
        "真棒",
        "给力",
        "辛苦了",
        "服务好",
        "服务很好",
        "态度好",
    ),
    *("态度很好", "贴心", "耐心", "thank", "perfect", "great", "[赞]", "[强]", "[玫瑰]", "[鲜花]", "👍", "🌹"),
)
NO_PRAISE = (
    "不满意",
    "不太满意",
    "不是很满意",
    "不怎么满意",
    "没有好评",
    "不给好评",
    "不会好评",
    "不好评",
    "没耐心",
    "没有耐心",
    "不耐心",
    "不贴心",
    "不给力",
)

LONGEST = 60
"""Characters of the longest text looked at as a possible filler: nobody greets at such length."""

_SHORTHAND = r"/:[^\s\p{Han}]{1,4}"
"""Stickers as Taobao's exports write them, such as `/:^_^`."""

REPLY: dict[str, pl.DataType] = {"empty": pl.Boolean(), "acknowledging": pl.Boolean()}
"""Of a person's text: whether it holds nothing whatever was asked, and whether it holds nothing but an assent such as 好的."""

BUYER: dict[str, pl.DataType] = {
    "content": pl.Boolean(),
    "asks": pl.Boolean(),
    "what": pl.Boolean(),
    "praise": pl.Boolean(),
    "settled": pl.Boolean(),
    "thanks": pl.Boolean(),
}
"""Of a buyer's text: whether it says more than a greeting, a call or thanks; whether it then asks, and asks for more than yes or no; whether it
praises; whether it asks nothing and says that the matter is settled, or thanks."""


@dataclass(frozen=True)
class Wording:
    """The lists with a shop's own additions: `more` are further texts that hold nothing, such as the shop's name in 欢迎光临某某店."""

    more: tuple[str, ...] = ()

    @classmethod
    def of(cls, more: Iterable[str] = ()) -> Wording:
        """With these additions, in one order whatever theirs was; empty ones are left out."""
        return cls(tuple(sorted({text for one in more if (text := _plain_text(one))})))

    @cached_property
    def _empty(self) -> str:
        return _only((*GREETINGS, *HOLDING, *CLOSING, *GLUE, *self.more))

    @cached_property
    def _acknowledging(self) -> str:
        return _only((*GREETINGS, *HOLDING, *CLOSING, *GLUE, *self.more, *ACKNOWLEDGING))

    @cached_property
    def _calling(self) -> str:
        return _only((*GREETINGS, *HOLDING, *CLOSING, *GLUE, *self.more, *ACKNOWLEDGING, *CALLING))

    def replies(self, texts: pl.Series) -> pl.DataFrame:
        """What people's texts hold (`REPLY`), a row each, in order. Text that is null or blank holds nothing either way: both are False."""
        plain = _plain(pl.col("text"), _STICKER)
        short = pl.col("text").str.len_chars() <= LONGEST
        wordless, assents = plain == "", pl.col("text").str.to_lowercase().str.contains_any(list(ASSENTS))
        joined = short & ~plain.str.contains(_only(GLUE))
        holds = pl.DataFrame({"text": texts}).select(
            empty=(short & wordless & ~assents) | (joined & ~wordless & plain.str.contains(self._empty)),
            acknowledging=(short & wordless & assents)
            | (joined & ~wordless & plain.str.contains(self._acknowledging) & ~plain.str.contains(self._empty)),
        )
        return holds.with_columns(pl.all().fill_null(False) & _said(texts))

    def buyers(self, texts: pl.Series) -> pl.DataFrame:
        """What buyers' texts hold (`BUYER`), a row each, in order; nothing where there is none."""
        frame = pl.DataFrame({"text": texts}).with_columns(plain=_plain(pl.col("text"), _BRACKETS))
        padded = pl.concat_str(pl.lit(" "), pl.col("plain"), pl.lit(" "))
        short = pl.col("text").str.len_chars() <= LONGEST
        wordy = ~pl.when(short).then((pl.col("plain") == "") | pl.col("plain").str.contains(self._calling)).otherwise(pl.col("plain") == "")
        what = padded.str.contains_any(list(WHAT_WORDS))
        yes_no = pl.col("plain").str.contains_any(list(YES_NO_WORDS)) | pl.col("plain").str.ends_with("么")
        marked = pl.col("text").str.contains_any(["?", "？"])
        assents = short & pl.col("plain").str.contains(self._acknowledging)
        lower = pl.col("text").str.to_lowercase()
        kind = lower.str.replace_many(list(NO_PRAISE), [""] * len(NO_PRAISE)).str.contains_any(list(PRAISE))
        found = frame.select(
            content=wordy,
            asks=wordy & (what | yes_no | marked),
            what=wordy & what,
            praise=kind,
            settled=pl.col("plain").str.contains_any(list(SETTLED)) | (assents & ~pl.col("plain").str.contains(self._empty)),
            thanks=padded.str.contains_any(list(THANKS)),
        )
        return found.with_columns(pl.col("settled", "thanks") & ~pl.col("asks")).with_columns(pl.all().fill_null(False))


def _said(texts: pl.Series) -> pl.Series:
    return (texts.str.strip_chars() != "").fill_null(False)


def _plain(text: pl.Expr, signs: str) -> pl.Expr:
    """Small letters and digits of any script, anything else between them a blank; `signs`, a pattern in small letters, and emoji gone."""
    return text.str.to_lowercase().str.replace_all(signs, " ").str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars(" ")


def _plain_text(text: str) -> str:
    found = pl.select(_plain(pl.lit(text), _STICKER)).item()
    assert isinstance(found, str)
    return found


_STICKER = "|".join([_SHORTHAND, *(re.escape(sign) for sign in (*STICKERS, *ASSENTS) if sign.startswith("["))])
_BRACKETS = rf"{_SHORTHAND}|\[[^\[\]]*\]"
"""Buyers' pictures and cards come with a question or without one; alone they ask nothing."""


def _only(phrases: Iterable[str]) -> str:
    """A pattern for texts put together from these phrases, with particles and blanks between them, and nothing else."""
    parts = "|".join(re.escape(phrase).replace(r"\ ", " ") for phrase in sorted(set(phrases), key=lambda one: (-len(one), one)))
    return rf"^(?: ?(?:{parts})[{PARTICLES}]*)+$"

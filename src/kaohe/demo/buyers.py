"""Buyers' ids as the platforms write them, made from a number. Different numbers give different ids."""

from __future__ import annotations

import polars as pl

from kaohe.demo.catalogue import Platform

_WORDS = ("小鱼爱吃糖", "山间清风", "木木家的猫", "夏天的西瓜", "一只柚子", "安然若素", "月光下的鹿", "北方姑娘", "糖糖妈妈", "老王头")
_SURNAMES = tuple("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")

# Coprime to every factor used below, so multiplying is one to one and neighbouring numbers look unlike.
_STRIDE = 48_271_003


def number_of(shop: int, number: pl.Expr) -> pl.Expr:
    """A number that is different in every shop."""
    return number * 64 + shop % 64


def buyer_ids(platform: Platform, number: pl.Expr) -> pl.Expr:
    """`buyer_id` of a column of numbers below 190,000,000,000, above which the product would overflow."""
    match platform:
        case "pdd":
            return (2_000_000_000_000 + number * _STRIDE % 7_999_999_999_973).cast(pl.String)
        case "taobao":
            word = pl.lit(pl.Series(_WORDS)).gather((number // 64 % len(_WORDS)).cast(pl.UInt32))
            return pl.when(number // 64 % 3 == 0).then(pl.concat_str(word, number.cast(pl.String))).otherwise(pl.format("tb{}", number))
        case "jd":
            digits = (10_000_000_000_000 + number * _STRIDE % 89_999_999_999_977).cast(pl.String)
            return pl.lit("jd_") + digits.str.replace_many(["1", "4", "7", "9"], ["a", "c", "e", "f"])
        case "douyin":
            return (7_000_000_000_000_000 + number * _STRIDE % 1_999_999_999_999_957).cast(pl.String)


def nicks(number: pl.Expr) -> pl.Expr:
    """Masked names as PDD shows them: `王**`."""
    return pl.lit(pl.Series(_SURNAMES)).gather((number // 64 % len(_SURNAMES)).cast(pl.UInt32)) + "**"

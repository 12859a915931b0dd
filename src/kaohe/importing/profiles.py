"""Profiles: which headings of an export mean which canonical columns.

A profile is a YAML file (`profiles/*.yaml`, or a user's own) or is made from a canonical table, whose headings are the names of its
columns and their Chinese labels. One is chosen by the headings of a table, or named by the user.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from kaohe.definitions import Definition, load, nearest
from kaohe.errors import WRONG_USE, Failure, code, failure
from kaohe.model.tables import TABLES, Table

NO_SUCH_PROFILE = code(
    "no_such_profile",
    zh="没有名为“{name}”的导入格式。{hint_zh}可用：{known}",
    en="there is no profile {name!r}. {hint_en}Known: {known}",
    exit=WRONG_USE,
)
SAME_NAME = code(
    "profile_twice",
    zh="导入格式“{name}”有两份，请改名",
    en="there are two profiles named {name!r}; rename one",
    exit=WRONG_USE,
)

Reader = Literal["table", "pdd_chat", "qianniu_text", "qianniu_sheet"]
Unit = Literal["yuan", "fen", "seconds", "milliseconds", "minutes", "hours", "days", "percent", "share_or_percent"]

MARKERS = (
    "总计",
    "合计",
    "总和",
    "小计",
    "汇总",
    "汇总值",
    "平均",
    "平均值",
    "均值",
    "店铺汇总值",
    "店铺平均值",
    "全店汇总值",
    "全店平均值",
    "同行同层优秀",
    "同行同层均值",
    "同行均值",
    "同行优秀",
)
"""First cells of rows that sum up the others. Such rows are skipped and counted, never imported as a person."""

_WORDS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "sender": {
        "buyer": ("买家", "客户", "顾客", "用户", "消费者", "user", "customer"),
        "agent": ("客服", "人工", "人工客服", "mall_cs"),
        "assisted": ("辅助", "人机协作", "机器人辅助"),
        "bot": ("机器人", "自动回复", "robot"),
        "system": ("系统", "系统消息", "通知"),
    },
    "platform": {
        "generic": ("通用", "其他"),
        "pdd": ("拼多多", "pinduoduo"),
        "taobao": ("淘宝", "天猫", "tmall"),
        "jd": ("京东", "jingdong"),
        "douyin": ("抖音", "抖店", "抖音小店", "飞鸽"),
    },
    "role": {"presale": ("售前",), "aftersale": ("售后",), "mixed": ("综合", "售前售后"), "lead": ("主管", "组长"), "qa": ("质检",)},
    "kind": {
        "text": ("文本", "文字"),
        "image": ("图片",),
        "emotion": ("表情",),
        "video": ("视频",),
        "goods": ("商品",),
        "order": ("订单",),
        "other": ("其他",),
    },
    "type": {
        "refund_only": ("仅退款",),
        "return_refund": ("退货退款",),
        "exchange": ("换货",),
        "other": ("其他",),
    },
    "status": {"pending": ("处理中", "待处理", "退款中"), "success": ("成功", "退款成功"), "closed": ("关闭", "已关闭", "退款关闭")},
}
"""Chinese words for the canonical choices, understood in every profile."""

PLATFORMS: Mapping[str, str] = {name.casefold(): platform for platform, words in _WORDS["platform"].items() for name in (platform, *words)}
"""Names of platforms as people call their folders."""


def one_group(pattern: str) -> str:
    """The pattern, when it is one with exactly one group. Raises `ValueError` when it is not."""
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(str(error)) from None
    if groups != 1:
        raise ValueError("one group in brackets must say which part is taken")
    return pattern


class OnlyWhen(Definition):
    """A column is kept only on rows where another has one of these canonical words, or where a heading of the export has one of its own.

    Where the export lacks that heading, everything is kept.
    """

    column: str | None = None
    heading: str | None = None
    one_of: tuple[str, ...]

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.column is None) == (self.heading is None):
            raise ValueError("say either column or heading")
        return self


class Fallback(Definition):
    """Where an empty cell is filled from: a heading, of its text what the one group of `pattern` takes, and `before` put before that."""

    heading: str
    pattern: str | None = None
    before: str = ""

    @field_validator("pattern")
    @classmethod
    def _one_group(cls, pattern: str | None) -> str | None:
        return None if pattern is None else one_group(pattern)


class SameAs(Definition):
    """A column left empty takes another's value on rows where the heading holds one of these words, or a word that is none of those."""

    column: str
    heading: str
    one_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if bool(self.one_of) == bool(self.none_of):
            raise ValueError("say either one_of or none_of")
        return self


class FromFileName(Definition):
    """A column read off the file's name. `shift_days` moves a date: some reports are named for the day they were made.

    Where the name has no such part the column is empty.
    """

    column: str
    pattern: str
    shift_days: int = 0

    @field_validator("pattern")
    @classmethod
    def _one_group(cls, pattern: str) -> str:
        return one_group(pattern)


NAMED_DAY = r"20\d{2}[-.年]?(?:0[1-9]|1[0-2])[-.月]?(?:0[1-9]|[12]\d|3[01])(?!\d)日?"
"""A day as names of files have it, as a pattern without groups."""

_BETWEEN = r"\s*(?:至|到|~|～|_|-|—|--)\s*"
SPAN_IN_NAME = (
    FromFileName(column="first_day", pattern=rf"(?<!\d)({NAMED_DAY})"),
    FromFileName(column="last_day", pattern=rf"(?<!\d){NAMED_DAY}{_BETWEEN}({NAMED_DAY})"),
)
"""How reports without dates in their rows tell their days: `客服绩效_20260401_20260430_全部.xlsx`, or one day alone."""


class Chat(Definition):
    """How a chat's entries are told apart; which of these a reader uses is said in its module."""

    robots: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    roles: dict[str, str] = Field(default_factory=dict)
    kinds: dict[str, str] = Field(default_factory=dict)
    system_types: tuple[str, ...] = ()

    @field_validator("notices", "noise", "robots")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern}: {error}") from None
        return patterns


class Profile(Definition):
    """One layout of export and how it becomes rows of a canonical table.

    `headings` lists for each canonical column the headings it may have. `required` names the canonical columns without whose
    heading a table is not this layout (default: the required ones of the table; the shop may come from elsewhere). `values`
    maps an export's words to canonical ones (to nothing: the cell is empty) and `other_words` all others to one, `constants` fills columns the
    export lacks, `units` says what figures count, `prefixes` and `suffixes` are cut off. `otherwise` fills empty cells from other headings, in
    order; `sums` adds several up; `same_as` repeats another column; `made_of` makes an id out of columns and headings. Rows on which a heading of
    `leave_out` has one of its words are skipped and counted. `shops_by_name`: the shop's column holds names, of shops on the platform that
    `platform_heading` names.
    `filled` names columns that may not be empty in this layout, though the table allows it; `absent` headings that no table of this layout has.
    `share` is the part of a table's headings that must be known for it to be taken without being named.
    """

    name: str
    zh: str
    table: str
    platform: Literal["generic", "pdd", "taobao", "jd", "douyin"] | None = None
    reader: Reader = "table"
    headings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    required: tuple[str, ...] | None = None
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    units: dict[str, Unit] = Field(default_factory=dict)
    prefixes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    suffixes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    other_words: dict[str, str] = Field(default_factory=dict)
    otherwise: dict[str, tuple[Fallback, ...]] = Field(default_factory=dict)
    sums: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    same_as: dict[str, SameAs] = Field(default_factory=dict)
    made_of: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    leave_out: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    shops_by_name: bool = False
    platform_heading: str | None = None
    only_when: dict[str, OnlyWhen] = Field(default_factory=dict)
    from_file_name: tuple[FromFileName, ...] = ()
    filled: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    summary: tuple[str, ...] = MARKERS
    header_rows: int = Field(default=1, ge=1, le=2)
    data_row: int | None = Field(default=None, ge=2)
    share: float = Field(default=0.0, ge=0, le=1)
    chat: Chat = Chat()
    source: str
    notes: tuple[str, ...] = ()

    @field_validator("table")
    @classmethod
    def _known_table(cls, name: str) -> str:
        if name not in TABLES:
            guess = nearest(name, TABLES)
            raise ValueError(f"no table {name!r}" + (f". Did you mean {guess!r}?" if guess else ""))
        return name

    @field_validator("from_file_name", mode="before")
    @classmethod
    def _one_or_more(cls, given: object) -> object:
        """One rule alone stands for a list of it."""
        return [given] if isinstance(given, dict | FromFileName) else given

    @field_validator("otherwise", mode="before")
    @classmethod
    def _plain_headings(cls, fallbacks: object) -> object:
        """A heading alone stands for the whole of its cell."""
        if not isinstance(fallbacks, dict):
            return fallbacks
        return {
            name: [{"heading": one} if isinstance(one, str) else one for one in some] if isinstance(some, list | tuple) else some
            for name, some in fallbacks.items()
        }

    @model_validator(mode="after")
    def _known_columns(self) -> Self:
        known = {column.name for column in TABLES[self.table].columns}
        used = [
            *self.headings,
            *(self.required or ()),
            *self.values,
            *self.constants,
            *self.units,
            *self.prefixes,
            *self.suffixes,
            *self.other_words,
            *self.otherwise,
            *self.sums,
            *self.same_as,
            *(rule.column for rule in self.same_as.values()),
            *self.made_of,
            *self.only_when,
            *(rule.column for rule in self.only_when.values() if rule.column is not None),
            *self.filled,
            *(rule.column for rule in self.from_file_name),
        ]
        for name in used:
            if name not in known:
                guess = nearest(name, known)
                raise ValueError(f"table {self.table} has no column {name!r}" + (f". Did you mean {guess!r}?" if guess else ""))
        meant = [(name, word) for name, words in self.values.items() for word in words.values() if word]
        for name, word in (*meant, *self.other_words.items()):
            choices = TABLES[self.table].column(name).choices
            if choices and word not in choices:
                raise ValueError(f"{name}: {word!r} is none of {', '.join(choices)}")
        for name in self.sums:
            if TABLES[self.table].column(name).kind not in ("money", "integer", "number"):
                raise ValueError(f"{name} can not be a sum")
        for name in self.other_words:
            if TABLES[self.table].column(name).kind not in ("choice", "flag"):
                raise ValueError(f"{name} takes no words")
        for name in self.made_of:
            if TABLES[self.table].column(name).kind != "id":
                raise ValueError(f"{name} is no id")
        return self

    @property
    def canonical(self) -> Table:
        return TABLES[self.table]

    @property
    def file_name_rules(self) -> tuple[FromFileName, ...]:
        """What is read off the file's name: reports name their days there unless the profile says otherwise."""
        if self.table == "reported" and self.name != self.table and not self.from_file_name:
            return SPAN_IN_NAME
        return self.from_file_name

    @property
    def needed(self) -> tuple[str, ...]:
        """Canonical columns whose heading must be there."""
        if self.required is not None:
            return self.required
        given = {*self.constants, *self.made_of, *(rule.column for rule in self.file_name_rules)}
        return tuple(name for name in self.canonical.required if name not in given and (name != "shop_id" or self.table == "shops"))

    def stands_in(self, column: str) -> tuple[str, ...]:
        """Headings any of which is enough for a column that has none of its own."""
        return (*(rule.heading for rule in self.otherwise.get(column, ())), *self.sums.get(column, ()))

    def heading_of(self, column: str) -> str:
        """The heading a column usually has, its own name when it has none."""
        return next(iter((*self.headings.get(column, ()), *self.stands_in(column), column)))

    @cached_property
    def known_keys(self) -> tuple[str, ...]:
        """Every heading the profile reads, as headings are compared."""
        rules = (*(rule.heading for rule in self.same_as.values()), *(rule.heading for rule in self.only_when.values() if rule.heading))
        own = {column.name for column in self.canonical.columns}
        parts = (part for parts in self.made_of.values() for part in parts if part not in own)
        named = [heading for names in self.headings.values() for heading in names]
        stand_ins = [heading for column in (*self.otherwise, *self.sums) for heading in self.stands_in(column)]
        other = [*stand_ins, *rules, *parts, *self.leave_out, *([self.platform_heading] if self.platform_heading else [])]
        return tuple(dict.fromkeys(heading_key(heading) for heading in [*named, *other]))

    @cached_property
    def own_keys(self) -> frozenset[str]:
        """The headings that have a column of their own, as headings are compared."""
        return frozenset(key for names in _keys(self.name, tuple(self.headings.items())).values() for key in names)

    def words(self, column: str) -> dict[str, str]:
        """Every word a choice column may hold → its canonical word."""
        found = {choice: choice for choice in self.canonical.column(column).choices}
        for choice, words in _WORDS.get(column, {}).items():
            if choice in found:
                found.update(dict.fromkeys(words, choice))
        return {**found, **{word: to for word, to in self.values.get(column, {}).items() if to}}


@dataclass(frozen=True, slots=True)
class Match:
    """How well a profile fits: the place of each canonical column among the headings, and which needed ones are missing.

    `foreign`: a heading is there that no table of this layout has.
    """

    profile: Profile
    places: Mapping[str, int]
    missing: tuple[str, ...]
    share: float
    foreign: bool = False

    @property
    def fits(self) -> bool:
        return not self.missing and not self.foreign


def found_in_name(pattern: str, name: str) -> str | None:
    """What the one group of `pattern` matches in a file's name."""
    found = re.search(pattern, name)
    return found.group(1) if found else None


def heading_key(heading: str | None) -> str:
    """A heading as it is compared: no blanks, half-width brackets and colons, small letters.

    >>> heading_key("平均响应时长（秒) \\t")
    '平均响应时长(秒)'
    """
    if not heading or len(heading) > LONGEST_HEADING:
        return ""
    text = re.sub(r"[\s\ufeff\u200b]+", "", heading)
    return text.translate(_HALF_WIDTH).casefold()


LONGEST_HEADING = 200
"""A longer cell is a text and no heading."""

_HALF_WIDTH = str.maketrans("（）：，％【】　", "():,%[] ")


def match(profile: Profile, headings: Sequence[str | None]) -> Match:
    """Compare a table's headings with a profile's. Of headings that come twice, the first counts."""
    return _match(profile, [heading_key(heading) for heading in headings])


def _match(profile: Profile, keys: Sequence[str]) -> Match:
    where: dict[str, int] = {}
    for place, key in enumerate(keys):
        where.setdefault(key, place)
    places: dict[str, int] = {}
    for column, names in _keys(profile.name, tuple(profile.headings.items())).items():
        found = next((where[name] for name in names if name in where), None)
        if found is not None:
            places[column] = found
    filled = sum(1 for key in keys if key and not key.startswith("kaohe_"))
    lacking = (name for name in profile.needed if name not in places)
    missing = tuple(name for name in lacking if not any(heading_key(heading) in where for heading in profile.stands_in(name)))
    known = {where[key] for key in profile.known_keys if key in where}
    foreign = any(heading_key(heading) in where for heading in profile.absent)
    return Match(profile, places, missing, len(known | set(places.values())) / max(filled, 1), foreign)


@lru_cache(maxsize=512)
def _keys(name: str, headings: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, tuple[str, ...]]:
    """The keys of each column's headings. `name` only tells profiles apart."""
    return {column: tuple(dict.fromkeys(heading_key(one) for one in names)) for column, names in headings}


def choose(profiles: Iterable[Profile], headings: Sequence[str | None], stem: str) -> Match | None:
    """The profile that explains most of the headings, or None when none fits.

    A profile with a `share` fits only when that part of the headings is its own: a heading 客服 alone does not make a table one of
    agents. A file called after the table (`agents.csv`) says so itself.
    """
    best: tuple[tuple[int, float, str], Match] | None = None
    keys = [heading_key(heading) for heading in headings]
    there = frozenset(keys)
    for profile in profiles:
        # Most rows that are looked at hold data, and nothing of any profile.
        if profile.own_keys.isdisjoint(there):
            continue
        found = _match(profile, keys)
        named = stem.casefold() == profile.name
        if not found.places or not found.fits or (found.share < profile.share and not named):
            continue
        rank = (len(found.places) + (100 if named else 0), found.share, profile.name)
        if best is None or rank > best[0]:
            best = rank, found
    return best[1] if best else None


def closest(profiles: Iterable[Profile], headings: Sequence[str | None]) -> Match | None:
    """The profile that shares most headings with a table that fits none; None when fewer than two are shared."""
    keys = [heading_key(heading) for heading in headings]
    tried = [_match(profile, keys) for profile in profiles]
    best = max(tried, key=lambda found: (len(found.places), found.share, found.profile.name), default=None)
    return best if best is not None and len(best.places) >= 2 else None


def canonical_profile(table: Table) -> Profile:
    """The profile of a canonical table: its own column names, or their Chinese labels."""
    return Profile(
        name=table.name,
        zh=f"标准表：{table.zh}",
        table=table.name,
        headings={column.name: (column.name, column.zh) for column in table.columns},
        share=0.5,
        source="kaohe 的标准表（docs/reference/tables.md）",
    )


@lru_cache(maxsize=1)
def shipped() -> tuple[Profile, ...]:
    """The profiles that come with kaohe: canonical tables first, then platforms by name."""
    folder = resources.files("kaohe.importing") / "profiles"
    texts = sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return (*(canonical_profile(table) for table in TABLES.values()), *(load(Profile, text, name) for name, text in texts))


def profiles(extra: Sequence[Path] = ()) -> dict[str, Profile]:
    """All profiles by name: the shipped ones, and those in the files and folders `extra`, which may replace shipped ones.

    Raises `Failure` with every mistake in a file, and when two files of `extra` give the same name.
    """
    known = {profile.name: profile for profile in shipped()}
    own: set[str] = set()
    problems = []
    for path in extra:
        for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
            try:
                profile = load(Profile, file)
            except Failure as mistakes:
                problems += mistakes.problems
                continue
            if profile.name in own:
                raise failure(SAME_NAME, file=file.name, name=profile.name)
            own.add(profile.name)
            known[profile.name] = profile
    if problems:
        raise Failure(problems)
    return known


def named(known: Mapping[str, Profile], name: str) -> Profile:
    """The profile of that name. Raises `Failure` with the nearest one when there is none."""
    if name in known:
        return known[name]
    guess = nearest(name, known)
    raise failure(
        NO_SUCH_PROFILE,
        name=name,
        known=", ".join(sorted(known)),
        hint_zh=f"是否想用“{guess}”？" if guess else "",
        hint_en=f"Did you mean {guess!r}? " if guess else "",
    )

"""Dialogues compiled to arrays: every text rendered once, every script a run of steps that point at texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from kaohe.demo.catalogue import SHOPS, VARIANTS
from kaohe.demo.dialogues import AFTERSALE, CLOSINGS, OPENINGS, PHRASES, PRESALE, URGE
from kaohe.demo.ragged import Flags, Floats, Ints

KINDS = ("text", "image", "emotion", "video", "goods", "order", "other")

_LINE = re.compile(r"(?P<who>[AB])(?P<linked>=)?(?: (?P<chance>[\d.]+))?(?: (?P<kind>[a-z]+))?: (?P<said>.+)")


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Scripts by number, their steps, the templates of a step, the texts of a template.

    Step arrays have one row a step, scripts end to end. A step's careful ways to be said are the templates
    `full[step, 0]` up to `full[step, 0] + full[step, 1]`; `curt` likewise, with a count of 0 where there are none.
    A `linked` step is said only after the step before it, and the same way: the answer belongs to the question.
    """

    texts: pl.Series
    scripts: Mapping[str, int]
    start: Ints
    length: Ints
    by_agent: Flags
    chance: Floats
    kind: Ints
    full: Ints
    curt: Ints
    linked: Flags
    phrases: Mapping[str, tuple[int, int]]
    text_start: Ints
    blanks: Flags

    def text(self, template: Ints, shop: Ints, variant: Ints) -> Ints:
        """The text of each template, as that shop says it with its blanks filled for that variant."""
        return self.text_start[template, shop] + np.where(self.blanks[template], variant, 0)

    def phrase(self, rng: np.random.Generator, name: str, shop: Ints, variant: Ints) -> Ints:
        """One text of a phrase for each row, drawn evenly."""
        start, count = self.phrases[name]
        return self.text(start + rng.integers(0, count, len(shop)), shop, variant)

    def numbers(self, names: Sequence[str]) -> Ints:
        return np.array([self.scripts[name] for name in names], dtype=np.int64)


@cache
def phrasebook() -> Phrasebook:
    """The one phrasebook. ValueError for a line of a script that can not be read."""
    templates: list[str] = []

    def add(ways: str) -> tuple[int, int]:
        found = [way.strip() for way in ways.split("|") if way.strip()]
        templates.extend(found)
        return len(templates) - len(found), len(found)

    scripts: dict[str, int] = {}
    lengths: list[int] = []
    agents: list[bool] = []
    chances: list[float] = []
    kinds: list[int] = []
    full: list[tuple[int, int]] = []
    curt: list[tuple[int, int]] = []
    linked: list[bool] = []
    for name, script in {**OPENINGS, **PRESALE, **AFTERSALE, **URGE, **CLOSINGS}.items():
        lines = [line.strip() for line in script.splitlines() if line.strip()]
        scripts[name] = len(scripts)
        lengths.append(len(lines))
        for line in lines:
            match = _LINE.fullmatch(line)
            if match is None:
                raise ValueError(f"script {name!r}: {line!r}")
            careful, _, careless = match["said"].partition("||")
            agents.append(match["who"] == "A")
            chances.append(float(match["chance"] or 1))
            kinds.append(KINDS.index(match["kind"] or "text"))
            full.append(add(careful))
            curt.append(add(careless))
            linked.append(match["linked"] is not None)
            if linked[-1] and (line == lines[0] or full[-1][1] != full[-2][1]):
                raise ValueError(f"script {name!r}: {line!r} does not answer the line before it way by way")
    phrases = {name: add(ways) for name, ways in PHRASES.items()}

    texts: list[str] = []
    filled = [[shop.slots(variant) for variant in range(VARIANTS)] for shop in SHOPS]
    blanks = np.array(["{" in template for template in templates])
    starts = np.zeros((len(templates), len(SHOPS)), dtype=np.int64)
    for number, template in enumerate(templates):
        if not blanks[number]:
            starts[number] = len(texts)
            texts.append(template)
            continue
        for shop, variants in enumerate(filled):
            starts[number, shop] = len(texts)
            texts.extend(template.format_map(slots) for slots in variants)
    length = np.array(lengths, dtype=np.int64)
    return Phrasebook(
        texts=pl.Series("text", texts, dtype=pl.String),
        scripts=scripts,
        start=np.cumsum(length) - length,
        length=length,
        by_agent=np.array(agents),
        chance=np.array(chances),
        kind=np.array(kinds, dtype=np.int64),
        full=np.array(full, dtype=np.int64),
        curt=np.array(curt, dtype=np.int64),
        linked=np.array(linked),
        phrases=phrases,
        text_start=starts,
        blanks=blanks,
    )

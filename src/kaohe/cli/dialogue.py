"""The dialogue in which a person says what the headings of an unknown file mean: one question at a time, each with a proposal and a way back.

Questions go to stderr, answers are lines of stdin, from a terminal or a pipe. Nothing is written here.
"""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from kaohe.cli import work
from kaohe.cli.trouble import nearest
from kaohe.cli.voice import Voice
from kaohe.errors import WRONG_USE, Failure, code, failure
from kaohe.reports.pairs import Pair

if TYPE_CHECKING:
    from kaohe.importing.mapping import Draft, Guess
    from kaohe.importing.profiles import Unit
    from kaohe.importing.survey import Seen
    from kaohe.model.tables import Column

NO_MORE_ANSWERS = code(
    "mapping_no_more_answers",
    zh="回答到第 {number} 个问题就没有了，什么也没有写入。要全部接受提议，请加 --yes",
    en="the answers ended before question {number}; nothing was written. Add --yes to accept all proposals",
    exit=WRONG_USE,
)

INTRODUCTION = Pair(
    "{file}：没有格式认得它，下面一起来认。表头在第 {row} 行，{columns} 列，{rows} 行数据。\n"
    "回车 接受提议    . 其余全部接受    < 上一步    ? 说明    q 放弃，什么也不会写",
    "{file}: no profile knows it, so let us make one. Headings in row {row}, {columns} columns, {rows} rows of data.\n"
    "Enter accepts    . accepts all the rest    < back    ? help    q quits, nothing is written",
)
INTRODUCTION_SHEET = Pair("工作表：{sheet}", "Sheet: {sheet}")
USELESS: Mapping[str, Pair] = {
    "empty": Pair(
        "第 {place} 列没有表头，用不了；要用，请在文件里补上", "Column {place} has no heading and can not be used; give it one in the file"
    ),
    "twice": Pair(
        "第 {place} 列与前面的列同名（{heading}），只读前面那列；要用，请在文件里改名",
        "Column {place} is called like an earlier one ({heading}), which is read; rename it in the file to use it",
    ),
    "long": Pair("第 {place} 列的表头太长，不像表头，用不了", "The heading of column {place} is too long to be one and can not be used"),
}
WHICH_SHEET = Pair("有 {count} 张工作表，读哪一张？", "There are {count} sheets. Which one?")
WHICH_TABLE = Pair("这是什么表？（- 跳过这个文件）", "What kind of table is it? (- skips the file)")
A_SHEET = Pair("  {number}  {name}（{columns} 列）", "  {number}  {name} ({columns} columns)")
A_TABLE = Pair("  {number:>2}  {name:<12} {zh}", "  {number:>2}  {name:<12} {grain}")
MORE_TABLES = Pair("   ?  还有 {count} 种", "   ?  {count} more")
COLUMN = Pair("{number}/{count}  {heading}    例：{samples}", "{number}/{count}  {heading}    e.g. {samples}")
NO_CELLS = Pair("（整列为空）", "(no cells)")
PROPOSED = Pair("      → {column}{unit}{why}", "      → {column}{unit}{why}")
LEAVE_OUT = Pair("      → 不要", "      → leave out")
UNIT = Pair("，单位 {unit}", ", unit {unit}")
WHY: Mapping[str, Pair] = {
    "known": Pair("", ""),
    "word": Pair("（表头里有“{by}”）", " (its heading has '{by}')"),
    "alike": Pair("（像“{by}”）", " (like '{by}')"),
    "cells": Pair("（按内容猜的）", " (by its cells)"),
}
UNFIT = Pair(
    "      注意：{share} 的内容不是这一列要的（{kind}），那些行会被拒绝",
    "      Beware: {share} of the cells are no {kind}; such rows are refused",
)
KINDS: Mapping[str, Pair] = {
    "instant": Pair("时间", "time"),
    "date": Pair("日期", "date"),
    "month": Pair("月份", "month"),
    "integer": Pair("整数", "whole number"),
    "number": Pair("数字", "number"),
    "money": Pair("金额", "amount of money"),
    "percent": Pair("比率", "rate"),
    "duration": Pair("时长", "duration"),
    "choice": Pair("固定的几个词", "known word"),
    "flag": Pair("是或否", "yes or no"),
    "id": Pair("编号", "id"),
    "text": Pair("文字", "text"),
}
COLUMN_HELP = Pair(
    "写列名、中文名或编号换一列，- 不要这一列。单位写在后面，如“{example} minutes”。* 是必填的，← 是已经选作这一列的表头：",
    "Write a column's name or number to choose another, - to leave this one out. A unit goes behind, as in '{example} minutes'. "
    "* is required, ← shows the heading chosen so far:",
)
COLUMN_LINE = Pair("  {number:>3} {star} {name:<24} {zh} {kind}{taken}", "  {number:>3} {star} {name:<24} {kind}{taken}")
TAKEN = Pair("  ← {heading}", "  ← {heading}")
TAKEN_OVER = Pair("      “{heading}”不再作这一列，改为不要", "      '{heading}' is no longer this column and is left out")
WORDS_OF = Pair(
    "“{heading}”里的词是什么意思？可选：{choices}；- {nothing}", "What do the words under '{heading}' mean? One of {choices}; - {nothing}"
)
ROWS_SKIPPED = Pair("有这个词的行不导入", "rows with the word are left out")
CELL_EMPTY = Pair("当作空", "as if empty")
WORD = Pair("      {word} → {meaning}", "      {word} → {meaning}")
UNDECIDED = Pair("？", "?")
NEEDED = Pair(
    "没有表头是“{zh}”（{name}），它是必填的。每一行都一样时写下那个值，否则 < 回去指定",
    "No heading is {name!r}, which is required. Write its value if it is the same in every row, else go < back",
)
NEEDED_CHOICE = Pair("。可选：{choices}", ". One of {choices}")
WHICH_SHOP = Pair(
    "表里没有店铺。这些行是哪家店的？（只用于这次导入，以后用 --shop）",
    "No column is the shop. Whose rows are these? (For this import; later use --shop)",
)
WHICH_DAY = Pair(
    "这份报表是哪一天的？如 2026-11-01（只用于这次导入，以后用 --day）",
    "Of which day is the report? As 2026-11-01 (for this import; later use --day)",
)
WHICH_NAME = Pair("格式的名字（存成 profiles/名字.yaml）：{name}", "The profile's name (saved as profiles/NAME.yaml): {name}")
OVERWRITE = Pair("{name}.yaml 已经有了，要覆盖吗？y 覆盖，回车换个名字", "{name}.yaml exists. y overwrites it, Enter asks for another name")
NOT_UNDERSTOOD = Pair("      没有“{answer}”。{hint}", "      No {answer!r} here. {hint}")
DID_YOU_MEAN = Pair("是否想写 {guess}？", "Did you mean {guess}?")
SEE_HELP = Pair("写 ? 看可选的", "? shows what can be chosen")
NO_SUCH_UNIT = Pair("      {column} 的单位可以是：{units}", "      Units of {column}: {units}")
NO_UNITS = Pair("      {column} 没有单位可选", "      {column} takes no unit")
CHOOSE = Pair("      这个词要选一个：{choices}，或 -", "      Choose one: {choices}, or -")
WRITE_IT = Pair("      不能空着。写下这个值，或 < 回去", "      This can not be left empty. Write it, or go < back")
WRONG_KIND = Pair("      “{answer}”不是{kind}", "      {answer!r} is no {kind}")
SKIPPED = Pair("不导入", "left out")
EMPTY = Pair("空", "empty")
TRIED = Pair(
    "试读：{read} 行，可导入 {accepted}，拒绝 {refused}，跳过 {skipped}",
    "Tried: {read} rows, {accepted} to import, {refused} refused, {skipped} skipped",
)
SAVE = Pair("保存并导入？回车 是    s 只保存    < 回去改    q 放弃", "Save and import? Enter yes    s only save    < back    q quit")
SAVE_ONE_OF_MANY = Pair(
    "保存？回车 是，随后一起导入    < 回去改    q 放弃", "Save? Enter yes, to be imported with the others    < back    q quit"
)
SAVE_ANYWAY = Pair("没有一行能导入。< 回去改    s 仍然保存    q 放弃", "No row can be imported. < back    s save anyway    q quit")
GIVEN_UP = Pair("已放弃，什么也没有写入", "Given up, nothing was written")

TABLES_SHOWN = 3
PROBLEMS_SHOWN = 5
SAMPLE_WIDTH = 24
MORE_REASONS = Pair("……还有 {count} 处", "... and {count} more")


def listen() -> None:
    """Take whatever is typed or piped as an answer: bytes that are no text are one that nobody understands. Before the first question."""
    reconfigure = getattr(sys.stdin, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


class Back(Exception):
    """The person wants the question before this one again."""


class Skip(Exception):
    """The person leaves this file out."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What reading the file under the profile so far gave; `problems` say what is wrong, as far as shown."""

    read: int
    accepted: int
    refused: int
    skipped: int
    problems: tuple[str, ...]
    problem_count: int


@dataclass(slots=True)
class Agreed:
    """What was agreed on besides the draft: the profile's name, whether to import, and what is said at each import."""

    name: str
    shop: str | None = None
    day: str | None = None
    brings_in: bool = True


@dataclass(frozen=True, slots=True)
class Around:
    """What the dialogue has to know of its surroundings.

    `sheets` are names and widths of a workbook's sheets, `open` makes the draft for one of them. `shops` are the shops there are; `asks_shop` is
    False where something else says whose rows they are, `asks_day` where a day was given; `alone` is False for a file that is imported with others. `free` raises a `Failure` for a name that can not be
    taken, `exists` says whether one's own profile of that name would be replaced. `text` is the profile in YAML, `tried` what it would import.
    """

    sheets: Sequence[tuple[str, int]]
    open: Callable[[int], Draft]
    shops: Sequence[str]
    asks_shop: bool
    asks_day: bool
    alone: bool
    free: Callable[[str], str]
    exists: Callable[[str], bool]
    proposed: Callable[[Draft], str]
    text: Callable[[Draft, Agreed], str]
    tried: Callable[[Draft, Agreed], Trial]


@dataclass
class Dialogue:
    """One file. `run` returns when everything is agreed; quitting raises `typer.Abort`, leaving the file out `Skip`."""

    voice: Voice
    around: Around
    sheet: int
    draft: Draft
    agreed: Agreed = field(init=False)
    _number: int = 0
    _named: bool = False
    _rest: bool = False
    _shown: object = None

    def run(self) -> tuple[Draft, Agreed]:
        """Ask until all is said."""
        try:
            return self._asked()
        except KeyboardInterrupt:
            self.voice.line("")
            self.voice.notice(GIVEN_UP)
            raise typer.Abort from None

    def _asked(self) -> tuple[Draft, Agreed]:
        """Which questions there are follows from the answers so far."""
        self.agreed = Agreed(self.around.proposed(self.draft))
        place = 0
        if len(self.around.sheets) < 2:
            self._introduce()
        while place < len(steps := list(self._steps())):
            try:
                steps[place]()
            except Back:
                self._rest, self._shown = False, None
                place = max(place - 1, 0)
            else:
                place += 1
        return self.draft, self.agreed

    def _steps(self) -> Iterator[Callable[[], None]]:
        draft = self.draft
        if len(self.around.sheets) > 1:
            yield self._ask_sheet
        yield self._ask_table
        for seen in draft.survey.usable:
            yield lambda seen=seen: self._ask_column(seen)  # type: ignore[misc]
        for name, word in draft.asked_words():
            yield lambda name=name, word=word: self._ask_word(name, word)  # type: ignore[misc]
        for name in draft.lacking:
            yield lambda name=name: self._ask_needed(name)  # type: ignore[misc]
        if draft.needs_shop and self.around.asks_shop:
            yield self._ask_shop
        if draft.needs_day and self.around.asks_day:
            yield self._ask_day
        yield self._ask_name
        yield self._ask_save

    # Asking -----------------------------------------------------------------------------------------------------------------

    def _answer(self, default: str | None) -> str:
        """One line, stripped; the default for an empty one. After `.` every question that has a default gets it, until one goes back."""
        if self._rest and default is not None:
            return default
        self._number += 1
        self.voice.prompt(f"{'' if default is None else f'[{default}] '}> ")
        if hasattr(signal, "siginterrupt"):
            # Polars has system calls go on after an interrupt; then Ctrl-C would be heard only once Enter is pressed.
            signal.siginterrupt(signal.SIGINT, True)
        line = sys.stdin.readline()
        if not line:
            self.voice.line("")
            raise failure(NO_MORE_ANSWERS, number=self._number)
        answer = line.strip()
        if not sys.stdin.isatty():
            # Nobody saw it typed: the record of a dialogue should show it all the same.
            self.voice.line(answer)
        if answer in ("q", "Q"):
            self.voice.notice(GIVEN_UP)
            raise typer.Abort
        if answer == "<":
            raise Back
        if answer == "." and default is not None:
            self._rest = True
            return default
        return answer or (default or "")

    def _introduce(self) -> None:
        survey = self.draft.survey
        self.voice.line("")
        self.voice.notice(INTRODUCTION, file=survey.source.name, row=survey.row, columns=len(survey.columns), rows=survey.rows)
        for seen in survey.columns:
            if seen.useless is not None and seen.cells:
                self.voice.notice(USELESS[seen.useless], place=seen.place + 1, heading=seen.heading[:SAMPLE_WIDTH])

    def _ask_sheet(self) -> None:
        sheets = self.around.sheets
        self.voice.notice(WHICH_SHEET, count=len(sheets))
        for number, (name, columns) in enumerate(sheets, 1):
            self.voice.notice(A_SHEET, number=number, name=name, columns=columns)
        names = [name for name, _ in sheets]
        while True:
            answer = self._answer(str(self.sheet + 1))
            place = int(answer) - 1 if answer.isdecimal() else names.index(answer) if answer in names else -1
            if not 0 <= place < len(sheets):
                self._not_understood(answer, names)
                continue
            try:
                found = self.draft if place == self.sheet else self.around.open(place)
            except Failure as trouble:
                self.voice.failure(trouble)
                continue
            self.sheet, self.draft = place, found
            self.agreed = Agreed(self.around.proposed(found))
            self._introduce()
            return

    def _ask_table(self) -> None:
        from kaohe.model.tables import TABLES

        self.voice.notice(WHICH_TABLE)
        tables, shown = self.draft.tables, TABLES_SHOWN
        now = self.draft.table

        def show(first: int, last: int) -> None:
            for number, name in enumerate(tables[first:last], first + 1):
                self.voice.notice(A_TABLE, number=number, name=name, zh=TABLES[name].zh, grain=TABLES[name].grain)

        show(0, shown)
        self.voice.notice(MORE_TABLES, count=len(tables) - shown)
        while True:
            answer = self._answer(now)
            if answer == "?":
                show(0, len(tables))
                continue
            if answer == "-":
                raise Skip
            by_label = {table.zh: name for name, table in TABLES.items()}
            name = tables[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(tables) else by_label.get(answer, answer)
            if name in TABLES:
                break
            self._not_understood(answer, [*TABLES, *by_label])
        if name != now:
            self.draft.take(name)
            self._named = False
        if not self._named:
            self.agreed.name = self.around.proposed(self.draft)

    # Columns ----------------------------------------------------------------------------------------------------------------

    def _ask_column(self, seen: Seen) -> None:
        draft = self.draft
        usable = draft.survey.usable
        name = draft.columns.get(seen.place)
        samples = " | ".join(_short(sample) for sample in seen.samples) or self.voice(NO_CELLS)
        self.voice.notice(COLUMN, number=usable.index(seen) + 1, count=len(usable), heading=_short(seen.heading, 60), samples=samples)
        self._show_proposal(seen, name, draft.guesses.get(seen.place))
        while True:
            answer = self._answer(name or "-")
            if answer == "?":
                self._show_columns()
                continue
            if answer == (name or "-"):
                return
            if answer == "-":
                draft.put(seen.place, None)
                return
            try:
                column, unit = self._column(answer)
            except ValueError:
                continue
            old = draft.put(seen.place, column.name, unit)
            if old is not None:
                self.voice.notice(TAKEN_OVER, heading=draft.survey.column(old).heading)
            self._show_proposal(seen, column.name, None)
            return

    def _column(self, answer: str) -> tuple[Column, Unit | None]:
        """The column of a number, name or Chinese name, and the unit behind it. Says what is wrong and raises `ValueError` else."""
        from kaohe.importing.mapping import units_for

        columns = self.draft.canonical.columns
        by_name = {column.name: column for column in columns}
        by_label = {column.zh: column for column in reversed(columns)}
        numbered = {str(number): column for number, column in enumerate(columns, 1)}
        found = {**numbered, **by_label, **by_name}
        text, _, said = answer.partition(" ") if answer not in found else (answer, "", "")
        column = found.get(text)
        if column is None:
            self._not_understood(answer, [*by_name, *by_label])
            raise ValueError(answer)
        units = units_for(column, self.draft.table)
        unit = next((one for one in units if one == said.strip()), None)
        if said.strip() and unit is None:
            self.voice.notice(NO_SUCH_UNIT if units else NO_UNITS, column=column.name, units="、".join(units))
            raise ValueError(answer)
        return column, unit

    def _show_proposal(self, seen: Seen, name: str | None, guess: Guess | None) -> None:
        from kaohe.importing.mapping import cell_kind

        draft = self.draft
        if name is None:
            self.voice.notice(LEAVE_OUT)
            return
        column = draft.canonical.column(name)
        label = f"{name} {column.zh}" if self.voice.lang == "zh" else name
        unit = self.voice(UNIT, unit=draft.units[name]) if name in draft.units else ""
        why = self.voice(WHY[guess.why], by=guess.by) if guess is not None and guess.column == name else ""
        self.voice.notice(PROPOSED, column=label, unit=unit, why=why)
        share = draft.fitting(seen.place)
        if share < 1 and not draft.choices(name):
            kind = self.voice(KINDS[cell_kind(column, draft.table)])
            self.voice.notice(UNFIT, share=f"{1 - share:.0%}", kind=kind)

    def _show_columns(self) -> None:
        from rich.cells import set_cell_size

        from kaohe.importing.mapping import cell_kind

        draft = self.draft
        durations = [column.name for column in draft.canonical.columns if cell_kind(column, draft.table) == "duration"]
        self.voice.notice(COLUMN_HELP, example=next(iter(durations), "avg_response_seconds"))
        for number, column in enumerate(draft.canonical.columns, 1):
            place = draft.place_of(column.name)
            taken = self.voice(TAKEN, heading=draft.survey.column(place).heading) if place is not None else ""
            kind = self.voice(KINDS[cell_kind(column, draft.table)])
            star = "*" if column.required else " "
            zh = set_cell_size(column.zh, 20)
            self.voice.notice(COLUMN_LINE, number=number, star=star, name=column.name, zh=zh, kind=kind, taken=taken)

    # Words, constants ---------------------------------------------------------------------------------------------------------

    def _ask_word(self, name: str, word: str) -> None:
        draft = self.draft
        choices = draft.choices(name)
        labels = {choice: draft.called(name, choice) for choice in choices}
        place = draft.place_of(name)
        assert place is not None
        required = draft.canonical.column(name).required
        if self._shown != (name, place):
            self._shown = (name, place)
            nothing = self.voice(ROWS_SKIPPED if required else CELL_EMPTY)
            listed = "  ".join(f"{number} {self._choice(choice, labels)}" for number, choice in enumerate(choices, 1))
            self.voice.notice(WORDS_OF, heading=draft.survey.column(place).heading, choices=listed, nothing=nothing)
        now = "-" if word in draft.skipped[name] or draft.words[name].get(word) == "" else draft.words[name].get(word)
        dash = self.voice(SKIPPED if required else EMPTY)
        meaning = self.voice(UNDECIDED) if now is None else dash if now == "-" else self._choice(now, labels)
        self.voice.notice(WORD, word=_short(word, 40), meaning=meaning)
        by_number = {str(number): choice for number, choice in enumerate(choices, 1)} if name not in ("stars", "revised_stars") else {}
        by_label = {label: choice for choice, label in labels.items()}
        while True:
            answer = self._answer(now)
            if answer == "-":
                draft.say(name, word, None)
                return
            found = by_number.get(answer) or by_label.get(answer) or (answer if answer in choices else None)
            if found is not None:
                draft.say(name, word, found)
                return
            if answer in ("", "?"):
                self.voice.notice(CHOOSE, choices="、".join(self._choice(choice, labels) for choice in choices))
            else:
                self._not_understood(answer, [*choices, *by_label])

    def _choice(self, choice: str, labels: Mapping[str, str]) -> str:
        label = labels[choice]
        return f"{choice} {label}" if self.voice.lang == "zh" and label != choice else choice

    def _ask_needed(self, name: str) -> None:
        from kaohe.importing.mapping import cell_kind

        draft = self.draft
        column = draft.canonical.column(name)
        choices = draft.choices(name)
        text = self.voice(NEEDED, zh=column.zh, name=name)
        self.voice.line(text + (self.voice(NEEDED_CHOICE, choices="、".join(choices)) if choices else ""))
        while True:
            answer = self._answer(draft.constants.get(name))
            if answer in ("", "?", "-", "."):
                self.voice.notice(WRITE_IT)
            elif not draft.accepts(name, answer):
                self.voice.notice(WRONG_KIND, answer=answer, kind=self.voice(KINDS[cell_kind(column, draft.table)]))
            else:
                draft.constants[name] = answer
                return

    def _ask_shop(self) -> None:
        shops = self.around.shops
        self.voice.notice(WHICH_SHOP)
        while not (answer := self._answer(self.agreed.shop or (shops[0] if len(shops) == 1 else None))) or answer == "?":
            self.voice.line("      " + "、".join(shops)) if shops else self.voice.notice(WRITE_IT)
        self.agreed.shop = answer

    def _ask_day(self) -> None:
        self.voice.notice(WHICH_DAY)
        while True:
            answer = self._answer(self.agreed.day)
            try:
                found = work.day("--day", answer)
            except Failure:
                self.voice.notice(WRONG_KIND, answer=answer, kind=self.voice(KINDS["date"]))
                continue
            self.agreed.day = found.isoformat() if found is not None else None
            return

    # Name and end ---------------------------------------------------------------------------------------------------------------

    def _ask_name(self) -> None:
        while True:
            self.voice.notice(WHICH_NAME, name=self.agreed.name)
            answer = self._answer(self.agreed.name)
            try:
                name = self.around.free(answer)
            except Failure as trouble:
                self.voice.failure(trouble)
                continue
            if self.around.exists(name):
                self.voice.notice(OVERWRITE, name=name)
                if self._answer(None).lower() != "y":
                    continue
            self._named = self._named or name != self.agreed.name
            self.agreed.name = name
            return

    def _ask_save(self) -> None:
        self.voice.line("")
        self.voice.line(self.around.text(self.draft, self.agreed).rstrip())
        self.voice.line("")
        trial = self.around.tried(self.draft, self.agreed)
        self.voice.notice(TRIED, read=trial.read, accepted=trial.accepted, refused=trial.refused, skipped=trial.skipped)
        for problem in trial.problems[:PROBLEMS_SHOWN]:
            self.voice.line(f"      {problem}")
        if trial.problem_count > PROBLEMS_SHOWN:
            self.voice.line("      " + self.voice(MORE_REASONS, count=trial.problem_count - PROBLEMS_SHOWN))
        question = SAVE_ANYWAY if not trial.accepted else SAVE if self.around.alone else SAVE_ONE_OF_MANY
        while True:
            self.voice.notice(question)
            answer = self._answer(None).lower()
            if answer == "s" and question is not SAVE_ONE_OF_MANY:
                self.agreed.brings_in = False
                return
            if answer in ("", "y") and question is not SAVE_ANYWAY:
                self.agreed.brings_in = True
                return

    def _not_understood(self, answer: str, known: Sequence[str]) -> None:
        guess = nearest(answer, known)
        hint = self.voice(DID_YOU_MEAN, guess=guess) if guess is not None else self.voice(SEE_HELP)
        self.voice.notice(NOT_UNDERSTOOD, answer=answer[:40], hint=hint)


def _short(text: str, width: int = SAMPLE_WIDTH) -> str:
    """A cell in one line, cut where it is long."""
    line = re.sub(r"\s+", " ", text)
    return line if len(line) <= width else line[: width - 1] + "…"

"""Changing a scheme's text in one place and leaving the rest as it was written: comments, order, ways of writing numbers.

A text is changed in the smallest piece that stands on lines of its own: an entry of a list, or a key of the top. Only that piece is read, changed and
written again; every other line stays byte for byte.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kaohe.appraisal.exact import number, plain
from kaohe.appraisal.scheme import Scheme
from kaohe_web.schemes.reading import looked

Path = tuple[str, ...]
Change = Callable[[Any], None]

LISTS: Mapping[str, Path] = {"items": ("items",), "gates": ("gates",), "vetoes": ("vetoes",), "pk": ("pk",), "pay": ("pay", "lines")}
"""The lists of a scheme, by what they are called in addresses, and where they stand in the text."""

_TOP = list(Scheme.model_fields)


class NotInForm(Exception):
    """The text is written in a way that forms can not change; the text itself can be."""


def entries(text: str, section: str) -> list[CommentedMap | None]:
    """The entries of a list as they stand; None for one that is no mapping. Raises `NotInForm` where there is no list to be read."""
    found = _at(_loaded(text), LISTS[section])
    if found is None:
        return []
    if not isinstance(found, CommentedSeq):
        raise NotInForm
    return [one if isinstance(one, CommentedMap) else None for one in found]


def top(text: str) -> CommentedMap:
    """The whole text as a mapping. Raises `NotInForm`."""
    found = _loaded(text)
    if not isinstance(found, CommentedMap):
        raise NotInForm
    return found


def change_entry(text: str, section: str, index: int, change: Change) -> str:
    """The text with one entry of a list changed. Raises `NotInForm`, and IndexError where there is no such entry."""
    path = LISTS[section]
    listed = _node(text, path)
    if not isinstance(listed, SequenceNode) or not 0 <= index < len(listed.value):
        raise IndexError(index)
    if listed.flow_style or _shares_lines(text, listed):
        return _in_top(text, path, lambda found: change(found[index]))
    lines = text.splitlines()
    first, end = _lines_of_entry(lines, listed, index)
    column = listed.start_mark.column
    piece = _rewritten([line[column:] if line.strip() else "" for line in lines[first:end]], lambda found: change(found[0]))
    return _joined([*lines[:first], *_indented(piece, column), *lines[end:]])


def add_entry(text: str, section: str, entry: Mapping[str, Any]) -> str:
    """The text with one more entry at the end of a list, which is begun where it is missing. Raises `NotInForm`."""
    path = LISTS[section]
    listed = _node(text, path)
    if not isinstance(listed, SequenceNode) or listed.flow_style or not listed.value or _shares_lines(text, listed):
        return _in_top(text, path, lambda found: found.append(styled(entry)))
    lines = text.splitlines()
    end = _end(listed.value[-1])
    piece = _dumped(CommentedSeq([styled(entry)]))
    return _joined([*lines[:end], *_indented(piece, listed.start_mark.column), *lines[end:]])


def remove_entry(text: str, section: str, index: int) -> str:
    """The text without one entry, and without the comments right above it. A list that is left empty goes."""
    path = LISTS[section]
    listed = _node(text, path)
    if not isinstance(listed, SequenceNode) or not 0 <= index < len(listed.value):
        raise IndexError(index)
    if len(listed.value) == 1:
        return _without_top(text, path[0])
    if listed.flow_style or _shares_lines(text, listed):

        def gone(found: Any) -> None:
            del found[index]

        return _in_top(text, path, gone)
    lines = text.splitlines()
    blocks = _blocks(lines, listed)
    first, end = blocks[index]
    return _joined([*lines[:first], *lines[end:]])


def move_entry(text: str, section: str, index: int, step: int) -> str:
    """The text with an entry and its neighbour (`step` -1: the one before, 1: the one after) in each other's place, comments with them.

    As it was where there is no neighbour.
    """
    path = LISTS[section]
    listed = _node(text, path)
    if not isinstance(listed, SequenceNode) or not 0 <= index < len(listed.value):
        raise IndexError(index)
    other = index + step
    if not 0 <= other < len(listed.value):
        return text
    if listed.flow_style or _shares_lines(text, listed):

        def swapped(found: Any) -> None:
            found[index], found[other] = found[other], found[index]

        return _in_top(text, path, swapped)
    lines = text.splitlines()
    blocks = _blocks(lines, listed)
    (first, middle), (second, end) = blocks[min(index, other)], blocks[max(index, other)]
    return _joined([*lines[:first], *lines[second:end], *lines[middle:second], *lines[first:middle], *lines[end:]])


def change_top(text: str, key: str, change: Callable[[CommentedMap], None]) -> str:
    """The text with a key of the top changed: `change` gets a mapping with that key alone, or an empty one, and may set it or take it away."""
    root = _root(text)
    lines = text.splitlines()
    for at, (named, value) in enumerate(root.value):
        if named.value == key:
            first = named.start_mark.line
            end = _end(value)
            if root.flow_style or (at + 1 < len(root.value) and root.value[at + 1][0].start_mark.line < end):
                raise NotInForm
            piece = _rewritten(lines[first:end], change)
            return _joined([*lines[:first], *piece, *lines[end:]])
    if root.flow_style:
        raise NotInForm
    added = CommentedMap()
    change(added)
    if not added:
        return text
    place = _place(root, key)
    return _joined([*lines[:place], *_dumped(added), *lines[place:]])


def put(node: Any, key: str, value: Any, default: Any = None) -> None:
    """Set a key of a mapping. None takes it away; what means the same as what stands there, or as what is so without it, changes nothing."""
    now = node.get(key)
    if key in node and same(now, value):
        return
    if value is None or value == "" or (key not in node and same(value, default)):
        node.pop(key, None)
        return
    node[key] = styled(value)


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: `95%`, `0.95` and `.95` do.

    >>> same("95%", 0.95), same(None, ""), same("D", "d"), same([1, 2], ["1", "2.0"])
    (True, True, False, True)
    """
    if one in (None, "") or other in (None, ""):
        return one in (None, "") and other in (None, "")
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return set(one) == set(other) and all(same(one[key], other[key]) for key in one)
    left, right = number(one), number(other)
    if left is not None and right is not None:
        return left == right
    return bool(one == other)


def written(text: str) -> Any:
    """A number as people type it, as it is put into a scheme: `95 %` stays `95%`, `1,000.50` becomes 1000.50. None for what is none.

    >>> written("95 %"), written("1,000.50"), written("30"), written("八成")
    ('95%', 1000.5, 30, None)
    """
    bare = text.strip().replace("％", "%")
    if re.fullmatch(r"[-+]?\d{1,3}([,，]\d{3})+(\.\d+)?%?", bare):
        bare = re.sub("[,，]", "", bare)
    found = number(bare)
    if found is None:
        return None
    if bare.endswith("%"):
        return f"{plain(found.scaleb(2))}%"
    return YAML().load(plain(found))


def styled(value: Any, *, inside: bool = False) -> Any:
    """Plain data as ruamel writes it well: a mapping of plain values on one line within a list, everything else on lines of its own."""
    if isinstance(value, CommentedMap | CommentedSeq):
        return value
    if isinstance(value, Mapping):
        node = CommentedMap({key: styled(one, inside=True) for key, one in value.items() if one is not None and one != ""})
        if inside and all(not isinstance(one, Mapping | list) for one in value.values()):
            node.fa.set_flow_style()
        return node
    if isinstance(value, list | tuple):
        listed = CommentedSeq([styled(one, inside=True) for one in value])
        if all(not isinstance(one, Mapping | list) for one in value):
            listed.fa.set_flow_style()
        return listed
    return value


def places_of(text: str, lines: Sequence[int | None]) -> list[tuple[str, int]]:
    """For each line the list and the entry it belongs to; the key of the top and 0 for other lines, an empty text where there is none."""
    try:
        root = _root(text)
    except NotInForm:
        return [("", 0)] * len(lines)
    spans: list[tuple[int, int, str, int]] = []
    for named, value in root.value:
        spans.append((named.start_mark.line, _end(value), str(named.value), 0))
    for section, path in LISTS.items():
        listed = _follow(root, path)
        if isinstance(listed, SequenceNode):
            spans += [(node.start_mark.line, _end(node), section, at) for at, node in enumerate(listed.value)]
    found = []
    for line in lines:
        holding = [span for span in spans if line is not None and span[0] < line <= span[1]]
        found.append((holding[-1][2], holding[-1][3]) if holding else ("", 0))
    return found


# Lines


def _blocks(lines: Sequence[str], listed: SequenceNode) -> list[tuple[int, int]]:
    """The lines of each entry with the comments right above it."""
    found = [_lines_of_entry(lines, listed, at) for at in range(len(listed.value))]
    blocks = []
    for at, (first, end) in enumerate(found):
        least = found[at - 1][1] if at else 0
        while first > least and lines[first - 1].lstrip().startswith("#"):
            first -= 1
        blocks.append((first, end))
    return blocks


def _lines_of_entry(lines: Sequence[str], listed: SequenceNode, index: int) -> tuple[int, int]:
    node = listed.value[index]
    first = node.start_mark.line
    # The dash may stand on a line above its entry.
    while not lines[first][listed.start_mark.column :].startswith("-"):
        first -= 1
    return first, _end(node)


def _end(node: Node) -> int:
    """The line after the last one of a node's content. What YAML calls the end of a piece is the beginning of the next, comments between."""
    while isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return int(node.end_mark.line) + (node.end_mark.column > 0)
    return int(node.end_mark.line) + 1


def _shares_lines(text: str, listed: SequenceNode) -> bool:
    """Whether entries of a list stand on lines with others."""
    starts = [node.start_mark.line for node in listed.value]
    return len(set(starts)) < len(starts)


def _indented(lines: Sequence[str], column: int) -> list[str]:
    return [" " * column + line if line.strip() else "" for line in lines]


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"


def _place(root: MappingNode, key: str) -> int:
    """The line where a key that is missing goes: behind the last of those that come before it in a scheme."""
    before = set(_TOP[: _TOP.index(key)]) if key in _TOP else set(_TOP)
    place = root.start_mark.line
    for named, value in root.value:
        if named.value in before:
            place = _end(value)
    return place


# Pieces


def _in_top(text: str, path: Path, change: Change) -> str:
    """Change what lies at a path within its key of the top; what is missing on the way is made, the last of it a list."""

    def within(found: CommentedMap) -> None:
        node: Any = found
        for at, step in enumerate(path):
            if node.get(step) is None:
                node[step] = CommentedSeq() if at == len(path) - 1 else CommentedMap()
            elif node[step] == [] and at == len(path) - 1:
                node[step] = CommentedSeq()
            node = node[step]
        change(node)

    return change_top(text, path[0], within)


def _without_top(text: str, key: str) -> str:
    def gone(found: CommentedMap) -> None:
        found.pop(key, None)

    return change_top(text, key, gone)


def _rewritten(lines: Sequence[str], change: Change) -> list[str]:
    piece = "\n".join(lines) + "\n"
    if any(type(token).__name__ in ("AnchorToken", "AliasToken") for token in _guarded(lambda: list(YAML().scan(piece)))):
        # What is referred to elsewhere would change there too.
        raise NotInForm
    node = _guarded(lambda: _yaml().load(piece))
    change(node)
    return _dumped(node) if node else []


def _dumped(node: Any) -> list[str]:
    buffer = io.StringIO()
    _yaml().dump(node, buffer)
    lines = buffer.getvalue().splitlines()
    if isinstance(node, CommentedSeq):
        # Lists are written two columns in, also the outermost.
        lines = [line[2:] if line.startswith("  ") else line for line in lines]
    return lines


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 100_000
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


@lru_cache(maxsize=16)
def _loaded(text: str) -> Any:
    """A text as ruamel reads it, to be looked at only: what is changed is read anew from its lines."""
    _root(text)
    return _guarded(lambda: _yaml().load(text))


def _root(text: str) -> MappingNode:
    found = looked(text)
    root = found.root
    # What stands in one place and counts in another can not be changed in one place alone.
    if found.has_references or not isinstance(root, MappingNode) or not all(isinstance(named, ScalarNode) for named, _value in root.value):
        raise NotInForm
    return root


def _guarded(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (YAMLError, ValueError):
        raise NotInForm from None


def _node(text: str, path: Path) -> Node | None:
    return _follow(_root(text), path)


def _follow(root: Node, path: Path) -> Node | None:
    node: Node | None = root
    for step in path:
        if not isinstance(node, MappingNode):
            return None
        node = next((value for named, value in node.value if named.value == step), None)
    return node


def _at(node: Any, path: Path) -> Any:
    for step in path:
        node = node.get(step) if isinstance(node, Mapping) else None
    return node

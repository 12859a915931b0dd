"""Reading what people wrote: the library's parse and checks, after a look whether the text is one a server should read at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from kaohe import definitions
from kaohe.appraisal import Scheme, parse
from kaohe.errors import WRONG_USE, Code, Failure, Problem

LONGEST = 100_000
"""Characters of a text. The longest scheme that ships has a twentieth of it."""

DEEPEST = 40
MOST_NODES = 20_000

# Said on pages alone: the reference of errors lists what the commands say.
TOO_LONG = Code(
    "scheme_text_too_long",
    zh="太长了：方案最多 {most} 个字符",
    en="too long: a scheme has at most {most} characters",
    exit=WRONG_USE,
)
TOO_NESTED = Code(
    "scheme_text_too_nested",
    zh="一层套一层太多，或引用（&、*）展开后太大",
    en="nested too deeply, or too large once references (&, *) are followed",
    exit=WRONG_USE,
)
TAGGED = Code(
    "scheme_text_tagged",
    zh="方案里不用以 ! 开头的标记，请去掉；要写感叹号，请用引号括起来",
    en="there are no tags (beginning with !) in a scheme: leave it out, or put the text in quotes",
    exit=WRONG_USE,
)
OTHER_NAME = Code(
    "scheme_other_name",
    zh="name 应为“{name}”，文本里是“{found}”。编号定了不改；要另起一个方案，请从这份文本新建",
    en="name must be {name!r}, the text says {found!r}. A scheme keeps its name; for another scheme begin a new one with this text",
    exit=WRONG_USE,
)


def read(text: str, name: str) -> Scheme:
    """The scheme a text says, which must be called `name`. Raises `Failure` with every mistake and its line."""
    problems = guard(text)
    if problems:
        raise Failure(problems)
    scheme: Scheme | None = None
    try:
        scheme = parse(text, f"{name}.yaml")
    except Failure as failed:
        problems = failed.problems
    said = scheme.name if scheme is not None else plain(text).get("name")
    if isinstance(said, str) and said != name:
        document = definitions.read(text, f"{name}.yaml")
        problems = sorted([*problems, document.problem(OTHER_NAME, ("name",), name=name, found=said)], key=lambda one: one.line or 0)
    if scheme is None or problems:
        raise Failure(problems)
    return scheme


def plain(text: str) -> dict[str, Any]:
    """A text as plain data, without asking whether it is a scheme. Empty where it is no YAML."""
    if guard(text):
        return {}
    try:
        data = definitions.read(text).data
    except Failure:
        return {}
    return data if isinstance(data, dict) else {}


@dataclass(frozen=True, slots=True)
class Looked:
    """What a first look at a text found: what stands against reading it, else its tree (None where it is no YAML) and whether it refers to itself."""

    problems: tuple[Problem, ...] = ()
    root: Node | None = None
    has_references: bool = False


def guard(text: str) -> list[Problem]:
    """What stands against reading a text at all: its length, its depth, and what its references grow into."""
    return list(looked(text).problems)


@lru_cache(maxsize=32)
def looked(text: str) -> Looked:
    """Look at a text without making anything of it."""
    if len(text) > LONGEST:
        return Looked((Problem(TOO_LONG, parts={"most": f"{LONGEST:,}"}),))
    try:
        depth, has_references = 0, False
        for token in YAML().scan(text):
            kind = type(token).__name__
            if kind == "TagToken":
                return Looked((Problem(TAGGED, line=token.start_mark.line + 1),))
            has_references |= kind == "AliasToken"
            depth += _STEPS.get(kind, 0)
            if depth > DEEPEST:
                return Looked((Problem(TOO_NESTED, line=token.start_mark.line + 1),))
        root = YAML().compose(text)
    except (MarkedYAMLError, YAMLError, ValueError):
        # Not YAML: the library says where.
        return Looked()
    if root is not None and _size(root, {}) > MOST_NODES:
        return Looked((Problem(TOO_NESTED),))
    return Looked(root=root, has_references=has_references)


_STEPS = {
    "FlowSequenceStartToken": 1,
    "FlowMappingStartToken": 1,
    "BlockSequenceStartToken": 1,
    "BlockMappingStartToken": 1,
    "FlowSequenceEndToken": -1,
    "FlowMappingEndToken": -1,
    "BlockEndToken": -1,
}


def _size(node: Node, known: dict[int, int]) -> int:
    """How many values a node holds with every reference followed; beyond all bounds where one leads back to itself."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = MOST_NODES + 1
    held: list[Node] = []
    if isinstance(node, MappingNode):
        held = [one for pair in node.value for one in pair]
    elif isinstance(node, SequenceNode):
        held = list(node.value)
    known[id(node)] = min(1 + sum(_size(one, known) for one in held), MOST_NODES + 1)
    return known[id(node)]

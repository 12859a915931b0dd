"""Any mistake anywhere in a scheme, its cases or a pack is answered with a line, never with a traceback."""

import copy
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaohe import definitions
from kaohe.appraisal import check_cases, load
from kaohe.appraisal.schemes import SHIPPED
from kaohe.errors import Failure
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.packs import loading

SCHEME = definitions.read(SHIPPED / "response-first.yaml").data
SCHEME["items"] = SCHEME["items"][:3]
CASES = {"cases": definitions.read(SHIPPED / "response-first.cases.yaml").data["cases"][:2]}
PACK = json.loads(json.dumps(definitions.read(loading.SHIPPED / "pdd-2023.yaml").data, default=str))

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [0, -1, 1e300, 10**40, "", "95%", "八成", "bands", "linear", "2026-02-30", [], {}, [[]], [None], {"a": 1}, [{"kind": []}]]
    ),
    st.text("a: -#'{[八", max_size=4),
)


def places(node, path=()):
    yield path
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield from places(value, (*path, key))


@st.composite
def broken(draw, whole):
    """The definition with one to three of its nodes replaced or removed."""
    spoiled = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        found = [path for path in places(spoiled) if path]
        if not found:
            break
        *way, last = draw(st.sampled_from(found))
        node = spoiled
        for step in way:
            node = node[step]
        if draw(st.booleans()):
            node[last] = copy.deepcopy(draw(odd))
        else:
            del node[last]
    return spoiled


def answered(call):
    """Nothing wrong after all, or problems that can be said in both languages, each with its line."""
    problems = []
    try:
        call()
    except Failure as failure:
        problems = failure.problems or [None]
    return all(problem and problem.line and problem.text("zh") and problem.text("en") for problem in problems)


quick = settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(broken(SCHEME))
@quick
def test_a_broken_scheme_is_answered(tmp_path, spoiled):
    path = tmp_path / "response-first.yaml"
    path.write_text(json.dumps(spoiled, ensure_ascii=False, indent=1), encoding="utf-8")
    assert answered(lambda: load(path))


@given(broken(CASES))
@quick
def test_a_broken_case_file_is_answered(tmp_path, spoiled):
    path = tmp_path / "response-first.yaml"
    path.write_bytes((SHIPPED / "response-first.yaml").read_bytes())
    path.with_name("response-first.cases.yaml").write_text(json.dumps(spoiled, ensure_ascii=False, indent=1), encoding="utf-8")
    assert answered(lambda: check_cases(path))


@given(broken(PACK))
@quick
def test_a_broken_pack_is_answered(tmp_path, spoiled):
    path = tmp_path / "pdd-2023.yaml"
    path.write_text(json.dumps(spoiled, ensure_ascii=False, indent=1), encoding="utf-8")
    assert answered(lambda: loading.read(path, CATALOGUE))

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
CASES = definitions.read(SHIPPED / "response-first.cases.yaml").data
PACK = json.loads(json.dumps(definitions.read(loading.SHIPPED / "pdd-2023.yaml").data, default=str))

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [0, -1, 1e300, 10**40, "", "95%", "八成", "bands", "linear", "2026-02-30", [], {}, [[]], [None], {"a": 1}, [{"kind": []}]]
    ),
    st.text(max_size=4),
)


def places(node, path=()):
    yield path
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield from places(value, (*path, key))


@st.composite
def broken(draw, whole):
    """The definition with one to three of its nodes replaced or removed, and how many there were."""
    spoiled = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([path for path in places(spoiled) if path]))
        node = spoiled
        for step in way:
            node = node[step]
        if draw(st.booleans()):
            node[last] = draw(odd)
        else:
            del node[last]
        if not spoiled:
            break
    return spoiled


def answered(call):
    try:
        call()
    except Failure as failure:
        assert failure.problems
        assert all(problem.text(lang) for problem in failure.problems for lang in ("zh", "en"))
        assert all(
            problem.line for problem in failure.problems if problem.code.name.startswith(("bands", "scheme_", "pack_", "definition"))
        )


quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(broken(SCHEME))
@quick
def test_a_broken_scheme_is_answered(tmp_path, spoiled):
    path = tmp_path / "response-first.yaml"
    path.write_text(json.dumps(spoiled, ensure_ascii=False, indent=1), encoding="utf-8")
    answered(lambda: load(path))


@given(broken(CASES))
@quick
def test_a_broken_case_file_is_answered(tmp_path, spoiled):
    path = tmp_path / "response-first.yaml"
    path.write_bytes((SHIPPED / "response-first.yaml").read_bytes())
    path.with_name("response-first.cases.yaml").write_text(json.dumps(spoiled, ensure_ascii=False, indent=1), encoding="utf-8")
    answered(lambda: check_cases(path))


@given(broken(PACK))
@quick
def test_a_broken_pack_is_answered(tmp_path, spoiled):
    path = tmp_path / "pdd-2023.yaml"
    path.write_text(json.dumps(spoiled, ensure_ascii=False, indent=1), encoding="utf-8")
    answered(lambda: loading.read(path, CATALOGUE))

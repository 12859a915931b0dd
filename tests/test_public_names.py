"""The public API is seen at a glance, and every name of it is there."""

import subprocess
import sys

import pytest

import kaohe

NAMES = [
    "CATALOGUE",
    "TABLES",
    "Appraisal",
    "Explanation",
    "Failure",
    "ImportReport",
    "Metric",
    "Packs",
    "Parameters",
    "Problem",
    "Scheme",
    "Workspace",
    "__version__",
    "appraise",
    "create",
    "open",
    "write_demo",
]


def test_the_public_names_are_these() -> None:
    assert sorted(kaohe.__all__) == sorted(NAMES)
    assert dir(kaohe) == sorted(kaohe.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(kaohe, name)
    assert name in ("__version__", "CATALOGUE", "TABLES") or found.__doc__


def test_a_name_there_is_not_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'figures'"):
        kaohe.figures  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = "import sys, kaohe; print([name for name in ('polars', 'deltalake', 'pydantic', 'numpy') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip() == "[]"

"""kaohe 考核: measures and appraises e-commerce customer service.

    import kaohe

    ws = kaohe.open("my-shop")
    ws.figures(by=["shop", "agent"])

Names are loaded when first used, so that `import kaohe` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kaohe._version import __version__

if TYPE_CHECKING:
    from kaohe.appraisal import Appraisal, Scheme, appraise
    from kaohe.demo import write_demo
    from kaohe.errors import Failure, Problem
    from kaohe.importing import ImportReport
    from kaohe.metrics.catalogue import CATALOGUE, Metric
    from kaohe.metrics.explain import Explanation
    from kaohe.model.tables import TABLES
    from kaohe.packs import Packs, Parameters
    from kaohe.workspace import Workspace, create, open

_HOMES = {
    "Appraisal": "kaohe.appraisal",
    "CATALOGUE": "kaohe.metrics.catalogue",
    "Explanation": "kaohe.metrics.explain",
    "Failure": "kaohe.errors",
    "ImportReport": "kaohe.importing",
    "Metric": "kaohe.metrics.catalogue",
    "Packs": "kaohe.packs",
    "Parameters": "kaohe.packs",
    "Problem": "kaohe.errors",
    "Scheme": "kaohe.appraisal",
    "TABLES": "kaohe.model.tables",
    "Workspace": "kaohe.workspace",
    "appraise": "kaohe.appraisal",
    "create": "kaohe.workspace",
    "open": "kaohe.workspace",
    "write_demo": "kaohe.demo",
}

__all__ = [
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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kaohe' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__

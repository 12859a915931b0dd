"""The workspace's own numbers: how far reported figures may be from computed ones, and below which sample a figure is marked.

They stand in `kaohe.yaml` in the workspace's folder; without the file, or a key, the defaults hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from kaohe import definitions
from kaohe.definitions import Definition, nearest
from kaohe.errors import WRONG_USE, code, failure
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.figures import MINIMUM_SAMPLE
from kaohe.metrics.reconciliation import BOTH, COUNT, RATE, RELATIVE, Tolerance

FILE = "kaohe.yaml"

UNREADABLE = code(
    "settings_unreadable",
    zh="读不了：{reason}。应为 UTF-8 编码的 YAML",
    en="can not be read: {reason}. It should be YAML in UTF-8",
    exit=WRONG_USE,
)

_KINDS = ("count", "rate", "relative")


def _compared(name: str) -> str:
    return _known(name, (*_KINDS, *BOTH))


def _sampled(name: str) -> str:
    return _known(name, ("default", *(metric.id for metric in CATALOGUE.values() if metric.sampled)))


def _known(name: str, known: tuple[str, ...]) -> str:
    if name not in known:
        guess = nearest(name, known)
        raise ValueError(f"没有这一项 / no such key {name!r}" + (f". Did you mean {guess!r}?" if guess else f". Known: {', '.join(known)}"))
    return name


class Settings(Definition):
    """`tolerance`: `count` (how many), `rate` (0.01: one percentage point), `relative` (a share of the reported value; for everything else), or a
    figure's own, in the terms of its kind. `minimum_sample`: `default`, or a metric's own. `fillers`: the shop's own phrases that answer nothing, for
    the signs of gaming.
    """

    tolerance: dict[Annotated[str, AfterValidator(_compared)], Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(
        default_factory=dict
    )
    minimum_sample: dict[Annotated[str, AfterValidator(_sampled)], Annotated[int, Field(strict=True, ge=1)]] = Field(default_factory=dict)
    fillers: tuple[str, ...] = ()

    @classmethod
    def of(cls, folder: Path) -> Settings:
        """The settings of a workspace's folder; the defaults where it has no file. Raises `Failure` with every mistake in it."""
        path = folder / FILE
        if not path.exists():
            return cls()
        try:
            document = definitions.read(path)
        except (OSError, ValueError) as error:
            raise failure(UNREADABLE, file=FILE, reason=error) from None
        return definitions.load(cls, document)

    def minimum(self, metric: str) -> int:
        """Below so many of what is counted a figure of the metric is marked."""
        return self.minimum_sample.get(metric, self.minimum_sample.get("default", MINIMUM_SAMPLE))

    @property
    def tolerances(self) -> Tolerance:
        """How far reported figures may be from computed ones."""
        own = {name: value for name, value in self.tolerance.items() if name not in _KINDS}
        return Tolerance(
            self.tolerance.get("count", COUNT), self.tolerance.get("rate", RATE), self.tolerance.get("relative", RELATIVE), own
        )

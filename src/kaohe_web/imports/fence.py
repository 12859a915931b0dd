"""A workspace that imports only what somebody may import, and says whose rows it met.

The library knows nothing of people on the site, so rows are looked at where they pass into the lake: before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from kaohe.errors import failure
from kaohe.lake import Lake, Staging
from kaohe.model.tables import TABLES
from kaohe.workspace import Workspace
from kaohe_web.imports.troubles import shown

OTHER_SHOP = shown(
    "web_shop_not_yours",
    zh="里面有店铺“{shop}”的数据，你只能导入自己店铺的：{own}",
    en="it holds rows of shop {shop!r}; you may import those of your own shops only: {own}",
)
WHOLE_SITE = shown(
    "web_table_not_yours",
    zh="“{zh}”里有不分店铺的数据，只有不限店铺和小组的人可以导入",
    en="the table {name!r} holds rows of no shop; only somebody without limits of shops and groups may import them",
)


class Fence:
    """`shops` are those whose rows may pass, None: all. `everywhere`: so may rows of no shop. `met` are the shops met since it was cleared."""

    def __init__(self, shops: frozenset[str] | None = None, *, everywhere: bool = True) -> None:
        self._shops, self._everywhere = shops, everywhere
        self.met: set[str] = set()

    def check(self, table: str, frame: pl.DataFrame) -> None:
        """Raise `Failure` where a row may not pass."""
        shops = frame["shop_id"].unique().to_list() if "shop_id" in frame.columns else [None]
        if not self._everywhere and None in shops:
            raise failure(WHOLE_SITE, name=table, zh=TABLES[table].zh)
        named = sorted(str(shop) for shop in shops if shop is not None)
        other = [shop for shop in named if self._shops is not None and shop not in self._shops]
        if other:
            raise failure(OTHER_SHOP, shop="、".join(other[:5]), own="、".join(sorted(self._shops or ())) or "–")
        self.met.update(named)


class _Watched:
    """A staging that shows every frame to the fence first."""

    def __init__(self, staging: Staging, fence: Fence) -> None:
        self._staging, self._fence = staging, fence

    def add(self, table: str, frame: pl.DataFrame, file: int) -> None:
        if not frame.is_empty():
            self._fence.check(table, frame)
        self._staging.add(table, frame, file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._staging, name)


class _FencedLake(Lake):
    def __init__(self, root: Path, fence: Fence) -> None:
        super().__init__(root)
        self._fence = fence

    @contextmanager
    def stage(self, wait: float = 600) -> Iterator[Staging]:
        with super().stage(wait) as staging:
            yield _Watched(staging, self._fence)  # type: ignore[misc]


class Fenced(Workspace):
    """A workspace whose imports pass the fence."""

    def __init__(self, root: Path, fence: Fence) -> None:
        super().__init__(root)
        self.lake = _FencedLake(root / "lake", fence)

"""Which pack each shop is counted by, and what these packs say: all there is to know for counting again as it was done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias

from kaohe.packs.loading import Packs
from kaohe.packs.pack import Pack, Parameters, Version

Row: TypeAlias = tuple[str, str, str | None]
"""A shop, its platform, and the pack it names."""


class ShopPacks:
    """The pack of every shop, and that of shops nobody listed. Called with a shop and a local day it gives the parameters in force: yesterday is
    judged by yesterday's version."""

    def __init__(self, of_shop: Mapping[str, Pack], other: Pack) -> None:
        self.of_shop = dict(sorted(of_shop.items()))
        self.other = other
        self._known: dict[tuple[str, date], Parameters] = {}

    @classmethod
    def of(cls, packs: Packs, shops: Iterable[Row]) -> ShopPacks:
        """The pack each shop names, else its platform's default. Raises `Failure` for a pack or platform there is not."""
        of_shop = {shop: packs.named(pack) if pack else packs.of_platform(platform) for shop, platform, pack in shops}
        return cls(of_shop, packs.of_platform("generic"))

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> ShopPacks:
        """What `content` wrote."""
        packs = {name: Pack.model_validate(pack) for name, pack in content["packs"].items()}
        return cls({shop: packs[name] for shop, name in content["shops"].items()}, packs[content["other"]])

    def content(self) -> dict[str, Any]:
        """Plain JSON data: what each shop's pack is called here, and every pack in full."""
        packs: dict[str, Pack] = {}
        shops = {shop: _called(pack, packs) for shop, pack in self.of_shop.items()}
        other = _called(self.other, packs)
        return {"shops": shops, "other": other, "packs": {name: pack.model_dump(mode="json") for name, pack in packs.items()}}

    def digest(self) -> str:
        """32 hex digits; changes when a shop's pack does, or what it says."""
        return hashlib.sha256(json.dumps(self.content(), sort_keys=True).encode()).hexdigest()[:32]

    def beside(self, later: ShopPacks) -> ShopPacks:
        """These, and of shops they do not know what `later` says."""
        return ShopPacks({**later.of_shop, **self.of_shop}, self.other)

    def __call__(self, shop: str, day: date) -> Parameters:
        found = self._known.get((shop, day))
        if found is None:
            found = self._known[(shop, day)] = self.version(shop, day)[1].parameters
        return found

    def version(self, shop: str, day: date) -> tuple[str, Version]:
        """The name of a shop's pack and its version in force on a day."""
        pack = self.of_shop.get(shop, self.other)
        return pack.name, pack.on(day)


def _called(pack: Pack, packs: dict[str, Pack]) -> str:
    """The name under which a pack stands among others, put there where it is not: packs of two times may have one name."""
    name = pack.name
    while packs.setdefault(name, pack) != pack:
        name += "'"
    return name

"""Whose rows these are: the shop of a file or row, and the time zone its days are counted in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from kaohe.errors import Failure, Problem, code, failure
from kaohe.importing.profiles import PLATFORMS
from kaohe.importing.tabular import Part
from kaohe.model.days import DEFAULT_TIMEZONE, zone
from kaohe.model.tables import SHOPS

NO_SHOP = code(
    "shop_unknown",
    zh="不知道这个文件属于哪家店铺。请用 --shop 指定，或把文件放进以店铺命名的文件夹",
    en="nothing says which shop this file belongs to. Name it with --shop, or put the file into a folder named after the shop",
)
SEVERAL_SHOPS = code(
    "shop_ambiguous",
    zh="这个文件里有几家店铺：{shops}。请用 --shop 指定，或分开导出",
    en="this file holds several shops: {shops}. Name one with --shop, or export them apart",
)
SHOP_ADDED = code(
    "shop_added",
    zh="店铺“{shop}”不在店铺表中，已按平台 {platform}、时区 {timezone} 建立。如不对，请导入 shops 表改正",
    en="shop {shop!r} was in no shops table and was added with platform {platform} and time zone {timezone}. Import a shops table to mend this",
)
SHOP_REFUSED = code(
    "shop_refused",
    zh="店铺“{found}”在店铺表中的那一行未能导入，因此这一行也不导入。请先改正店铺表",
    en="the row of shop {found!r} in the shops table was refused, so this row is too. Mend the shops table first",
)


@dataclass(slots=True)
class _Shop:
    platform: str
    name: str | None
    timezone: str
    known: bool


class Shops:
    """The shops known so far: of the lake, of this import, and those that had to be made up."""

    def __init__(self, known: pl.DataFrame, *, platform: str | None = None, timezone: str | None = None) -> None:
        """`known` are rows of the canonical table; `platform` and `timezone` are given to shops nobody described."""
        self._platform, self._timezone = platform, timezone or DEFAULT_TIMEZONE
        zone(self._timezone)
        self._shops: dict[str, _Shop] = {}
        self._refused: set[str] = set()
        self.add(known)

    def add(self, rows: pl.DataFrame) -> None:
        """Learn rows of the canonical shops table."""
        for shop in rows.select("shop_id", "platform", "name", "timezone").iter_rows(named=True):
            self._shops[shop["shop_id"]] = _Shop(shop["platform"], shop["name"], shop["timezone"] or DEFAULT_TIMEZONE, True)

    def refuse(self, ids: Iterable[str]) -> None:
        """These shops' rows could not be imported. Unless the lake has them, nothing of theirs can be: its days are not known."""
        self._refused |= {shop for shop in ids if shop not in self._shops}

    @property
    def refused(self) -> frozenset[str]:
        return frozenset(self._refused - set(self._shops))

    def zone_of(self, shop: str) -> str:
        """The zone of a shop; of one nobody described, the one it will be given."""
        found = self._shops.get(shop)
        return found.timezone if found is not None else self._timezone

    def need(self, ids: Iterable[str], platform: str | None, *, certain: bool = False) -> None:
        """Rows of these shops go in: those nobody described have to be made up, on that platform if no other was named.

        `certain`: the rows themselves say the platform, whatever was named for all files.
        """
        chosen = platform if certain else self._platform or platform
        for shop in ids:
            self._shops.setdefault(shop, _Shop(chosen or "generic", shop, self._timezone, False))

    def made_up(self) -> tuple[pl.DataFrame, list[Problem]]:
        """Rows for the shops nobody described, and a notice about each."""
        new = {shop: row for shop, row in sorted(self._shops.items()) if not row.known}
        frame = pl.DataFrame(
            [[shop, row.platform, row.name, row.timezone, None] for shop, row in new.items()], schema=SHOPS.schema, orient="row"
        )
        parts = [{"shop": shop, "platform": row.platform, "timezone": row.timezone} for shop, row in new.items()]
        return frame, [Problem(SHOP_ADDED, parts=part) for part in parts]

    def identified(self, name: str, platform: str | None) -> str:
        """The id of the shop called so: an id that is known, else the one shop of that name (on that platform), else the name itself."""
        if name in self._shops:
            return name
        named = [shop for shop, row in self._shops.items() if row.name == name]
        here = [shop for shop in named if platform in (None, self._shops[shop].platform)]
        return here[0] if len(here) == 1 else named[0] if len(named) == 1 else name

    def on_platform(self, name: str, word: str | None) -> tuple[str, str | None]:
        """The id and platform of the shop called so in a file that names the platform of every row, in its own `word`.

        One name may be that of a shop on each platform: what is known by it on another platform is another shop, whose id then is the name
        with the word in brackets. So is that of any shop on a platform kaohe does not know, unless the shops table has one of that name.
        """
        platform = PLATFORMS.get(word.casefold(), "generic") if word else None
        tagged = f"{name}（{word}）" if word else name
        if tagged in self._shops:
            return tagged, platform
        called = {shop: row for shop, row in self._shops.items() if name in (shop, row.name)}
        here = [shop for shop, row in called.items() if platform in (None, row.platform)]
        if name in here or len(here) == 1:
            return name if name in here else here[0], platform
        return tagged if called or platform == "generic" else name, platform

    def of_part(self, part: Part, option: str | None) -> str | None:
        """The shop of rows that do not name one: `option`, else what the content says, else the folder.

        None when rows need no shop or all name theirs. Raises `Failure` when nothing says it.
        """
        if part.profile.table == "shops" or "shop_id" not in part.profile.canonical.required:
            return None
        platform = part.profile.platform or folder_platform(part)
        named_by_row = "shop_id" in part.places
        if option is not None:
            return self.identified(option, platform)
        if len(part.shops) == 1:
            return self.identified(next(iter(part.shops)), platform)
        if part.shops and not named_by_row:
            raise failure(SEVERAL_SHOPS, file=part.source.name, shops="、".join(sorted(part.shops)[:5]))
        if named_by_row and (part.shops or not part.is_chat):
            return None
        folder = _folder(part)
        if folder is None:
            raise failure(NO_SHOP, file=part.source.name)
        return self.identified(folder, platform)


def _folder(part: Part) -> str | None:
    """The shop in a layout `<platform>/<shop>/file` or `<shop>/file`."""
    folders = list(part.source.folders)
    while folders and folders[0].casefold() in PLATFORMS:
        folders.pop(0)
    return folders[0] if folders else None


def folder_platform(part: Part) -> str | None:
    """The platform in a layout `<platform>/…/file`."""
    return next((PLATFORMS[folder.casefold()] for folder in part.source.folders if folder.casefold() in PLATFORMS), None)


def bad_zones(names: Iterable[str]) -> set[str]:
    """Those that are no IANA time zones."""
    found = set()
    for name in names:
        try:
            zone(name)
        except Failure:
            found.add(name)
    return found

"""What somebody may see of imports."""

from __future__ import annotations

import polars as pl
from django.db.models import Prefetch, QuerySet

from kaohe_web.imports.models import Batch, File
from kaohe_web.imports.policies import check_may_import, is_everywhere, shops_of
from kaohe_web.org.limits import limit_of
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed
from kaohe_web.site import workspace


def visible_batches(user: User) -> QuerySet[Batch]:
    """Uploads, newest first: all for who may import everywhere, one's own for who may import something, none for all others.

    A key for some shops or groups sees what it uploaded itself.
    """
    if not allowed(check_may_import, user):
        return Batch.objects.none()
    every = Batch.objects.select_related("uploaded_by", "by")
    if is_everywhere(user):
        return every
    limit = limit_of(user)
    own = every.filter(uploaded_by=user)
    return own.filter(token=limit.token) if limit is not None and limit.is_narrow else own


def listed(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Uploads with their files, without what only the page of one of them shows: there can be much of it."""
    return batches.prefetch_related(Prefetch("files", File.objects.defer("problems", "notices", "parts", "profile_text")))


def visible_files(user: User) -> QuerySet[File]:
    """The files of these uploads."""
    return File.objects.filter(batch__in=visible_batches(user)).select_related("batch")


def known_shops(user: User) -> list[str]:
    """Shops somebody can say a file is of: those of the workspace, and of his own those it does not know yet."""
    own = shops_of(user)
    here = set(workspace().table("shops")["shop_id"].to_list())
    return sorted(here if own is None else own)


def history(user: User) -> pl.DataFrame:
    """The journal of imports, newest first, with who uploaded each file; of who may not import everywhere, his own uploads."""
    rows = workspace().history()
    mine = File.objects.filter(batch__in=visible_batches(user), number__isnull=False)
    people = {(file.number, file.sha256): file for file in mine.select_related("batch__uploaded_by")}
    numbers = {number: file.batch.uploaded_by.get_full_name() for (number, _), file in people.items()}
    by = pl.Series("by", [numbers.get(number) for number in rows["number"].to_list()], dtype=pl.String)
    found = rows.with_columns(by)
    if not is_everywhere(user):
        found = found.filter(pl.col("by").is_not_null())
    return found.sort(["number", "file", "sha256", "profile"], descending=[True, False, False, False])

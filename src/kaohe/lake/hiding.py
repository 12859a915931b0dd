"""Hiding buyers: their ids are replaced by a keyed hash on the way in, so that a workspace can be shown without showing who they are.

The same buyer of the same shop always gets the same hash under one key; nothing leads back without the key. What buyers wrote stays as
it is: leave the text column out of an export where that matters.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

import polars as pl

KEY_BYTES = 32
SHOWN = 24
"""Hex digits of a hidden id: 96 bits, so that two buyers never meet."""


def key_in(file: Path) -> bytes:
    """The key in a file, made when there is none. Keep it apart from the data: who has both can try ids against hashes."""
    if not file.exists():
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(KEY_BYTES), encoding="ascii")
        draft.replace(file)
    return bytes.fromhex(file.read_text(encoding="ascii"))


def hidden(frame: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """The frame with every buyer_id replaced by a hash of shop and buyer; nulls and frames without buyers stay as they are."""
    if "buyer_id" not in frame.columns:
        return frame
    pairs = frame.select("shop_id", "buyer_id").filter(pl.col("buyer_id").is_not_null()).unique()
    hashes = [hmac.digest(key, f"{shop}\0{buyer}".encode(), "sha256").hex()[:SHOWN] for shop, buyer in pairs.iter_rows()]
    known = pairs.with_columns(pl.Series("_hidden", hashes, dtype=pl.String))
    joined = frame.join(known, on=["shop_id", "buyer_id"], how="left", maintain_order="left")
    return joined.with_columns(buyer_id=pl.col("_hidden")).drop("_hidden").select(frame.columns)

"""Rule packs (口径): one platform's dated parameters and compliance rules, as YAML (SEMANTICS §7)."""

from kaohe.packs.fields import Words
from kaohe.packs.loading import Packs
from kaohe.packs.pack import ComplianceRule, Pack, Parameters, Sample, Version
from kaohe.packs.shops import ShopPacks

__all__ = ["ComplianceRule", "Pack", "Packs", "Parameters", "Sample", "ShopPacks", "Version", "Words"]

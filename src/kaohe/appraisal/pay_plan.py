"""How a scheme pays: a list of lines, each with a kind. What each means stands in docs/reference/pay.md."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from kaohe.appraisal.bands import AmountBand, RateBand
from kaohe.appraisal.exact import Number
from kaohe.appraisal.measures import Subject
from kaohe.definitions import Definition
from kaohe.packs.fields import Words, some

TOTAL = "total"
"""What the whole scheme is called where a section may stand."""

Ties: TypeAlias = Literal["share", "each"]
"""Who shares a place: together get the prizes of the places they take up, in equal parts; or each gets the prize of the place."""


class Quantity(Subject):
    """What a line of pay looks at: a metric or composite, points of the whole or a section, their share of full marks, or one item's points."""

    points: str | None = None
    share: str | None = None
    item: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Quantity:
        given = [self.metric, self.composite, self.points, self.share, self.item]
        if sum(one is not None for one in given) != 1:
            raise ValueError(
                "metric、composite、points、share、item 要写一个，且只写一个 / give exactly one of metric, composite, points, share, item"
            )
        return self


def _of_metric(given: Any) -> Any:
    return {"metric": given} if isinstance(given, str) else given


Looked: TypeAlias = Annotated[Quantity, BeforeValidator(_of_metric)]
"""A quantity; a bare name is a metric's."""


class PayLine(Definition):
    """What every line may say. `missing`: what becomes of it without the figure it looks at."""

    id: str | None = None
    title: Words | None = None
    source: str | None = None
    gated: bool = False
    coefficient: bool = False
    pro_rata: bool = False
    floor: Number | None = None
    cap: Number | None = None
    missing: Literal["zero", "block"] = "zero"

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Everything it looks at, in order."""
        return ()


class Fixed(PayLine):
    kind: Literal["fixed"]
    amount: Number


class DayRate(PayLine):
    """Yuan a day, the same for all or by a band, times days."""

    kind: Literal["day_rate"]
    amount: Number | None = None
    by: Looked | None = None
    bands: tuple[AmountBand, ...] | None = None
    days: Looked = Quantity(metric="days_worked")
    missing: Literal["zero", "block"] = "block"

    @model_validator(mode="after")
    def _either(self) -> DayRate:
        if (self.amount is None) == (self.by is None) or (self.by is None) != (self.bands is None):
            raise ValueError("要么写 amount，要么写 by 和 bands / give amount, or by and bands")
        return self

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.days,) if self.by is None else (self.days, self.by)


class RateBy(Definition):
    """A rate decided by another number."""

    on: Looked
    bands: Annotated[tuple[RateBand, ...], AfterValidator(some)]


class Commission(PayLine):
    """Part of an amount: of each slice by its band, of the whole by its band, one rate for all, or a rate by another number."""

    kind: Literal["commission"]
    on: Looked
    rate: Number | None = None
    bands: tuple[RateBand, ...] | None = None
    mode: Literal["marginal", "whole"] = "marginal"
    rate_by: RateBy | None = None
    times: Looked | None = None

    @model_validator(mode="after")
    def _either(self) -> Commission:
        if sum(one is not None for one in (self.rate, self.bands, self.rate_by)) != 1:
            raise ValueError("rate、bands、rate_by 要写一个，且只写一个 / give exactly one of rate, bands, rate_by")
        return self

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        others = (None if self.rate_by is None else self.rate_by.on, self.times)
        return (self.on, *(other for other in others if other is not None))


class PerUnitPay(PayLine):
    """Yuan for each unit of a figure beyond `free`."""

    kind: Literal["per_unit"]
    on: Looked
    amount: Number
    free: Number = Decimal(0)
    whole: bool = False

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.on,)


class Tier(PayLine):
    """The yuan of the band a number falls in."""

    kind: Literal["tier"]
    by: Looked
    bands: Annotated[tuple[AmountBand, ...], AfterValidator(some)]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.by,)


class ByGrade(PayLine):
    kind: Literal["grade"]
    amounts: dict[str, Number]


class ByPlace(PayLine):
    """Prizes by place of the total."""

    kind: Literal["place"]
    prizes: Annotated[tuple[Number, ...], AfterValidator(some)]
    ties: Ties = "share"


class ByPk(PayLine):
    """The prizes of the factors, of all where none is named."""

    kind: Literal["pk"]
    factors: tuple[str, ...] | None = None


class PerPoint(PayLine):
    """Yuan for each point."""

    kind: Literal["points"]
    amount: Number
    of: Quantity = Quantity(points=TOTAL)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.of,)


AnyPayLine: TypeAlias = Annotated[
    Fixed | DayRate | Commission | PerUnitPay | Tier | ByGrade | ByPlace | ByPk | PerPoint, Field(discriminator="kind")
]


class PayPlan(Definition):
    """The lines of pay; where their sum lies beyond `floor` or `cap`, a line of its own brings it there."""

    lines: Annotated[tuple[AnyPayLine, ...], AfterValidator(some)]
    floor: Number | None = Decimal(0)
    cap: Number | None = None

    @property
    def keys(self) -> list[str]:
        """What each line is called: its id, else its kind, numbered where that is taken."""
        found: list[str] = []
        for line in self.lines:
            name, number = line.id or line.kind, 2
            while name in found:
                name, number = f"{line.id or line.kind}_{number}", number + 1
            found.append(name)
        return found

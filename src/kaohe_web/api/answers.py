"""What answers of the API have in common: problems, pages, and who calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from kaohe.errors import Failure
from kaohe_web.api import policies
from kaohe_web.api.policies import Caller
from kaohe_web.appraisals.pages import lang
from kaohe_web.org.models import User

Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""A number in an address."""


class Turn(Schema):
    """哪一页。Which page."""

    page: int = Field(1, ge=1, le=10**6, description="第几页，从 1 起 · the page, from 1")
    per_page: int = Field(100, ge=1, le=500, description="一页几条 · rows of a page")

    def of(self, rows: Any) -> list[Any]:
        """The rows of the page."""
        return list(rows[(self.page - 1) * self.per_page : self.page * self.per_page])


class Trouble(Schema):
    """什么不对，在哪里。What went wrong, and where."""

    code: str = Field(description="不变的代号 · stable")
    text: str = Field(description="给人看的话 · for people")


class Answered(Schema):
    """不是成功的回答。Every answer that is no success."""

    problems: list[Trouble]


REFUSALS: dict[int, Any] = {400: Answered, 401: Answered, 403: Answered, 404: Answered, 422: Answered}
"""400 可以读懂、但答不了；401 没有密钥或已失效；403 没有这项权限；404 没有或看不到；422 参数写错了。"""

HELD: dict[int, Any] = {**REFUSALS, 409: Answered}
"""409 现在不能这样做，或别人刚做过。"""


class Refused(Exception):
    """A call that can not be answered as it is: the status, and problems as pairs of code and text."""

    def __init__(self, *problems: tuple[str, str], status: int = 400) -> None:
        super().__init__(*problems)
        self.status, self.problems = status, problems


def caller(request: HttpRequest) -> Caller:
    """Who calls."""
    found: Caller = request.auth  # type: ignore[attr-defined]
    return found


def reader(request: HttpRequest) -> User:
    """The user a call reads as, limited by its token."""
    return caller(request).user


def writer(request: HttpRequest) -> User:
    """The user a call changes something as. Raises NotAllowed where the token only reads."""
    found = caller(request)
    policies.check_may_write(found)
    return found.user


def told(failed: Failure) -> list[tuple[str, str]]:
    """What the library says is wrong."""
    return [(problem.code.name, problem.text(lang())) for problem in failed.problems[:50]]


def refusing(code: str, texts: Iterable[str], status: int) -> Refused:
    """A refusal of several sentences under one code."""
    return Refused(*((code, text) for text in texts), status=status)

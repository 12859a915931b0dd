"""The states of a version, and what leads from one to another. One table; actions ask it, nothing else changes a state.

A draft becomes published or is thrown away. Publishing retires nothing: cycles under way go on with the version they began with, and older
versions stay to be chosen until somebody retires them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from kaohe_web.schemes.models import SchemeVersion, State


@dataclass(frozen=True, slots=True)
class Transition:
    """A verb, where it leads from and to; nowhere for one that ends in nothing."""

    verb: str
    source: State
    target: State | None


TRANSITIONS = (
    Transition("publish", State.DRAFT, State.PUBLISHED),
    Transition("discard", State.DRAFT, None),
    Transition("retire", State.PUBLISHED, State.RETIRED),
)
"""All there are. A version that was retired stays so: a new draft may begin with its text."""


class Conflict(Exception):
    """Somebody was quicker: what was to be changed is no longer as it was seen. The message is for people."""


def check_can(verb: str, version: SchemeVersion) -> None:
    """Raise `Conflict` unless a verb applies to the state a version is in."""
    if not any(one.verb == verb and one.source == version.state for one in TRANSITIONS):
        raise Conflict(_("这个版本现在是“%(state)s”，不能这样做。") % {"state": version.get_state_display()})


def possible(version: SchemeVersion) -> list[str]:
    """The verbs that apply to a version as it is."""
    return [one.verb for one in TRANSITIONS if one.source == version.state]

"""Every address of the site, and what each role meets there. Addresses are told by name, with what they are about: the cast's own scope or another's.

`Row.of` are the parts of the address, of which `{…}` stand for things made by the fixture `things`. `meets` says the status for each role; who is
not named meets `others`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

ROLES = ("admin", "owner", "supervisor", "qa", "finance", "agent", "reader", "nobody")
"""The cast, and somebody who may log in and nothing else."""


@dataclass(frozen=True)
class Row:
    """One address: its name in the resolver, the method, what it is about, and whom it lets do what."""

    name: str
    method: str
    meets: Mapping[str, int]
    others: int
    of: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def expected(self, role: str) -> int:
        return self.meets.get(role, self.others)

    def but(self, roles: str, status: int) -> Row:
        """The same, where some more roles meet something else: they may know of it and not do it."""
        return replace(self, meets={**self.meets, **dict.fromkeys(roles.split(), status)})

    def __str__(self) -> str:
        return " ".join(part for part in (self.method, self.name, ",".join(map(str, self.of.values())), self.note) if part)


def get(name: str, roles: str, others: int, /, *, ok: int = 200, note: str = "", sent: Mapping[str, Any] | None = None, **of: Any) -> Row:
    """A page that some roles see; `roles` are names with spaces between, `*` all. `sent` is what is asked after the `?`."""
    return Row(name, "get", dict.fromkeys(ROLES if roles == "*" else roles.split(), ok), others, of, sent or {}, note)


def post(name: str, roles: str, others: int, /, *, ok: int, note: str = "", sent: Mapping[str, Any] | None = None, **of: Any) -> Row:
    """Something that some roles do. `ok` is 422 where nothing sensible is sent: let in, and told what is missing."""
    return Row(name, "post", dict.fromkeys(ROLES if roles == "*" else roles.split(), ok), others, of, sent or {}, note)


EDITORS = "admin owner supervisor"
READERS = "admin owner supervisor qa finance"
"""Of schemes."""
OF_CYCLE = "admin supervisor qa finance"
"""Who acts in a cycle over everything, as far as his groups go."""

SEERS = "admin owner supervisor qa reader"
BOARDS = ("boards", "boards_trend", "boards_hours", "boards_rules", "boards_ranking", "boards_evidence")
CHAT = {"shop": "s1", "buyer": "b1", "day": "2026-11-02"}
OTHER_CHAT = {"shop": "other", "buyer": "c1", "day": "2026-11-03"}

OPEN = ("login", "set_language", "first_visit", "api:openapi-json", "api:api-root")
"""What a stranger may reach: the login, its language, the first visit with its token, and the description of the API."""

ROWS = [
    get("home", "*", 403).but("agent", 302),
    get("login", "*", 302, ok=302),
    post("logout", "*", 302, ok=302),
    post("set_language", "*", 302, ok=302),
    get("first_visit", "", 404),
    post("first_visit", "", 404, ok=200),
    # People and roles.
    get("people", "admin", 403),
    post("add_person", "admin", 403, ok=422),
    get("person", "admin", 404, number="{person}"),
    get("person", "admin", 403, number="{self}", note="oneself"),
    post("person", "admin", 404, ok=422, number="{person}"),
    post("switch_person", "admin", 404, ok=302, number="{person}"),
    post("new_password", "admin", 404, ok=200, number="{person}"),
    get("my_password", "*", 403),
    post("my_password", "*", 403, ok=200),
    get("audit", "admin", 403),
    # The roster.
    get("roster", "admin", 403),
    post("roster", "admin", 403, ok=422),
    get("agent_row", "admin", 403, agent_id="lin"),
    post("agent_row", "admin", 403, ok=422, agent_id="lin"),
    post("agent_move", "admin", 403, ok=422, agent_id="lin"),
    post("agent_account", "admin", 403, ok=422, agent_id="lin"),
    post("agent_account_end", "admin", 403, ok=422, agent_id="lin"),
    # Boards: agents have none; a shop or a group of somebody else's is not there.
    *[get(name, SEERS, 403).but("agent", 404) for name in BOARDS],
    *[get(name, SEERS, 403, sent={"shop": "s1"}, note="s1").but("agent owner", 404) for name in BOARDS],
    *[get(name, SEERS, 403, sent={"shop": "other"}, note="the owner's").but("agent", 404) for name in BOARDS],
    *[get(name, SEERS, 403, sent={"group": "二组"}, note="二组").but("agent supervisor", 404) for name in BOARDS],
    get("boards_chat", "", 404).but("finance nobody reader", 403),
    get("boards_chat", "admin supervisor qa", 404, sent=CHAT, note="of lin").but("finance nobody reader", 403),
    get("boards_chat", "admin owner qa", 404, sent=OTHER_CHAT, note="of another shop").but("finance nobody reader", 403),
    # Uploads: one of the owner's, and one of the administrator's that nobody else may know of.
    get("imports", "admin owner supervisor", 403),
    post("imports_upload", "admin owner supervisor", 403, ok=422),
    get("imports_history", "admin owner supervisor", 403),
    *[
        row
        for whose, roles in (("owners", "admin owner"), ("admins", "admin"))
        for row in (
            get("imports_batch", roles, 404, number=f"{{{whose}_upload}}", note=whose),
            get("imports_progress", roles, 404, number=f"{{{whose}_upload}}", note=whose),
            post("imports_start", roles, 404, ok=302, number=f"{{{whose}_upload}}", note=whose),
            post("imports_again", roles, 404, ok=302, number=f"{{{whose}_upload}}", note=whose),
            post("imports_drop", roles, 404, ok=302, number=f"{{{whose}_upload}}", note=whose),
            post("imports_answer", roles, 404, ok=302, number=f"{{{whose}_upload}}", file=f"{{{whose}_file}}", note=whose),
            post("imports_leave", roles, 404, ok=302, number=f"{{{whose}_upload}}", file=f"{{{whose}_file}}", note=whose),
            post("imports_remap", roles, 404, ok=302, number=f"{{{whose}_upload}}", file=f"{{{whose}_file}}", note=whose),
            get("imports_map", roles, 404, number=f"{{{whose}_upload}}", file=f"{{{whose}_file}}", note=whose),
            post("imports_map", roles, 404, ok=200, number=f"{{{whose}_upload}}", file=f"{{{whose}_file}}", note=whose),
            get(
                "imports_refused",
                "",
                404,
                number=f"{{{whose}_upload}}",
                file=f"{{{whose}_file}}",
                place=0,
                note=f"{whose}, nothing refused",
            ),
        )
    ],
    # Schemes: of the whole site. Who edits them anywhere edits drafts; what is published is the whole site's affair.
    get("schemes", READERS, 403),
    get("schemes_new", EDITORS, 403, template="presale"),
    post("schemes_new", EDITORS, 403, ok=422, template="presale"),
    post("schemes_upload", EDITORS, 403, ok=302),
    get("schemes_version", READERS, 404, number="{published}", note="published"),
    get("schemes_version", EDITORS, 404, number="{draft}", note="draft"),
    get("schemes_download", READERS, 404, number="{published}", note="published"),
    get("schemes_download", EDITORS, 404, number="{draft}", note="draft"),
    get("schemes_differences", READERS, 404, number="{published}", note="published"),
    get("schemes_differences", EDITORS, 404, number="{draft}", note="draft"),
    get("schemes_edit", EDITORS, 404, number="{draft}"),
    post("schemes_edit", EDITORS, 404, ok=422, number="{draft}"),
    get("schemes_section", EDITORS, 404, number="{draft}", section="head"),
    post("schemes_section", EDITORS, 404, ok=422, number="{draft}", section="head"),
    get("schemes_entry", EDITORS, 404, number="{draft}", section="items", index=0),
    post("schemes_entry", EDITORS, 404, ok=422, number="{draft}", section="items", index=0),
    get("schemes_text", EDITORS, 404, number="{draft}"),
    post("schemes_text", EDITORS, 404, ok=422, number="{draft}"),
    get("schemes_preview", EDITORS, 404, number="{draft}", note="draft"),
    get("schemes_preview", EDITORS, 404, number="{published}", note="published").but("qa finance", 403),
    get("schemes_simulate", EDITORS, 404, number="{draft}", note="draft"),
    get("schemes_simulate", EDITORS, 404, number="{published}", note="published").but("qa finance", 403),
    post("schemes_draft", EDITORS, 404, ok=302, number="{published}").but("qa finance", 403),
    get("schemes_publish", "admin", 404, number="{draft}").but("owner supervisor", 403),
    post("schemes_publish", "admin", 404, ok=409, number="{draft}").but("owner supervisor", 403),
    post("schemes_retire", "admin", 404, ok=302, number="{published}").but("owner supervisor qa finance", 403),
    post("schemes_discard", "admin", 404, ok=302, number="{draft}").but("owner supervisor", 403),
    # Appraisals: a cycle over all shops and groups, in review. Chen sees 一组 of it, the owner of another shop nothing, agents themselves.
    get("appraisals", READERS, 403).but("agent", 302),
    get("appraisals_new", EDITORS, 403),
    post("appraisals_new", EDITORS, 403, ok=422),
    get("appraisals_cycle", OF_CYCLE, 404, number="{cycle}").but("agent", 302),
    get("appraisals_cycle", OF_CYCLE, 404, number="{others_cycle}", note="not of lin"),
    get("appraisals_cycle", "admin", 404, number="{draft_cycle}", note="draft"),
    get("appraisals_edit", "admin", 404, number="{draft_cycle}"),
    post("appraisals_edit", "admin", 404, ok=422, number="{draft_cycle}"),
    post("appraisals_step", "admin", 404, ok=409, number="{cycle}", verb="rescore").but("supervisor qa finance", 403),
    post("appraisals_step", "admin finance", 404, ok=409, number="{cycle}", verb="confirm").but("supervisor qa", 403),
    post("appraisals_step", "", 404, ok=302, number="{cycle}", verb="nothing", note="no such step"),
    get("appraisals_marks", "admin supervisor qa", 404, number="{cycle}").but("finance", 403),
    post("appraisals_marks", "admin supervisor qa", 404, ok=409, number="{cycle}").but("finance", 403),
    get("appraisals_result", OF_CYCLE, 404, number="{cycle}", which="{cycle_result}"),
    get("appraisals_statement", OF_CYCLE, 404, number="{cycle}", which="{lins_statement}", note="of lin"),
    get("appraisals_statement", "admin qa finance", 404, number="{cycle}", which="{mos_statement}", note="of mo"),
    get("appraisals_appeals", OF_CYCLE, 404, number="{cycle}"),
    get("appraisals_appeal", OF_CYCLE, 404, number="{appeal}"),
    post("appraisals_appeal", "admin supervisor", 404, ok=422, number="{appeal}").but("qa finance", 403),
    get("appraisals_mine", "agent", 403),
    get("appraisals_own", "agent", 404, number="{cycle}"),
    get("appraisals_own", "", 404, number="{others_cycle}", note="not of lin"),
    get("appraisals_evidence", "agent", 404, number="{cycle}", metric="reply_rate_30s"),
    get("appraisals_evidence", "", 404, number="{others_cycle}", metric="reply_rate_30s", note="not of lin"),
    get("appraisals_evidence", "", 404, number="{cycle}", metric="silent_orders", note="not asked in it"),
    post("appraisals_read", "agent", 404, ok=409, number="{cycle}"),
    post("appraisals_file", "agent", 404, ok=422, number="{cycle}"),
    post("appraisals_file", "", 404, ok=302, number="{others_cycle}", note="not of lin"),
    post("appraisals_withdraw", "agent", 404, ok=302, number="{appeal}"),
    # Notices.
    get("notices_mine", "*", 403),
    post("notices_mine", "*", 403, ok=422, sent={"email": "no address"}),
    get("notices", "admin", 403),
    get("notices_log", "admin", 403),
    get("notices_add", "admin", 403, kind="wecom"),
    post("notices_add", "admin", 403, ok=422, kind="wecom"),
    get("notices_channel", "admin", 404, number="{channel}"),
    post("notices_channel", "admin", 404, ok=422, number="{channel}"),
    post("notices_switch", "admin", 404, ok=302, number="{channel}"),
    post("notices_try", "admin", 404, ok=302, number="{channel}"),
    post("notices_again", "admin", 404, ok=302, number="{delivery}"),
    # Tokens; the API itself lets nobody in without one.
    get("tokens", "*", 403),
    post("tokens", "*", 403, ok=422),
    post("revoke_token", "admin owner", 404, ok=302, number="{token}", note="the owner's"),
    get("api:openapi-json", "*", 200),
    get("api:api-root", "*", 404, ok=404),
    get("api:me", "", 401),
    get("api:metrics", "", 401),
    get("api:figures", "", 401),
    get("api:imports", "", 401),
    get("api:results", "", 401),
    get("api:statements", "", 401, name="x"),
    get("api:statements_of", "", 401, name="x", agent="lin"),
    post("api:upload", "", 401, ok=401),
    get("api:batches", "", 401),
    get("api:batch", "", 401, number="{admins_upload}"),
    get("api:batch_problems", "", 401, number="{admins_upload}"),
    post("api:start_batch", "", 401, ok=401, number="{admins_upload}"),
    get("api:cycles", "", 401),
    get("api:cycle", "", 401, number="{cycle}"),
    get("api:participants", "", 401, number="{cycle}"),
    get("api:cycle_results", "", 401, number="{cycle}"),
    get("api:cycle_statements", "", 401, number="{cycle}", result="{cycle_result}"),
    get("api:appeals", "", 401, number="{cycle}"),
    get("api:marks", "", 401, number="{cycle}"),
    post("api:give_marks", "", 401, ok=401, number="{cycle}"),
    post("api:step", "", 401, ok=401, number="{cycle}", verb="rescore"),
]

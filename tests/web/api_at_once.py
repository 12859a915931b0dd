"""Run by itself, with KAOHE_WORKSPACE (a month of `appraisals_data`) and DATABASE_URL set: two programs call about one thing at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django


def main() -> None:
    from appraisals_data import begun, fresh, person, published, scoring
    from django.core.management import call_command
    from django.test import Client
    from journey import at_once
    from uploads import MORE, sent

    from kaohe_web.api.actions import make_token
    from kaohe_web.audit.models import Event
    from kaohe_web.audit.records import verify
    from kaohe_web.imports.jobs import work
    from kaohe_web.imports.models import Batch

    call_command("migrate", verbosity=0)
    admin = person("chen", "admin")
    keys = [make_token(by=admin, name=name, rights=["run_cycles", "score", "import"], days=1, writes=True)[1] for name in ("甲", "乙")]

    def post(path: str, key: str, body: Any = None) -> Callable[[], int]:
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        headers = {"Authorization": f"Bearer {key}"}
        return lambda: Client(SERVER_NAME="localhost").post(f"/api/v1/{path}", headers=headers, **sent).status_code

    def both(path: str, body: Any = None) -> list[Any]:
        return sorted(at_once(*(post(path, key, body) for key in keys)), key=str)

    scheme = published(admin)
    cycle = begun(admin, scheme)
    for verb in ("announce", "start", "finish"):
        assert both(f"cycles/{cycle.pk}/steps/{verb}", {"revision": fresh(cycle).revision}) == [200, 409], verb
    other = scoring(admin, scheme, title="又一次")
    one = {"agent_id": "lin", "metric": "qa_score"}
    found = at_once(*(post(f"cycles/{other.pk}/marks", key, {"marks": [{**one, "score": at}]}) for at, key in enumerate(keys)))
    assert sorted(found, key=str) == [200, 409], found
    headers = {"Authorization": f"Bearer {keys[0]}"}
    assert Client(SERVER_NAME="localhost").post("/api/v1/imports", {"files": sent("m.csv", MORE)}, headers=headers).status_code == 202
    batch = Batch.objects.get()
    work.call(batch.pk)
    assert both(f"imports/batches/{batch.pk}/start") == [202, 409]
    for action in ("cycle.announced", "cycle.scored", "import.started"):
        assert Event.objects.filter(action=action, after__token__isnull=False).count() == 1, action
    assert verify().wrong is None


if __name__ == "__main__":
    django.setup()
    main()

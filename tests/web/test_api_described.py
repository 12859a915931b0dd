"""The API's own description, tried against the API: no call, however odd, ends in an error of the server or in an answer that is not described."""

import pytest
import schemathesis
from appraisals_data import published, reviewed
from hypothesis import HealthCheck, given, settings
from ninja import Schema
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from uploads import WRONG, looked

from kaohe_web.api import answers, cycles, imports, service
from kaohe_web.api.actions import make_token
from kaohe_web.api.policies import grantable
from kaohe_web.api.service import api
from kaohe_web.appraisals.models import Cycle
from kaohe_web.wsgi import application

pytestmark = pytest.mark.django_db
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIBED = api.get_openapi_schema(path_prefix="/api/v1/")
PATHS = sorted(DESCRIBED["paths"])
OPERATIONS = [(path, method) for path in PATHS for method in DESCRIBED["paths"][path]]
EXAMPLES = 8


@pytest.fixture(scope="module")
def described():
    """The description, read once; hypothesis says itself what it calls."""
    return schemathesis.openapi.from_dict(DESCRIBED)


@pytest.fixture
def saved(as_, cast, site):
    """A result, a cycle in review with an appeal, one whose marks are asked for, and an upload with a refused row. What the addresses are made of."""
    site.save_result("response-first")
    keys = reviewed(published(cast["admin"]), cast)
    Cycle.objects.filter(pk=keys["others_cycle"]).update(state="scoring")
    batch = looked(as_("admin"), chats=WRONG)
    name = site.results()[0].name
    return {
        "/imports/": {"number": batch.pk},
        "/cycles/": {"number": keys["cycle"], "result": keys["cycle_result"], "verb": "rescore"},
        "/results/": {"name": name, "agent": "lin"},
    }


@pytest.mark.parametrize("role", ["admin", "owner", "supervisor", "agent"])
def test_odd_calls_are_answered_as_described(cast, saved, described, role):
    described.app = application
    key = make_token(by=cast[role], name="odd", rights=grantable(cast[role]), days=1, writes=True)[1]
    headers = {"Authorization": f"Bearer {key}"}
    for path, method in OPERATIONS:
        known = next((names for part, names in saved.items() if part in path), {})
        there = {name: value for name, value in known.items() if f"{{{name}}}" in path}
        asked(described[path][method], {}, headers)
        if there:
            asked(described[path][method], there, headers)


def asked(operation, there, headers):
    """Odd calls of one operation; about what there is, where that is said."""

    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
    def called(case):
        case.path_parameters = {**(case.path_parameters or {}), **there}
        case.call_and_validate(headers=headers, checks=CHECKS)

    called()


def test_every_call_says_what_it_is_and_how_it_is_refused():
    for path, method in OPERATIONS:
        operation = DESCRIBED["paths"][path][method]
        refusals = {int(status) for status in operation["responses"]}
        assert {400, 401, 403, 404, 422} <= refusals, path
        assert operation["summary"]
        assert operation["description"]
        if method == "post":
            assert refusals & {409, 413}, path


def test_no_two_kinds_of_answers_share_a_name():
    # The description has one place for each name: the second of two would be described as the first.
    kinds = [kind for module in (answers, cycles, imports, service) for kind in vars(module).values() if isinstance(kind, type)]
    shapes = {kind for kind in kinds if issubclass(kind, Schema) and kind is not Schema}
    assert len({kind.__name__ for kind in shapes}) == len(shapes)


def test_without_a_key_every_call_is_refused(client, db):
    for path, method in OPERATIONS:
        answer = getattr(client, method)(path.format(number=1, result=1, verb="start", name="x", agent="x"))
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (401, "no_token"), path

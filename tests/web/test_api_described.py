"""The API's own description, tried against the API: no call, however odd, ends in an error of the server or in an answer that is not described."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from kaohe_web.api.actions import make_token
from kaohe_web.api.policies import grantable
from kaohe_web.api.service import api
from kaohe_web.wsgi import application

pytestmark = pytest.mark.django_db
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PATHS = sorted(api.get_openapi_schema(path_prefix="/api/v1/")["paths"])


@pytest.fixture
def saved(site):
    site.save_result("response-first")


@pytest.mark.parametrize("role", ["admin", "owner", "supervisor", "agent"])
@pytest.mark.parametrize("path", PATHS)
def test_odd_calls_are_answered_as_described(cast, saved, role, path):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    key = make_token(by=cast[role], name="odd", rights=grantable(cast[role]), days=1)[1]
    for method, operation in schema[path].items():
        assert method in ("get", "post")

        @given(case=operation.as_strategy())
        @settings(max_examples=8, suppress_health_check=list(HealthCheck))
        def called(case):
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

        called()

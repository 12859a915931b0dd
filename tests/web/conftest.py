"""The cast on the site: every role, each with its own scope."""

import shutil
import signal

import pytest
from small_site import made

from kaohe_web.org.models import Grant, User
from kaohe_web.org.roles import Role
from kaohe_web.site import workspace

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def signals_as_before():
    """A worker run in a test takes Ctrl-C, TERM and QUIT to itself; the tests after it want them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def cast(db):
    """chen runs the place, wu reviews chats, zhao owns another shop, lin and mo answer buyers."""

    def person(username, role, agent_id=None, **scope):
        user = User(username=username, name=username.title(), agent_id=agent_id)
        user.set_password(PASSWORD)
        user.save()
        Grant.objects.create(user=user, role=role, **scope)
        return user

    return {
        "admin": person("admin", Role.ADMIN),
        "owner": person("zhao", Role.OWNER, shops=["other"]),
        "supervisor": person("chen", Role.SUPERVISOR, groups=["一组"]),
        "qa": person("wu", Role.QA),
        "finance": person("jin", Role.FINANCE),
        "agent": person("lin", Role.AGENT, agent_id="lin"),
        "reader": person("du", Role.READER),
    }


@pytest.fixture
def as_(client, cast):
    """The browser of somebody of the cast."""

    def logged_in(role):
        client.logout()
        client.force_login(cast[role], "django.contrib.auth.backends.ModelBackend")
        return client

    return logged_in


@pytest.fixture(scope="session")
def small_site(tmp_path_factory):
    """The folder of a workspace with two shops; never written to."""
    return made(tmp_path_factory.mktemp("site") / "workspace").root


@pytest.fixture
def site(settings, small_site, tmp_path):
    """The site, over a copy of the two shops of its own."""
    settings.WORKSPACE = tmp_path / "workspace"
    shutil.copytree(small_site, settings.WORKSPACE)
    return workspace()

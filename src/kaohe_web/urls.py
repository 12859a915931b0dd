"""All addresses of the site."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from django.views.i18n import set_language

from kaohe_web import home

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", login_not_required(LoginView.as_view(template_name="org/login.html", redirect_authenticated_user=True)), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("", include("kaohe_web.org.urls")),
    path("roster/", include("kaohe_web.roster.urls")),
    path("audit/", include("kaohe_web.audit.urls")),
    path("imports/", include("kaohe_web.imports.urls")),
    path("boards/", include("kaohe_web.boards.urls")),
    path("schemes/", include("kaohe_web.schemes.urls")),
    path("appraisals/", include("kaohe_web.appraisals.urls")),
    path("notices/", include("kaohe_web.notices.urls")),
    path("api/", include("kaohe_web.api.urls")),
]

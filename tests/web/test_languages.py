"""The site in English: every text of it has one, and no page shows Chinese where it speaks English, but for names people gave."""

import gettext
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver, reverse
from test_security import things  # noqa: F401

import kaohe_web

pytestmark = pytest.mark.django_db
SITE = Path(kaohe_web.__file__).parent
CATALOGUE = SITE / "locale" / "en" / "LC_MESSAGES"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACE = re.compile(r"%\(\w+\)s|%%")
OURS = [path for pattern in ("**/*.py", "templates/**/*.html") for path in SITE.glob(pattern) if "migrations" not in path.parts]


def entries():
    """Every message of the catalogue with its translations, in the order of the file."""
    found = []
    for block in (CATALOGUE / "django.po").read_text("utf-8").split("\n\n")[1:]:
        parts = {}
        for line in block.splitlines():
            if line.startswith("msg"):
                key, _, text = line.partition(" ")
                parts[key] = json.loads(text)
        found.append((parts.pop("msgid"), parts.pop("msgid_plural", None), list(parts.values())))
    return found


def test_every_message_has_an_english_text_with_the_same_places_in_it():
    assert len(entries()) > 1000
    for message, _plural, texts in entries():
        assert all(texts), message
        assert all(sorted(PLACE.findall(text)) == sorted(PLACE.findall(message)) for text in texts), message
        assert not any(CHINESE.search(text) for text in texts), message
    assert "fuzzy" not in (CATALOGUE / "django.po").read_text("utf-8")


def test_what_the_site_reads_is_what_was_written():
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message, plural, texts in entries():
        if plural is None:
            assert compiled.gettext(message) == texts[0]
        else:
            assert [compiled.ngettext(message, plural, count) for count in (1, 2)] == texts


def marked(text):
    """Texts marked for translation in a template or a module, as the catalogue has them."""
    found = [json.loads(f'"{one}"') for one in re.findall(r'\b(?:_|gettext|gettext_lazy|pgettext)\(\s*"((?:[^"\\]|\\.)*)"\s*\)', text)]
    found += [pair[0] or pair[1] for pair in re.findall(r"""\{%\s*translate (?:"([^"]*)"|'([^']*)')""", text)]
    blocks = re.findall(r"\{%\s*blocktranslate[^%]*%\}(.*?)\{%\s*(?:plural|endblocktranslate)\s*%\}", text, re.DOTALL)
    found += [re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", one.replace("%", "%%")) for one in blocks]
    return [one for one in found if CHINESE.search(one)]


def test_no_text_of_the_site_was_forgotten():
    known = {message for message, _plural, _texts in entries()}
    known |= {message.replace("%%", "%") for message in known}
    forgotten = {(path.name, one) for path in OURS for one in marked(path.read_text("utf-8")) if one not in known}
    assert not forgotten
    assert sum(len(marked(path.read_text("utf-8"))) for path in OURS) > 900


def test_chinese_in_a_template_is_always_marked():
    for path in SITE.glob("templates/**/*.html"):
        text = re.sub(r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        text = re.sub(r"""\{%\s*translate (?:"[^"]*"|'[^']*')|_\("[^"]*"\)""", "", text)
        # The link to the other language is in that language.
        left = CHINESE.findall(re.sub(r"\{#.*?#\}", "", text).replace(">中文<", "><"))
        assert not left, (path.name, "".join(left))


NAMES = ("一组", "二组", "三组", "甲店", "乙店", "林", "莫", "凯", "在吗", "中文", "售前", "十月考核", "没有林", "草稿", "月考", "考核")
"""What people call shops, groups, themselves and their appraisals in the tests, and the name of the language itself."""


def chinese_left(page):
    text = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    text = re.sub(r"<textarea\b.*?</textarea>", "", text, flags=re.DOTALL)
    # Keys are keys in every language; what stands for them is read.
    text = re.sub(r'\b(?:value|href|action)="[^"]*"', "", text)
    for name in sorted(NAMES, key=len, reverse=True):
        text = text.replace(name, "")
    return CHINESE.findall(text)


def english(client):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def test_pages_without_arguments_speak_english(as_, site):
    client, tried = english(as_("admin")), 0
    for name in {name for name in get_resolver().reverse_dict if isinstance(name, str)}:
        try:
            address = reverse(name)
        except Exception:
            continue
        answer = client.get(address)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html") and not answer.streaming:
            tried += 1
            assert not chinese_left(answer.content.decode()), (address, "".join(chinese_left(answer.content.decode()))[:200])
    assert tried >= 20


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("admin", "/appraisals/{cycle}/"),
        ("admin", "/appraisals/{cycle}/marks/"),
        ("admin", "/appraisals/{cycle}/result/{cycle_result}/"),
        ("admin", "/appraisals/{cycle}/appeals/"),
        ("admin", "/appraisals/appeal/{appeal}/"),
        ("agent", "/appraisals/mine/"),
        ("admin", "/schemes/{draft}/"),
        ("admin", "/schemes/{draft}/edit/"),
        ("admin", "/roster/lin/"),
    ],
)
def test_pages_about_something_speak_english(as_, site, things, role, address):  # noqa: F811
    answer = english(as_(role)).get(address.format(**things))
    assert answer.status_code == 200
    left = chinese_left(answer.content.decode())
    assert not left, "".join(left)[:300]


def test_the_language_is_chosen_by_a_link_and_kept(client, cast):
    assert "登录" in client.get("/login/").content.decode()
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "/login/"}, follow=True)
    assert "Log in" in answer.content.decode()
    assert "Log in" in client.get("/login/").content.decode()
    assert 'lang="en"' in client.get("/login/").content.decode()

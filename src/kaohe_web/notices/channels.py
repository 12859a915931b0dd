"""What a notice looks like in DingTalk, WeCom, Feishu and a mail, how each is signed, and what their answers mean. See docs/reference/notices.md."""

from __future__ import annotations

import base64
import hashlib
import hmac
import smtplib
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus, urljoin

from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _

from kaohe_web.notices.models import PERSONAL, Channel, Delivery, Kind
from kaohe_web.notices.webhooks import SECONDS, BadAddress, NoAnswer, post

LONGEST_TRY = timedelta(seconds=60)
"""No try takes longer."""

WECOM_BYTES, DINGTALK_BYTES, FEISHU_BYTES = 4096, 18_000, 18_000
"""How long a message may be: WeCom says 4096 bytes of content, Feishu 20 KB of the whole body, DingTalk 20,000 bytes."""


class Undelivered(Exception):
    """It was not taken this time; the message says what was answered. Holds no secret."""


class Refused(Undelivered):
    """Trying again would change nothing."""


def send(delivery: Delivery) -> str:
    """Send a notice by its channel. Returns what was answered; raises Undelivered."""
    channel, notice = delivery.channel, delivery.notice
    # What is somebody's own affair is told to others by its title.
    body = "" if notice.event in PERSONAL and not delivery.to and notice.people.exists() else notice.body
    link = urljoin(channel.site.rstrip("/") + "/", notice.link.lstrip("/")) if channel.site and notice.link else ""
    if channel.kind == Kind.EMAIL:
        return _mailed(channel, delivery.to, notice.title, body, link)
    url, message = composed(channel, notice.title, body, link, time.time())
    try:
        status, answer = post(url, message)
    except BadAddress as error:
        raise Refused(str(error)) from None
    except NoAnswer as error:
        raise Undelivered(str(error)) from None
    return _judged(status, answer)


def composed(channel: Channel, title: str, body: str, link: str, now: float) -> tuple[str, dict[str, Any]]:
    """The address to post to and what to post, at a time in seconds since 1970."""
    if channel.kind == Kind.DINGTALK:
        text = shortened(f"### {_plain(title)}\n\n{_lines(body, chr(10) * 2)}", DINGTALK_BYTES) + _linked(link)
        return dingtalk_signed(channel.address, channel.secret, now), {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
    if channel.kind == Kind.WECOM:
        after = _linked(link)
        text = shortened(f"### {_plain(title)}\n{_lines(body, chr(10))}", WECOM_BYTES - len(after.encode())) + after
        return channel.address, {"msgtype": "markdown", "markdown": {"content": text}}
    lines: list[list[dict[str, str]]] = [
        [{"tag": "text", "text": line}] for line in shortened(body, FEISHU_BYTES // 2).splitlines() if line
    ]
    if link:
        lines.append([{"tag": "a", "text": _("打开看看"), "href": link}])
    post_body = {"zh_cn": {"title": title, "content": lines}}
    return channel.address, {**feishu_signed(channel.secret, now), "msg_type": "post", "content": {"post": post_body}}


def dingtalk_signed(address: str, secret: str, now: float) -> str:
    """A DingTalk robot's address with the time (milliseconds) and the signature: HMAC-SHA256 of "time\\nsecret" under the secret, base64."""
    if not secret:
        return address
    stamp = str(round(now * 1000))
    signature = base64.b64encode(hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest())
    return f"{address}{'&' if '?' in address else '?'}timestamp={stamp}&sign={quote_plus(signature)}"


def feishu_signed(secret: str, now: float) -> dict[str, str]:
    """What a Feishu message carries: the time (seconds) and the HMAC-SHA256 of nothing under "time\\nsecret", base64."""
    if not secret:
        return {}
    stamp = str(round(now))
    return {"timestamp": stamp, "sign": base64.b64encode(hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()}


def shortened(text: str, most: int) -> str:
    """Text of at most so many bytes of UTF-8, with … where something was left off.

    >>> shortened("客服考核", 9)
    '客服…'
    """
    encoded = text.encode()
    if len(encoded) <= most:
        return text
    return encoded[: max(most - len("…".encode()), 0)].decode("utf-8", "ignore") + "…"


_LOOK_ALIKES = str.maketrans(
    {"<": "＜", ">": "＞", "[": "［", "]": "］", "`": "｀", "*": "＊", "#": "＃", "@": "＠", "\\": "＼", "|": "｜"}
)


def _plain(text: str) -> str:
    """Text with nothing in it that markdown or a chat would read as markup, a link or a call to somebody: names of files come from outside."""
    return text.translate(_LOOK_ALIKES)


def _lines(text: str, between: str) -> str:
    return between.join(_plain(line) for line in text.splitlines() if line.strip())


def _linked(link: str) -> str:
    return f"\n\n[{_('打开看看')}]({link})" if link else ""


def _judged(status: int, answer: Any) -> str:
    """What a robot answered, in short. All three say 200 with a code of their own, 0 where the message was taken."""
    if not isinstance(answer, Mapping):
        raise Undelivered(f"HTTP {status} {answer}")
    code = next((answer[name] for name in ("errcode", "code", "StatusCode") if name in answer), None)
    said = f"HTTP {status} {code} {next((answer[name] for name in ('errmsg', 'msg', 'StatusMessage') if name in answer), '')}".strip()
    if status == 200 and code == 0:
        return said
    raise Undelivered(said)


def _mailed(channel: Channel, to: str, title: str, body: str, link: str) -> str:
    settings = channel.mail
    connection = get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        host=settings["host"],
        port=settings["port"],
        username=settings["user"],
        password=channel.secret,
        use_ssl=settings["security"] == "ssl",
        use_tls=settings["security"] == "starttls",
        timeout=SECONDS,
    )
    readers = [to] if to else list(settings["to"])
    # Several readers do not see each other's addresses.
    one, hidden = (readers, []) if len(readers) == 1 else ([], readers)
    message = EmailMessage(title, "\n\n".join(part for part in (body, link) if part) + "\n", settings["sender"], one, hidden, connection)
    try:
        message.send()
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
        raise Undelivered(f"SMTP {error.smtp_code} {said}") from None
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise Undelivered(f"SMTP {code} {text.decode('utf-8', 'replace')}") from None
    except smtplib.SMTPException as error:
        raise Undelivered(f"SMTP {type(error).__name__}") from None
    except (OSError, ValueError) as error:
        raise Undelivered(_("连不上邮件服务器：%(what)s") % {"what": type(error).__name__}) from None
    return "SMTP 250"

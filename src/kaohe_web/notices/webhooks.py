"""Posting JSON to an address somebody typed in: over HTTPS, to public addresses only, without following where it leads."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import ssl
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

SECONDS = 8.0
"""How long a host may be silent."""
LONGEST = 20.0
"""How long it may take in all: one that says a letter every few seconds is never silent."""
MOST = 4096
"""Bytes of an answer that are read."""


class BadAddress(Exception):
    """An address nothing is sent to; the message says why."""


class NoAnswer(Exception):
    """Nothing sensible came back; the message says what happened. Never holds the address: its key is in it."""


def private_allowed() -> bool:
    """Whether robots may stand in one's own network, and without TLS: `NOTICES_PRIVATE_HOSTS` of the settings, or `KAOHE_PRIVATE_HOSTS=1`."""
    return bool(getattr(settings, "NOTICES_PRIVATE_HOSTS", os.environ.get("KAOHE_PRIVATE_HOSTS") == "1"))


def checked(url: str) -> tuple[str, str, int, str]:
    """The scheme, host, port and path of a webhook's address. Raises BadAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddress(_("这不是一个网址。")) from None
    if any(letter.isspace() or not letter.isprintable() for letter in url) or not url.isascii():
        raise BadAddress(_("网址里有空格或不认识的字符。"))
    if not parts.hostname or parts.username is not None or parts.scheme not in ("https", "http"):
        raise BadAddress(_("这不是一个网址。"))
    if parts.scheme == "http" and not private_allowed():
        raise BadAddress(_("网址要以 https:// 开头。"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path


def places(host: str, port: int) -> list[str]:
    """The IP addresses of a host. Raises BadAddress where one of them is not public, NoAnswer where there is none."""
    try:
        found = list(dict.fromkeys(str(place[4][0]) for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    except (OSError, UnicodeError):
        raise NoAnswer(_("找不到主机 %(host)s。") % {"host": host}) from None
    if not private_allowed():
        for place in found:
            if not _public(ipaddress.ip_address(place.partition("%")[0])):
                raise BadAddress(_("%(host)s 在内网，不发。") % {"host": host})
    return found


def _public(place: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    inner = getattr(place, "ipv4_mapped", None) or getattr(place, "sixtofour", None) or place
    return bool(inner.is_global and not inner.is_multicast)


class _Pinned(HTTPConnection):
    """A connection to an address that was looked up and checked before: asking again could give another one."""

    def __init__(self, host: str, port: int, place: str, *, tls: bool) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._place, self._tls = place, tls

    def connect(self) -> None:
        self.sock = socket.create_connection((self._place, self.port), SECONDS)
        if self._tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End it from another thread."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def post(url: str, body: Any) -> tuple[int, Any]:
    """Post a value as JSON. Returns the status and the answer, parsed where it is JSON, else its text. Raises BadAddress and NoAnswer."""
    scheme, host, port, path = checked(url)
    place = places(host, port)[0]
    connection = _Pinned(host, port, place, tls=scheme == "https")
    limit = threading.Timer(LONGEST, connection.cut)
    limit.daemon = True
    limit.start()
    try:
        content = json.dumps(body, ensure_ascii=False).encode()
        connection.request("POST", path, content, {"Content-Type": "application/json; charset=utf-8"})
        answer = connection.getresponse()
        return answer.status, _read(answer)
    except ssl.SSLError:
        raise NoAnswer(_("%(host)s 的证书不对，或加密连接没有建成。") % {"host": host}) from None
    except TimeoutError:
        raise NoAnswer(_("%(host)s 没有按时回答。") % {"host": host}) from None
    except (OSError, HTTPException):
        raise NoAnswer(_("连不上 %(host)s。") % {"host": host}) from None
    finally:
        limit.cancel()
        connection.close()


def _read(answer: HTTPResponse) -> Any:
    text = answer.read(MOST).decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text

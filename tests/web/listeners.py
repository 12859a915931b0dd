"""A robot's platform and a mail server, on this machine: what they were sent is kept, what they answer is said beforehand."""

from __future__ import annotations

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Robot:
    """`answers` are given one after another, the last one again and again; `heard` are the paths and bodies."""

    def __init__(self):
        self.answers = [(200, {"errcode": 0, "errmsg": "ok"})]
        self.heard = []
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                robot.heard.append((self.path, json.loads(body)))
                status, answer = robot.answers[0] if len(robot.answers) == 1 else robot.answers.pop(0)
                content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}/send?key=top-secret-key"

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Post:
    """A mail server that takes everything: `mails` are (sender, readers, text)."""

    def __init__(self, refusing=()):
        self.mails = []
        post = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self._say("220 here")
                sender, readers = "", []
                while line := self.rfile.readline().decode().strip():
                    word = line.split(" ")[0].split(":")[0].upper()
                    if word == "DATA":
                        self._say("354 go on")
                        text = b""
                        while (part := self.rfile.readline()) != b".\r\n":
                            text += part
                        post.mails.append((sender, readers, text.decode()))
                        self._say("250 taken")
                    elif word == "QUIT":
                        self._say("221 bye")
                        return
                    elif word == "RCPT" and any(name in line for name in refusing):
                        self._say("550 nobody of that name")
                    else:
                        sender = line.split("<")[1].split(">")[0] if word == "MAIL" else sender
                        readers = [*readers, line.split("<")[1].split(">")[0]] if word == "RCPT" else readers
                        self._say("250 yes")

            def _say(self, text):
                self.wfile.write(f"{text}\r\n".encode())

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def port(self):
        return self._server.server_address[1]

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

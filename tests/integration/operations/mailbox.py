"""A mail server that keeps what it gets: RFC 5321, and AUTH PLAIN (RFC 4954) with one user and password."""

from __future__ import annotations

import base64
import queue
import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage

USER, PASSWORD = "chat@example.org", "p@ss/w:ord+%"
_PLAIN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        is_known = False
        self._say("220 mailbox")
        for line in self.rfile:
            verb, _space, rest = line.decode().strip().partition(" ")
            match verb.upper():
                case "EHLO":
                    self._say("250-mailbox\r\n250 AUTH PLAIN")
                case "AUTH":
                    is_known = rest == f"PLAIN {_PLAIN}"
                    self._say("235 come in" if is_known else "535 who are you?")
                case "DATA" if is_known:
                    self._say("354 go on")
                    self.server.messages.put(message_from_bytes(self._text(), policy=policy.default))
                    self._say("250 kept")
                case "MAIL" | "RCPT" | "RSET" if is_known:
                    self._say("250 well")
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("530 no")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _text(self) -> bytes:
        return b"".join(iter(self.rfile.readline, b".\r\n"))


class Mailbox(socketserver.ThreadingTCPServer):
    """`with Mailbox() as mailbox:` it takes messages on a port of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.messages: queue.Queue[EmailMessage] = queue.Queue()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        """Of this machine."""
        return int(self.server_address[1])

    def __enter__(self) -> Mailbox:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()

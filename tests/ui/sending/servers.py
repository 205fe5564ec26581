"""A mail server and a robot of a group chat, each in a thread on the loopback address."""

import datetime
import json
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "swordfish-9"


@dataclass
class MailServer:
    """What a mail server was handed.

    `refused`: mailboxes it does not know; `silent`: it takes a mail and says nothing.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    encrypted: int = 0
    signed_in: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    silent: bool = False


@contextmanager
def mail_server(tls: Path | None = None) -> Iterator[MailServer]:
    """A mail server; with a file of key and certificate it speaks STARTTLS and asks for a sign-in."""
    told = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            told.connections += 1
            self.say("220 here")
            inside = False
            while line := self.rfile.readline().decode().strip():
                word = line.upper().split()[0]
                if word == "EHLO":
                    self.say("250-here")
                    offer = "AUTH PLAIN" if inside else "STARTTLS" if tls else "8BITMIME"
                    self.say(f"250-{offer}")
                    self.say("250 OK")
                elif word == "STARTTLS" and tls:
                    self.say("220 go on")
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(tls)
                    self.request = context.wrap_socket(self.request, server_side=True)
                    self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
                    inside = True
                    told.encrypted += 1
                elif word == "AUTH":
                    told.signed_in.append(line.split()[-1])
                    self.say("235 welcome")
                elif word == "RCPT" and any(mailbox in line for mailbox in told.refused):
                    self.say(f"550 nobody of that name, {PASSWORD}")
                elif word == "DATA":
                    self.say("354 go on")
                    self.taken()
                    if told.silent:
                        return
                    self.say("250 taken")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 OK")

        def taken(self) -> None:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            told.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up is no fault."""

    with Server(("127.0.0.1", 0), Handler) as server:
        told.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield told
        server.shutdown()


@dataclass
class RobotServer:
    """What a robot was told, and what it answers next: (status, headers, body), or seconds of silence; then
    that all is well."""

    port: int = 0
    paths: list[str] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], Any] | float] = field(default_factory=list)


@contextmanager
def robot_server() -> Iterator[RobotServer]:
    robot = RobotServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            robot.paths.append(self.path)
            robot.told.append(json.loads(body))
            answer = robot.answers.pop(0) if robot.answers else (200, {}, {"errcode": 0, "errmsg": "ok"})
            if isinstance(answer, float):
                time.sleep(answer)
                self.close_connection = True
                return
            status, headers, content = answer
            said = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        robot.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield robot
        server.shutdown()


def certificate(folder: Path) -> Path:
    """Key and certificate of localhost in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file

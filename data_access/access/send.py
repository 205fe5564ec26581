"""How main points are sent to their readers: `[send]` and its robots. Without the section nothing is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from data_access.access.settings import settings_of
from data_access.errors import CallError

TLS = {"starttls": 587, "tls": 465, "none": 25}  # the usual port of each
ROBOTS = ("wecom", "dingtalk", "feishu")
_SECRETS = ("password", "url", "secret")
_SERVER = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?")
MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True, kw_only=True)
class Robot:
    """A robot of a group chat. Its address holds its key, so it is a secret too (`env:NAME`, `file:PATH`)."""

    kind: str = ""
    url: str = ""
    secret: str = ""  # what DingTalk and Feishu sign with, where the robot asks for it


@dataclass(frozen=True, kw_only=True)
class Send:
    """The mail server and the robots."""

    smtp: str = ""  # host, or host:port
    tls: str = "starttls"
    sender: str = ""
    user: str = ""
    password: str = ""
    seconds: int = 20  # so long a server may say nothing
    robots: Mapping[str, Robot] = field(default_factory=dict)

    @property
    def server(self) -> tuple[str, int]:
        """Host and port of the mail server."""
        host, _, port = self.smtp.partition(":")
        return host, int(port or TLS[self.tls])


def read_send(entry: Any) -> Send:
    """The section `[send]`.

    >>> read_send({"smtp": "mail.bank.example", "sender": "crm@bank.example"}).server
    ('mail.bank.example', 587)
    """
    own = (
        {key: value for key, value in entry.items() if key != "robots"} if isinstance(entry, dict) else entry
    )
    _no_secrets("send", own)
    found = Send(**settings_of(Send, "send", own))
    robots = entry.get("robots", {})
    if not isinstance(robots, Mapping):
        raise CallError("[send.robots] holds a section for each robot: [send.robots.NAME].")
    if not found.smtp and not robots:
        raise CallError("[send] names no way to send: write smtp and sender, or a [send.robots.NAME].")
    if found.smtp:
        _mail_is_whole(found)
    return replace(found, robots={name: _robot(name, one) for name, one in robots.items()})


def _mail_is_whole(send: Send) -> None:
    """The mail server can be asked with these settings, and no password goes where others may read it."""
    if not _SERVER.fullmatch(send.smtp):
        raise CallError(
            "[send] smtp = {value!r}: expected a host, or host:port, such as mail.bank.example:587.",
            value=send.smtp,
        )
    if not MAILBOX.fullmatch(send.sender):
        raise CallError(
            "[send] sender = {value!r}: expected the mailbox that mails come from, such as crm@bank.example.",
            value=send.sender,
        )
    if send.tls not in TLS:
        raise CallError("[send] tls = {value!r}: expected {known}.", value=send.tls, known=" or ".join(TLS))
    if bool(send.user) != bool(send.password):
        raise CallError("[send] user and password belong together: write both, or neither.")
    if send.user and send.tls == "none":
        raise CallError(
            '[send] tls = "none" would carry the password in the clear. Write tls = "starttls" or "tls", or '
            "leave user and password out."
        )


def _robot(name: str, entry: Any) -> Robot:
    section = f"send.robots.{name}"
    _no_secrets(section, entry)
    robot = Robot(**settings_of(Robot, section, entry))
    if robot.kind not in ROBOTS:
        raise CallError(
            "[{name}] kind = {value!r}: expected {known}.",
            name=section,
            value=robot.kind,
            known=" or ".join(ROBOTS),
        )
    if not robot.url:
        raise CallError('[{name}] needs url = "env:NAME" or "file:PATH".', name=section)
    return robot


def _no_secrets(section: str, entry: Any) -> None:
    """A secret in the file is refused before anything could show it."""
    for key in _SECRETS:
        value = entry.get(key) if isinstance(entry, Mapping) else None
        if value is not None and not str(value).startswith(("env:", "file:")):
            raise CallError(
                "[{name}] {key} holds the secret itself (not shown). "
                'Write where it is: {key} = "env:NAME" or "file:PATH".',
                name=section,
                key=key,
            )

"""Main points by mail, through the bank's own server."""

import contextlib
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

from data_access.access.send import Send
from data_access.access.settings import secret_of
from ui.sending.failures import Refused, Unreachable, Unsure


def mail_of(send: Send, to: str, title: str, text: str, key: str, now: datetime) -> EmailMessage:
    """The mail. Its id is the same whenever `key` is, so that a mailbox can tell one that comes twice."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = send.sender, to, title, format_datetime(now)
    domain = send.sender.rpartition("@")[2]
    mail["Message-ID"] = f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # no answer of an absent reader comes back
    mail.set_content(text, cte="base64")
    return mail


def deliver(send: Send, folder: Path, to: str, mail: EmailMessage) -> None:
    """Hands a mail to the server; `folder`: where files of secrets lie."""
    password = secret_of(send.password, folder) if send.user else ""
    if send.user and not password:
        raise Unreachable("The password of the mail server ({where}) is empty.", where=send.password)
    with contextlib.closing(_opened(send, password)) as server:
        _hand_over(server, send.sender, to, mail.as_bytes())
        with contextlib.suppress(smtplib.SMTPException, OSError):  # it was taken, whatever comes now
            server.quit()


def _opened(send: Send, password: str) -> smtplib.SMTP:
    """The server, encrypted and signed in as the settings say.

    What it says of a failure is told by its number alone, for its words may hold anything.
    """
    host, port = send.server
    where = f"{host}:{port}"
    try:
        context = ssl.create_default_context()
        if send.tls == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=send.seconds, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=send.seconds)
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(
            "The mail server {where} cannot be reached ({kind}). Look at [send] smtp and tls.",
            where=where,
            kind=_kind(error),
        ) from None
    try:
        if send.tls == "starttls":
            server.starttls(context=context)
        if send.user:
            server.login(send.user, password)
        server.ehlo_or_helo_if_needed()
    except (OSError, ValueError, smtplib.SMTPException) as error:
        server.close()
        raise Unreachable(
            "The mail server {where} refuses the cockpit ({kind}). Look at [send] tls, user and password.",
            where=where,
            kind=_kind(error),
        ) from None
    return server


def _hand_over(server: smtplib.SMTP, sender: str, to: str, content: bytes) -> None:
    try:
        for code, _ in (server.mail(sender), server.rcpt(to)):
            if code not in (250, 251):
                raise _refused(code)
    except (OSError, smtplib.SMTPException) as error:
        raise Refused("The mail server did not take the mail ({kind}).", kind=_kind(error)) from None
    try:
        code, _ = server.data(content)
    except smtplib.SMTPDataError as error:
        raise _refused(error.smtp_code) from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unsure(
            "The mail server was handed the mail and did not say that it has it ({kind}).", kind=_kind(error)
        ) from None
    if code != 250:
        raise _refused(code)


def _refused(code: int) -> Refused:
    return Refused(
        "The mail server did not take the mail (code {code}). Look at the address, and at [send] sender.",
        code=code,
    )


def _kind(error: Exception) -> str:
    """What went wrong, without the server's own words."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__

"""Main points by the robots of group chats: WeCom, DingTalk, Feishu.

A robot's address holds its key: neither it nor what the other side says stands in any message.
"""

import base64
import hmac
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2

from data_access.access.send import Robot
from data_access.access.settings import secret_of
from ui.sending.failures import Refused, Unreachable, Unsure

A_MINUTE = 20  # messages of one robot; the least that any of the three allows
MINUTE = 60.0
TRIES = 3
LATER = (429, 503)  # statuses by which a server says that it took nothing and may be asked again
BUSY = {45009, 130101, 11232}  # too many messages: of WeCom, DingTalk, Feishu
NOT_KNOWN = (502, 504)  # a server in between gave up waiting


@dataclass(frozen=True)
class Pace:
    """When each robot last spoke, so that none speaks more often than it may."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    spoken: defaultdict[str, deque[float]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=A_MINUTE))
    )

    def keep(self, name: str) -> None:
        """Waits until the robot may speak, and notes that it does."""
        last = self.spoken[name]
        if len(last) == A_MINUTE and (left := last[0] + MINUTE - self.clock()) > 0:
            self.sleep(left)
        last.append(self.clock())


def post(name: str, robot: Robot, folder: Path, title: str, text: str, seconds: int, pace: Pace) -> None:
    """Has a robot say a text. One that has no time is asked again, up to three times."""
    url = _address(name, robot, folder)
    secret = secret_of(robot.secret, folder) if robot.secret else ""
    if robot.secret and not secret:
        raise Unreachable("The secret of the robot {name} ({where}) is empty.", name=name, where=robot.secret)
    for turn in range(TRIES):
        pace.keep(name)
        answer = _asked(name, url, robot.kind, secret, title, text, seconds)
        wait = _outcome(name, answer)
        if wait is None:
            return
        if turn < TRIES - 1:
            pace.sleep(wait)
    raise Refused(
        "The robot {name} has no time: it was asked {n} times. Send again later.", name=name, n=TRIES
    )


def _address(name: str, robot: Robot, folder: Path) -> httpx2.URL:
    try:
        url = httpx2.URL(secret_of(robot.url, folder))
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if not url.host or not (url.scheme == "https" or (url.scheme == "http" and _is_own(url.host))):
        raise Unreachable(
            "The address of the robot {name} ({where}) is empty or no https address.",
            name=name,
            where=robot.url,
        )
    return url


def _is_own(host: str) -> bool:
    """Whether a host is this machine, such as a gateway on it: then nobody reads along."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _asked(
    name: str, url: httpx2.URL, kind: str, secret: str, title: str, text: str, seconds: int
) -> httpx2.Response:
    words, body = spoken(kind, secret, title, text, time.time())
    try:
        return httpx2.post(url.copy_merge_params(words), json=body, timeout=seconds)
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise Unreachable(
            "The robot {name} cannot be reached ({kind}).", name=name, kind=type(error).__name__
        ) from None
    except (httpx2.HTTPError, OSError) as error:
        raise Unsure(
            "The robot {name} was handed the message and did not say that it has it ({kind}).",
            name=name,
            kind=type(error).__name__,
        ) from None


def spoken(
    kind: str, secret: str, title: str, text: str, now: float
) -> tuple[dict[str, str], dict[str, Any]]:
    """What a kind of robot wants in its address and as its message, signed where there is a secret."""
    if kind == "wecom":
        return {}, {"msgtype": "markdown", "markdown": {"content": text}}
    if kind == "dingtalk":
        stamp = str(round(now * 1000))
        words = {"timestamp": stamp, "sign": _seal(secret, f"{stamp}\n{secret}")} if secret else {}
        return words, {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
    stamp = str(int(now))
    signed = {"timestamp": stamp, "sign": _seal(f"{stamp}\n{secret}", "")} if secret else {}
    return {}, {**signed, "msg_type": "text", "content": {"text": text}}


def _seal(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode()


def _outcome(name: str, answer: httpx2.Response) -> float | None:
    """None where the message was taken, else the seconds after which to ask again."""
    if answer.status_code in LATER:
        told = answer.headers.get("retry-after", "")
        return min(float(told), MINUTE) if told.isascii() and told.isdigit() else MINUTE
    if answer.status_code in NOT_KNOWN:
        raise Unsure(
            "The robot {name} answered {status}: whether it has the message is not known.",
            name=name,
            status=answer.status_code,
        )
    try:
        found = answer.json()
    except ValueError:
        found = None
    codes = (
        [found[key] for key in ("errcode", "code", "StatusCode") if key in found]
        if isinstance(found, dict)
        else []
    )
    code = codes[0] if codes and type(codes[0]) is int else None
    if answer.status_code == 200 and code == 0:
        return None
    if code in BUSY:
        return MINUTE
    raise Refused(
        "The robot {name} did not take the message (status {status}, code {code}).",
        name=name,
        status=answer.status_code,
        code="none" if code is None else code,
    )

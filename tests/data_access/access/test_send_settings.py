"""The section `[send]`: what is wrong with it is one sentence, and a secret is shown in none."""

from typing import Any

import pytest

from data_access.access.send import read_send
from data_access.errors import CallError

MAIL = {"smtp": "mail.bank.example", "sender": "crm@bank.example"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "names no way"),
        ([], "is a section"),
        ("env:X", "is a section"),
        ({**MAIL, "smtp": "smtp://x"}, "smtp = 'smtp://x'"),
        ({"smtp": "mail"}, "sender = ''"),
        ({**MAIL, "sender": "a@b\r\nBcc: c@d"}, "sender ="),
        ({**MAIL, "tls": "ssl"}, "starttls or tls or none"),
        ({**MAIL, "user": "crm"}, "belong together"),
        ({**MAIL, "tls": "none", "user": "crm", "password": "env:P"}, "in the clear"),
        ({**MAIL, "seconds": 0}, "seconds = 0"),
        ({**MAIL, "port": 1}, "no setting “port”"),
        ({**MAIL, "user": "crm", "password": "hunter2"}, "(not shown)"),
        ({**MAIL, "user": "crm", "password": 4711}, "(not shown)"),
        ({"robots": 3}, "a section for each robot"),
        ({"robots": {"a": "https://x/?key=hunter2"}}, "[send.robots.a] is a section"),
        ({"robots": {"a": {"kind": "slack", "url": "env:A"}}}, "wecom or dingtalk or feishu"),
        ({"robots": {"a": {"kind": "wecom"}}}, "needs url"),
        ({"robots": {"a": {"kind": "wecom", "url": "https://x/?key=hunter2"}}}, "(not shown)"),
        ({"robots": {"a": {"kind": "feishu", "url": "env:A", "secret": "hunter2"}}}, "(not shown)"),
    ],
)
def test_what_is_wrong_is_one_sentence(entry: Any, said: str) -> None:
    with pytest.raises(CallError) as told:
        read_send(entry)
    assert said in str(told.value)
    assert "hunter2" not in str(told.value) and "4711" not in str(told.value)


def test_ports_and_robots() -> None:
    assert read_send({**MAIL, "tls": "tls"}).server == ("mail.bank.example", 465)
    assert read_send({**MAIL, "smtp": "m:2525"}).server == ("m", 2525)
    found = read_send({"robots": {"a": {"kind": "wecom", "url": "env:A"}}})
    assert found.robots["a"].url == "env:A" and found.smtp == ""

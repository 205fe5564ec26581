"""`cockpit.py send` against a mail server and robots on the loopback address."""

import base64
import hmac
import logging
import re
import socket
import sqlite3
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from filelock import FileLock

from tests.conftest import run_cockpit
from tests.ui.sending.conftest import KEY, SIGN, Bank, Robots
from tests.ui.sending.servers import PASSWORD, MailServer, RobotServer, certificate, mail_server

MAILS = '[send]\nsmtp = "127.0.0.1:{port}"\ntls = "none"\nsender = "crm@bank.example"\nseconds = 2'
ANNA = "anna,{0},customers unmask export,,,,mail:anna@bank.example"
BERT = "bert,{1},export,,,,mail:bert@bank.example"


def mailed(server: MailServer) -> dict[str, str]:
    """The texts by mailbox."""
    return {str(mail["To"]): mail.get_content() for mail in server.mails}


def test_each_gets_his_own_institution_and_a_link_to_the_snapshot(bank: Bank, mailing: MailServer) -> None:
    bank.grant(
        ANNA,
        BERT,
        "gone,{0},export,,2020-01-01,,mail:gone@bank.example",
        "none,{0},export,,,,",
        "given,{root},export,,,anna,mail:given@bank.example",
    )
    bank.configure(MAILS.format(port=mailing.port))
    answer = bank.send()
    assert (answer.code, answer.err) == (0, "")
    texts = mailed(mailing)
    assert texts.keys() == {"anna@bank.example", "bert@bank.example"} and len(mailing.mails) == 2
    first, second = (bank.names[key] for key in bank.branches[:2])
    assert first in texts["anna@bank.example"] and second not in texts["anna@bank.example"]
    assert second in texts["bert@bank.example"] and first not in texts["bert@bank.example"]
    assert "发送给 anna" in texts["anna@bank.example"] and "客户信息已脱敏" in texts["anna@bank.example"]
    for text, at in ((texts["anna@bank.example"], 0), (texts["bert@bank.example"], 1)):
        link = urlsplit(re.findall(r"https://\S+", text)[0])
        words = {key: value[0] for key, value in parse_qs(link.query).items()}
        assert (link.netloc, link.path) == ("crm.bank.example", "/cockpit/overview")
        [snapshot] = [folder.name for folder in (bank.folder / ".cockpit" / "snapshots").iterdir()]
        assert words == {
            "at": bank.branches[at],
            "period": "2026-10",
            "compare": "year_start",
            "also": "last_year",
            "snapshot": snapshot,
            "lang": "zh",
        }
    assert first in mailing.mails[0]["Subject"]


@pytest.mark.slow
def test_the_text_is_that_of_the_brief(bank: Bank, mailing: MailServer) -> None:
    bank.grant(ANNA)
    bank.configure(MAILS.format(port=mailing.port))
    assert bank.send().code == 0
    told = run_cockpit("brief", "--config", bank.folder / "cockpit.toml", "--institution", bank.branches[0])
    sent = mailed(mailing)["anna@bank.example"].splitlines()
    assert sent[: len(told.out.splitlines()) - 1] == told.out.splitlines()[:-1]  # the last says to whom


def test_nothing_goes_twice_and_every_sending_is_recorded(bank: Bank, mailing: MailServer) -> None:
    bank.grant(ANNA, BERT, ANNA.replace("anna,", "anna2,"))
    bank.configure(MAILS.format(port=mailing.port))
    mailing.refused = {"bert@bank.example"}
    answer = bank.send()
    assert answer.code == 1 and "code 550" in answer.err and "1 of 2 were not sent" in answer.err
    mailing.refused = set()
    again = bank.send()
    assert again.code == 0 and again.out.count("sent before: ") == 1
    assert [mail["To"] for mail in mailing.mails] == ["anna@bank.example", "bert@bank.example"]
    assert bank.send("--again").out.count("sent before: ") == 2 and len(mailing.mails) == 2
    acts = [act for act in bank.acts() if act["act"] == "send"]
    told = [(act["user"], act["institution"], act["what"], act.get("outcome")) for act in acts]
    anna, bert = (
        (name, at, f"mail:{name}@bank.example")
        for name, at in zip(("anna", "bert"), bank.branches, strict=False)
    )
    assert told == [(*anna, None), (*bert, None), (*bert, "not sent"), (*bert, None)]
    assert all(act["by"] and act["form"] == "mail" and act["snapshot"] for act in acts)


def test_a_dry_run_says_what_would_go_and_sends_nothing(bank: Bank, mailing: MailServer) -> None:
    bank.grant(ANNA, BERT)
    bank.configure(MAILS.format(port=mailing.port))
    answer = bank.send("--dry-run")
    assert answer.code == 0 and mailing.connections == 0
    for name, at in (("anna", 0), ("bert", 1)):
        assert f"{name} · {bank.branches[at]} · mail:{name}@bank.example" in answer.out
        assert f"at={bank.branches[at]}&" in answer.out and bank.names[bank.branches[at]] in answer.out
    assert not (bank.folder / ".cockpit" / "sent.sqlite").exists()
    acts = bank.acts()
    assert [act["act"] for act in acts] == ["export", "export"]  # who prints it takes it along
    assert bank.send().code == 0 and len(mailing.mails) == 2


def test_without_the_section_it_says_so(bank: Bank) -> None:
    answer = bank.send()
    assert answer.code == 2 and "no section [send]" in answer.err and len(answer.err.splitlines()) == 1


def test_who_may_not_take_texts_along_is_sent_none(bank: Bank, mailing: MailServer) -> None:
    bank.grant("carl,{0},customers,,,,mail:carl@bank.example", "dora,{0},export,,,,dora@bank.example", BERT)
    bank.configure(MAILS.format(port=mailing.port))
    answer = bank.send()
    assert answer.code == 1 and list(mailed(mailing)) == ["bert@bank.example"]
    assert "carl has no permission “export”" in answer.err
    assert "“dora@bank.example” of dora is neither" in answer.err and "2 of 3" in answer.err


def test_a_mail_that_is_not_answered_is_not_sent_again_unasked(bank: Bank, mailing: MailServer) -> None:
    bank.grant(ANNA)
    bank.configure(MAILS.format(port=mailing.port))
    mailing.silent = True
    assert "did not say that it has it" in bank.send().err
    mailing.silent = False
    answer = bank.send()
    assert answer.code == 1 and "--again" in answer.err and len(mailing.mails) == 1
    assert bank.send("--again").code == 0
    first, second = mailing.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert [act.get("outcome") for act in bank.acts() if act["act"] == "send"] == [None, "not known", None]


def test_a_server_that_is_down_is_tried_once(bank: Bank, chat: RobotServer, robots: Robots) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # bound and not listening: refused at once
        bank.grant(ANNA, BERT, "chat,{0},export,,,,group")
        bank.configure(MAILS.format(port=port) + robots(group="wecom").replace("[send]\nseconds = 1", ""))
        answer = bank.send()
    assert answer.code == 1 and len(chat.told) == 1
    assert answer.err.count("cannot be reached (ConnectionRefusedError)") == 2
    sent = [act["user"] for act in bank.acts() if act["act"] == "send"]
    assert sorted(sent) == ["anna", "anna", "chat"]  # bert's was not tried


def test_mail_is_encrypted_and_signed_in(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bank.grant(ANNA, BERT)
    file = certificate(tmp_path)
    with mail_server(file) as server:
        server.refused = {"bert@bank.example"}
        bank.configure(
            f'[send]\nsmtp = "localhost:{server.port}"\nsender = "crm@bank.example"\nseconds = 2\n'
            'user = "crm"\npassword = "env:MAIL_PASSWORD"'
        )
        refused = bank.send()
        assert "MAIL_PASSWORD) is empty" in refused.err and server.connections == 0
        monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
        unknown = bank.send()  # nobody vouches for the certificate
        assert "refuses the cockpit (SSLCertVerificationError)" in unknown.err and not server.signed_in
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        answer = bank.send()
    assert answer.code == 1 and list(mailed(server)) == ["anna@bank.example"]
    assert base64.b64decode(server.signed_in[0]).split(b"\0") == [b"", b"crm", PASSWORD.encode()]
    assert server.encrypted == 2
    nowhere(PASSWORD, bank, caplog.text, *(part for one in (refused, unknown, answer) for part in one[1:]))


def nowhere(secret: str, bank: Bank, *said: str) -> None:
    """The secret stands in nothing that was said, and in no file beside the snapshots."""
    files = [file for file in (bank.folder / ".cockpit").rglob("*") if file.suffix in (".jsonl", ".sqlite")]
    assert len(files) == 2
    assert secret not in "".join(said)
    assert not [file for file in files if secret.encode() in file.read_bytes()]


def test_robots_are_told_as_they_want_it(
    bank: Bank, chat: RobotServer, robots: Robots, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bank.grant("a,{0},export,,,,one", "b,{1},export,,,,two", "c,{root},export,,,,three")
    bank.configure(robots(one="wecom", two="dingtalk", three="feishu"))
    chat.answers = [(200, {}, {"code": 0, "msg": "success"})]
    answer = bank.send()
    assert (answer.code, answer.err) == (0, "")
    told = {body.get("msgtype") or body["msg_type"]: body for body in chat.told}
    assert len(chat.told) == 3 and all(f"key={KEY}" in path for path in chat.paths)
    feishu = told["text"]
    seal = hmac.digest(f"{feishu['timestamp']}\n{SIGN}".encode(), b"", "sha256")
    assert feishu["sign"] == base64.b64encode(seal).decode()
    assert bank.names[bank.root] in feishu["content"]["text"]
    [wecom] = [body for body in chat.told if "content" in body.get("markdown", {})]
    [ding] = [body for body in chat.told if "text" in body.get("markdown", {})]
    assert bank.names[bank.branches[0]] in wecom["markdown"]["content"]
    assert bank.names[bank.branches[1]] not in wecom["markdown"]["content"]
    assert f"at={bank.branches[1]}&" in ding["markdown"]["text"]
    assert bank.names[bank.branches[1]] in ding["markdown"]["title"]
    [words] = [parse_qs(urlsplit(path).query) for path in chat.paths if "sign=" in path]
    seal = hmac.digest(SIGN.encode(), f"{words['timestamp'][0]}\n{SIGN}".encode(), "sha256")
    assert words["sign"] == [base64.b64encode(seal).decode()]
    for secret in (KEY, SIGN):
        nowhere(secret, bank, caplog.text, answer.out, answer.err)


def test_a_robot_that_fails_does_not_stop_the_others(bank: Bank, chat: RobotServer, robots: Robots) -> None:
    bank.grant("a,{0},export,,,,one", "b,{1},export,,,,two", "c,{1},export,,,,three")
    bank.configure(robots(one="wecom", two="wecom", three="wecom"))
    chat.answers = [(500, {}, KEY), 1.5]
    answer = bank.send()
    assert answer.code == 1 and len(chat.told) == 3 and "2 of 3 were not sent" in answer.err
    again = bank.send()  # the first surely was not taken, of the second nobody knows
    assert again.code == 1 and len(chat.told) == 4 and "1 of 3 were not sent" in again.err
    assert again.err.count("--again") == 1 and again.out.count("sent before: ") == 1
    nowhere(KEY, bank, answer.out, answer.err, again.out, again.err)


@pytest.mark.slow
def test_one_run_at_a_time_and_no_sending_without_its_record(
    bank: Bank, mailing: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.grant(ANNA)
    bank.configure(MAILS.format(port=mailing.port))
    with FileLock(bank.folder / ".cockpit" / "send.lock"):
        assert "Another run is sending" in bank.send().err
    with monkeypatch.context() as broken:
        broken.setattr("data_access.access.audit._append", lambda *_, **__: (_ for _ in ()).throw(OSError()))
        assert "audit record cannot be written" in bank.send().err
    notes = bank.folder / ".cockpit" / "sent.sqlite"
    notes.write_bytes(b"no database at all" * 100)
    assert "cannot be read or written" in bank.send().err
    assert mailing.connections == 0
    notes.unlink()
    assert bank.send().code == 0 and len(mailing.mails) == 1


@pytest.mark.slow
def test_a_run_that_was_killed_leaves_it_open(bank: Bank, mailing: MailServer) -> None:
    bank.grant(ANNA)
    bank.configure(MAILS.format(port=mailing.port))
    assert bank.send().code == 0
    with sqlite3.connect(bank.folder / ".cockpit" / "sent.sqlite") as rows:
        rows.execute("update sent set state = 'open'")
    answer = bank.send()
    assert answer.code == 1 and "--again" in answer.err and len(mailing.mails) == 1


def test_nobody_to_send_to_and_no_address_of_the_cockpit(bank: Bank, mailing: MailServer) -> None:
    bank.grant("none,{0},export,,,,")
    bank.configure(MAILS.format(port=mailing.port))
    answer = bank.send()
    assert answer.code == 1 and "nobody to send to" in answer.err
    file = bank.folder / "cockpit.toml"
    file.write_text(file.read_text("utf-8").split("\n", 1)[1], "utf-8")
    assert bank.send().code == 2

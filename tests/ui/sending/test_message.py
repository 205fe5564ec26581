"""What a chat is told: cut at a sentence, within its bytes, without signs it would take for links."""

import pytest

from ui.base.words import speak
from ui.sending.message import MOST, Message, worded

LINK = "https://crm.bank.example/overview?at=0033&snapshot=20261120-1"


@pytest.mark.parametrize("way", MOST)
def test_a_long_text_ends_with_a_whole_sentence_and_a_link(way: str) -> None:
    speak("zh")
    sentence = "存款较年初增加一百二十亿元，其中对公增加八十亿元。"
    for count in (1, MOST[way] // len(sentence.encode()) - 4, 2_000):
        text = worded(Message("总行", "总行\n" + sentence * count, LINK), way)
        assert len(text.encode()) <= MOST[way] and LINK in text
        whole = text.count(sentence) == count
        assert whole is (count < 2_000) is ("其余内容" not in text)
        if not whole:
            body = text.rstrip("\n").rpartition("\n")[0].rstrip("\n")
            assert body.endswith("。") and len(text.encode()) > MOST[way] - 2 * len(sentence.encode())


def test_what_has_no_end_of_a_sentence_leaves_the_link_alone() -> None:
    speak("en")
    text = worded(Message("", "x" * 5_000, LINK), "wecom")
    assert text == f"[The rest in the cockpit]({LINK})"


@pytest.mark.parametrize("way", MOST)
def test_names_are_no_links_mentions_or_marks(way: str) -> None:
    speak("en")
    name = "[pay here](http://evil.example) <@all> **big** `code` # head"
    text = worded(Message(name, f"{name}\nfine", LINK), way).replace(LINK, "")
    assert not set(text.replace("[Open in the cockpit]", "")) & set("[]<>*`#")
    assert "pay here" in text


def test_a_mail_holds_the_text_as_it_is() -> None:
    speak("en")
    assert worded(Message("", "a <b>\nc", LINK), "mail") == f"a <b>\nc\n\nOpen in the cockpit: {LINK}\n"

"""Identities in free text are masked, and nothing else is."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.access.masking import _is_card, _is_id, masked, masked_name

ID = "11010519491231002X"  # the example of GB 11643
IDS = (ID, "440524188001010014", "11010519491231002x", "110105491231002")
CARDS = ("6222021234567890128", "4111111111111111", "5500005555555559", "378282246310005", "6011000990139424")
HELD = [
    *(f"证件{one}。" for one in IDS),
    "身份证 110105 19491231 002X",
    "身份证１１０１０５１９４９１２３１００２Ｘ",
    "ID:11010519491231002X,ok",
    "1101051949 1231002X",
    "客户电话13800138000已回访",
    "电话：138 0013 8000",
    "138-0013-8000",
    "138.0013.8000",
    "+86 138 0013 8000",
    "+8613800138000",
    "0086-13800138000",
    "86 13800138000",
    "１３８００１３８０００",
    "＋８６－１３８－００１３－８０００",
    "tel13800138000",
    "wx:13800138000",
    "13800138000元旦后联系",
    "5 13800138000",
    "13800138000/13900139000",
    "1 3 8 0 0 1 3 8 0 0 0",
    "13800138000，金额 500000 元",
    "（19912345678）",
    "19912345678",
    "先打13800138000，再打 16612345678。",
    "张三,13800138000,朝阳",
    "138\u00a00013\u00a08000",
    *(f"卡号{one}" for one in CARDS),
    "卡号 6222 0212 3456 7890 128",
    "4111-1111-1111-1111",
    "4111 1111 1111 1111 到期 12/28",
    "3782 822463 10005",
    "622202 1234567890128",
    "６２２２０２１２３４５６７８９０１２８",
    "li.wei@example.com",
    "写信到 li_wei+crm@mail.example.com.cn。",
    "ＬＷ li＠example.com",
]
FREE = [
    "500000",
    "1,234,567.89 元",
    "13800138000.00",
    "13800138000元",
    "金额 13,800,138,000 元",
    "¥13800138000",
    "CNY 13800138000",
    "13800138000 万元",
    "2026-10-31",
    "2026-10-31 至 2026-11-30",
    "20261031 20261130",
    "2026年10月31日",
    "2026.10.31 15:30",
    "001101",
    "机构 110105001",
    "D000000112",
    "K00000001",
    "D13800138000",
    "SN13800138000A",
    "R20261031000123",
    "OPP-2026-000123456",
    "12800138000",
    "1380013800",
    "138001380001",
    "110105194912310021",  # the check digit is another
    "110105194913310021",  # no month 13
    "990105194912310020",  # no such province
    "4111111111111112",  # the check digit of the card is another
    "4111 1111 111 11111",  # no card is grouped so
    "1000000000000000",
    "6222021234567890123",
    "010-65551234",
    "95588",
    "个人住房贷款·改善购房",
    "现金管理·账户归集 3 笔，共 1200 万元",
    "利率 3.85%",
    "20×12=240",
    "存款利率下调10个基点",
    "IPv4 192.168.10.100",
    "合同 2026-0001-0002-0003",
    "1.2.3.4.5.6.7.8.9.10.11",
    "",
]


@pytest.mark.parametrize("text", HELD)
def test_an_identity_is_masked(text: str) -> None:
    said = masked(text)
    assert said != text and "*" in said
    digits = "".join(c for c in said if c.isdigit())
    for whole in (*IDS, *CARDS, "13800138000", "19912345678", "16612345678"):
        assert whole not in digits
    assert masked(said) == said  # nothing more comes to light, nothing is masked twice


@pytest.mark.parametrize("text", FREE)
def test_what_is_no_identity_stays(text: str) -> None:
    assert masked(text) == text


def test_the_corpus_is_large_enough() -> None:
    assert len({*HELD, *FREE}) >= 80


def test_how_they_are_shown() -> None:
    assert masked("电话13800138000") == "电话138****8000"
    assert masked("+86 138-0013-8000") == "+138****8000"
    assert masked(ID) == f"1{'*' * 16}X"
    assert masked("4111 1111 1111 1111") == "****1111"
    assert masked("a@b.cn") == "***@***"


def test_names_by_their_beginning() -> None:
    shown = {
        "张伟": "张*",
        "欧阳娜娜": "欧阳*",
        "欧阳": "欧*",  # a given name of one character after 欧
        "司马光": "司马*",
        "王": "*",
        "Acme Ltd": "A*",
        "江南恒达贸易有限公司": "江*",
        "阿依古丽·买买提": "阿*",
        " 张伟 ": "张*",
        "": "",
    }
    assert {name: masked_name(name) for name in shown} == shown
    assert masked("张伟 装修贷款", ["张伟"]) == "张* 装修贷款"
    assert masked("ACME LTD renewal", ["Acme Ltd"]) == "A* renewal"
    assert masked("王府井支行", ["王"]) == "王府井支行"  # one character would be everywhere
    assert masked("a.b", ["a.b", None]) == "a*" and masked("axb", ["a.b"]) == "axb"


def test_no_way_to_write_a_letter_hides_a_name() -> None:
    """What is looked at first finds at least what the search that ignores case finds."""
    letters = [chr(code) for code in range(0x20, 0x1E944) if chr(code).isalpha()]
    forms = {
        one: [f for f in {one.lower(), one.upper(), one.title(), "i", "s", "k"} if len(f) == 1]
        for one in letters
    }
    hidden = 0
    for one, others in forms.items():
        for other in others:
            if other != one and re.fullmatch(re.escape(one), other, flags=re.IGNORECASE):
                assert masked(f"to A{other}", [f"A{one}"]) == "to A*", (one, other)
                hidden += 1
    assert hidden > 2000


def check_digit(seventeen: str) -> str:
    """As GB 11643 says: by powers of two, not by the table in the code."""
    rest = sum(int(d) * (2 ** (17 - n) % 11) for n, d in enumerate(seventeen)) % 11
    return "10X98765432"[rest]


@given(
    province=st.sampled_from([11, 31, 45, 65, 91]),
    county=st.integers(0, 9999),
    born=st.integers(0, 45_000),
    serial=st.integers(0, 999),
)
def test_every_valid_id_is_found_and_no_other_check_digit(
    province: int, county: int, born: int, serial: int
) -> None:
    day = date(1901, 1, 1) + timedelta(days=born)
    head = f"{province}{county:04d}{day:%Y%m%d}{serial:03d}"
    right = check_digit(head)
    assert [c for c in "0123456789X" if _is_id(head + c)] == [right]
    assert head not in masked(f"客户{head}{right}来电")


@given(st.from_regex(r"\A(4|6)\d{12,17}\Z"))
def test_one_check_digit_in_ten_makes_a_card(head: str) -> None:
    head = "".join(str(int(c)) for c in head)
    assert sum(_is_card(head + c, (len(head) + 1,)) for c in "0123456789") == 1

"""Codes of customers: no two alike, the same for ever, nothing without the key."""

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from data_access.access.pseudonyms import KEY_FILE, MOST, bank_key, pseudonym
from data_access.errors import DataError

ROOT = Path(__file__).parents[3]
KEY, OTHER = b"k" * 32, b"l" * 32


def number_of(key: bytes, code: str) -> int:
    """The number behind a code, with the rounds undone: who holds the key can, so no two share a code."""
    import hmac

    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    whole = 0
    for sign in code.replace("-", ""):
        whole = whole * 32 + letters.index(sign)
    left, right = whole >> 20, whole & 0xFFFFF
    for turn in range(7, -1, -1):
        seal = hmac.new(key, bytes([turn]) + left.to_bytes(3, "big"), "sha256").digest()
        left, right = right ^ (int.from_bytes(seal[:3], "big") & 0xFFFFF), left
    return left << 20 | right


@pytest.mark.parametrize("number", [0, 1, 2, 12_345, 9_999_999, 10_000_000, 2**31, MOST - 1])
def test_every_code_leads_back_to_its_number_alone(number: int) -> None:
    code = pseudonym(KEY, number)
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code)
    assert number_of(KEY, code) == number
    assert number_of(OTHER, code) != number and pseudonym(OTHER, number) != code


def test_neighbours_do_not_look_alike() -> None:
    codes = [pseudonym(KEY, number).replace("-", "") for number in range(2_000)]
    assert len(set(codes)) == len(codes) and codes != sorted(codes)
    same = sum(a == b for one, two in pairwise(codes) for a, b in zip(one, two, strict=True))
    assert same / (8 * 1_999) < 0.045  # one sign in 32


def test_what_is_no_number_has_no_code() -> None:
    for number in (-1, MOST):
        with pytest.raises(ValueError, match="no number"):
            pseudonym(KEY, number)


def test_one_key_is_made_whoever_comes_first(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path;"
        "from data_access.access.pseudonyms import bank_key; print(bank_key(Path(sys.argv[1])).hex())"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(ROOT)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    keys = {bytes.fromhex(process.communicate(timeout=60)[0].decode()) for process in processes}
    assert len(keys) == 1 and len(keys.pop()) == 32
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_half_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(DataError, match="5 bytes, expected 32"):
        bank_key(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be read or written"):
        bank_key(tmp_path / "file")

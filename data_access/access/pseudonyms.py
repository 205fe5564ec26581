"""What a customer is called where his name is not shown: a short code that the bank's key makes.

The code is a permutation of the stable numbers of customers, so no two of them share one, whatever their
number; without the key nothing leads from the code to the number. It is a Feistel network of two halves of
20 bits whose rounds are HMAC-SHA256.
"""

import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from data_access.errors import DataError

KEY_FILE = "pseudonym.key"
BYTES = 32
_HALF, _ROUNDS = 20, 8
_MASK = (1 << _HALF) - 1
MOST = 1 << 2 * _HALF  # numbers that have a code: 1.1 million million
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none is mistaken for another


def bank_key(root: Path) -> bytes:
    """The key beside the snapshots; made where there is none yet, by one of those who need it at once."""
    path = root / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise DataError(
            "The key of the customers' codes cannot be read or written at {path}. Make the folder writable "
            "for the cockpit's user.",
            path=path,
        ) from error
    if len(key) != BYTES:
        raise DataError(
            "{path} holds {n} bytes, expected {expected}. Put the copy back; a new key gives every customer "
            "a new code.",
            path=path,
            n=len(key),
            expected=BYTES,
        )
    return key


def _make(path: Path) -> None:
    """Whole or not at all: nobody reads half a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(BYTES))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # somebody was quicker, and his is the key
    except OSError:  # a file system without links
        if not path.exists():
            draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


@lru_cache(maxsize=65_536)
def pseudonym(key: bytes, number: int) -> str:
    """The code of a customer's number, in two groups of four.

    >>> pseudonym(bytes(32), 0), pseudonym(bytes(32), 1)
    ('HFNR-RRRN', 'F6BR-WTKT')
    """
    if not 0 <= number < MOST:
        raise ValueError("no number of a customer")
    left, right = number >> _HALF, number & _MASK
    for turn in range(_ROUNDS):
        seal = hmac.digest(key, bytes([turn]) + right.to_bytes(3, "big"), "sha256")
        left, right = right, left ^ (int.from_bytes(seal[:3], "big") & _MASK)
    code = left << _HALF | right
    signs = "".join(LETTERS[code >> 5 * place & 31] for place in range(7, -1, -1))
    return f"{signs[:4]}-{signs[4:]}"

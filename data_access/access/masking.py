"""What tells who somebody is, found in free text and masked: ids, telephones, cards, mailboxes, names.

A number counts as an identity only where it proves itself (check digit, date of birth, known beginning,
the way it is grouped), so that amounts, dates, codes and ids of deals stay as they are.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

STAR = "*"
_PLAIN = str.maketrans("０１２３４５６７８９＋－＠ＸｘＯ．　", "0123456789+-@XxO. ")  # a sign for a sign
_GAP = r"[ \t\u00a0\u2000-\u200b\u2010-\u2015.·/-]"
_DIGITS = re.compile(rf"\d+[Xx]?(?:{_GAP}\d+[Xx]?)*")
_MAILBOX = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MAY = re.compile(r"[\d@]")  # nothing but these makes a number or a mailbox
_DOTTED = str.maketrans("İı", "ii")
_WORD = re.compile(r"[A-Za-z]+\Z")
_LABELS = {"tel", "phone", "mobile", "mob", "cell", "wechat", "wx", "vx", "id", "no", "card", "sfz", "sjh"}
_AFTER = re.compile(r" *(?:\.\d|元(?!旦)|[万亿]元|[万亿](?![\u4e00-\u9fff])|[块圆%]|美元|CNY|RMB|USD)")
_AHEAD = re.compile(r"(?:[¥￥$€]|CNY|RMB|USD) *-?\Z")
_PROVINCES = {
    *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46),
    *(50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91),
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PHONE = re.compile(r"1[3-9]\d{9}")
_COUNTRY = ("0086", "086", "86")
_PHONE_GROUPS = {(11,), (3, 4, 4), (3, 8), (7, 4), (4, 4, 3), (3, 3, 5), (3, 2, 3, 3), (1,) * 11}
_CARD = re.compile(r"(?:3[04-9]|4|5[0-8]|6|2[2-7]|9[045])\d+")
_CARD_GROUPS = {(4, 6, 5), (4, 6, 4), (6, 10), (6, 13), (8, 8), (8, 8, 3)}
_COMPOUND = (
    *(
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "司徒",
        "夏侯",
        "轩辕",
        "宇文",
    ),
    *(
        "长孙",
        "端木",
        "南宫",
        "独孤",
        "西门",
        "百里",
        "呼延",
        "澹台",
        "公冶",
        "宗政",
        "濮阳",
        "淳于",
        "单于",
        "太叔",
    ),
    *(
        "申屠",
        "钟离",
        "闻人",
        "东郭",
        "赫连",
        "拓跋",
        "万俟",
        "司空",
        "仲孙",
        "鲜于",
        "闾丘",
        "亓官",
        "司寇",
        "公西",
    ),
)


def masked_name(name: str) -> str:
    """A name by its beginning: the surname, a compound one whole; the first letter of a Latin one.

    >>> [masked_name(name) for name in ("张伟", "欧阳娜娜", "王", "Acme Ltd", "阿依古丽·买买提", "")]
    ['张*', '欧阳*', '*', 'A*', '阿*', '']
    """
    name = name.strip()
    if len(name) < 2:
        return STAR * len(name)
    return f"{name[:2] if name[:2] in _COMPOUND and len(name) > 2 else name[:1]}{STAR}"


def masked(text: str, names: Iterable[str | None] = ()) -> str:
    """A free text without identities; `names` are the customer's own, of two characters and more.

    >>> masked("张伟 138-0013-8000，证件11010519491231002X，金额 13800138000.00 元", ["张伟"])
    '张* 138****8000，证件1****************X，金额 13800138000.00 元'
    """
    return without_names(without_numbers(text), names)


def without_numbers(text: str) -> str:
    """A free text without identities that a number or a mailbox gives away, whoever it is about."""
    plain = text.translate(_PLAIN)
    if not _MAY.search(plain):
        return text
    hidden = list(text)
    for first, last, shown in _found(plain):
        hidden[first:last] = [shown, *[""] * (last - first - 1)]
    return "".join(hidden)


def without_names(said: str, names: Iterable[str | None]) -> str:
    """A text in which a customer's own names, of two characters and more, stand by their beginning."""
    for name in names:
        if name and len(name.strip()) > 1 and _folded(name.strip()) in _folded(said):
            said = re.sub(re.escape(name.strip()), masked_name(name), said, flags=re.IGNORECASE)
    return said


def _folded(text: str) -> str:
    """At least as much is equal here as to a search that ignores case, and much faster found."""
    return text.translate(_DOTTED).casefold()


def _found(plain: str) -> Iterator[tuple[int, int, str]]:
    """Where identities stand, and what is shown there."""
    for match in _MAILBOX.finditer(plain):
        yield match.start(), match.end(), f"{STAR * 3}@{STAR * 3}"
    for match in _DIGITS.finditer(plain):
        groups = [
            (match.start() + one.start(), match.start() + one.end(), one[0])
            for one in re.finditer(r"\d+[Xx]?", match[0])
        ]
        yield from _in_groups(plain, groups)


def _in_groups(plain: str, groups: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The longest identities that whole groups of digits make up, from the left."""
    place = 0
    while place < len(groups):
        for end in range(min(len(groups), place + 18), place, -1):
            first, last = groups[place][0], groups[end - 1][1]
            shown = _shown([group[2] for group in groups[place:end]], plain[:first], plain[last:])
            if shown:
                yield first, last, shown
                place = end - 1
                break
        place += 1


def _shown(groups: list[str], ahead: str, after: str) -> str:
    """How an identity is shown; nothing where these groups are none."""
    word = _WORD.search(ahead)
    if (word and word[0].lower() not in _LABELS) or re.match("[A-Za-z]", after):
        return ""
    number, lengths = "".join(groups).upper(), tuple(map(len, groups))
    if _is_id(number):
        return f"{number[0]}{STAR * (len(number) - 2)}{number[-1]}"
    if _AFTER.match(after) or _AHEAD.search(ahead):
        return ""  # an amount
    local = _local(number, lengths)
    if local:
        return f"{local[:3]}{STAR * 4}{local[-4:]}"
    return f"{STAR * 4}{number[-4:]}" if _is_card(number, lengths) else ""


def _is_id(number: str) -> bool:
    """An 18-digit id with its check digit, or one of the former 15 digits."""
    if not re.fullmatch(r"\d{17}[\dX]|\d{15}", number) or int(number[:2]) not in _PROVINCES:
        return False
    born = number[6:14] if len(number) == 18 else f"19{number[6:12]}"
    try:
        day = date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return False
    if not 1880 < day.year < 2100:
        return False
    if len(number) == 15:
        return True
    rest = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
    return "10X98765432"[rest] == number[-1]


def _local(number: str, lengths: tuple[int, ...]) -> str:
    """The eleven digits of a mobile telephone, whatever stands for the country before them."""
    for code in ("", *_COUNTRY):
        rest = number.removeprefix(code)
        if (code and rest == number) or not _PHONE.fullmatch(rest):
            continue
        own = lengths if not code else _without(lengths, len(code))
        if own in _PHONE_GROUPS:
            return rest
    return ""


def _without(lengths: tuple[int, ...], length: int) -> tuple[int, ...]:
    """The groups that are left without so many digits in front."""
    if lengths[0] == length:
        return lengths[1:]
    return (lengths[0] - length, *lengths[1:])


def _is_card(number: str, lengths: tuple[int, ...]) -> bool:
    """13 to 19 digits with the check digit of cards and a beginning that cards have."""
    if not (number.isdigit() and 13 <= len(number) <= 19 and _CARD.fullmatch(number)):
        return False
    by_four = set(lengths[:-1]) <= {4} and lengths[-1] <= 4
    if len(lengths) > 1 and not by_four and lengths not in _CARD_GROUPS:
        return False
    doubled = [int(d) * (1 + n % 2) for n, d in enumerate(reversed(number))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0

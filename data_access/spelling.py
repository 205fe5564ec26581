"""Chinese names in Latin letters: how they are typed where no Chinese keyboard is at hand."""

from collections.abc import Callable
from functools import cache, partial

READ = {  # where the dictionary reads a word of banks or places otherwise than people do
    "支行": ("zhi", "hang"),
    "分行": ("fen", "hang"),
    "总行": ("zong", "hang"),
    "本行": ("ben", "hang"),
    "朝阳": ("chao", "yang"),
    "长治": ("chang", "zhi"),
    "单县": ("shan", "xian"),
}


def spelling(name: str, *, initials: bool = False) -> str:
    """Pinyin without tones and gaps; other signs stay as they are.

    >>> spelling("长沙分行"), spelling("长沙分行", initials=True)
    ('changshafenhang', 'csfh')
    >>> spelling("五一路ATM支行", initials=True)
    'wylatmzh'
    """
    return "".join(_readers()[initials](name)).casefold()


@cache
def _readers() -> tuple[Callable[[str], list[str]], Callable[[str], list[str]]]:
    """How a name is read whole and by initials; loaded when first needed, for it takes half a second."""
    from pypinyin import Style, lazy_pinyin, load_phrases_dict

    load_phrases_dict({word: [[sound] for sound in sounds] for word, sounds in READ.items()})
    return partial(lazy_pinyin, style=Style.NORMAL), partial(lazy_pinyin, style=Style.FIRST_LETTER)

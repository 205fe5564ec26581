"""Every text in two languages: nothing that a reader can meet is missing from a catalogue."""

import importlib.util
import io
import re
import string

import pytest
from babel.messages.pofile import read_po

from ui.base.words import LANGUAGES, LOCALE, read_catalogue

spec = importlib.util.spec_from_file_location("update", LOCALE / "update.py")
assert spec and spec.loader
update = importlib.util.module_from_spec(spec)
spec.loader.exec_module(update)
marked = update.marked


def written(locale: str) -> set[str]:
    text = (LOCALE / locale / "LC_MESSAGES" / "cockpit.po").read_bytes()
    return {str(message.id) for message in read_po(io.BytesIO(text)) if message.id}


@pytest.mark.parametrize("locale", LANGUAGES.values())
def test_catalogue_holds_every_marked_text_and_no_other(locale: str) -> None:
    assert marked() - written(locale) == set()
    assert written(locale) - marked() == set()


def test_chinese_is_complete() -> None:
    assert marked() - set(read_catalogue("zh_CN")) == set()


@pytest.mark.parametrize("locale", LANGUAGES.values())
def test_translations_keep_the_named_places(locale: str) -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for message, text in read_catalogue(locale).items():
        assert places(text) == places(message), message


def test_words_of_the_house() -> None:
    """Words that the bank does not use do not stand on a screen."""
    banned = ("增量", "比上年", "目标覆盖率", "下钻", "赢单", "丢单", "负责人", "快照", "隔离区", "分箱")
    banned += ("中高端", "向差", "向好", "入档", "降档")  # 中端及以上, 走弱, 走强, 升入, 降出
    banned += ("完成计划", "所有者", "公海客户", "流失预测", "硬流失", "生存曲线", "危险比", "回测", "漏斗图")
    banned += ("未成熟", "数据健康", "驾驶舱首页")
    for text in read_catalogue("zh_CN").values():
        assert not [word for word in banned if word in text], text
        assert not re.search(r"(?<!（)AUM(?![（A-Za-z_])", text), f"bare AUM: {text}"

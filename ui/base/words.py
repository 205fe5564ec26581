"""Texts in the reader's language. Message ids are the English texts; a catalogue per language.

The language is that of the run, which settles it first; outside of one it is read from the session's state.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import streamlit as st
from babel.messages.pofile import read_po
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data_access.errors import CockpitError

LANGUAGES = {"zh": "zh_CN", "en": "en"}
LOCALE = Path(__file__).parents[2] / "locale"


def read_catalogue(locale: str) -> Mapping[str, str]:
    """The texts of one language by message id; untranslated ones are left out."""
    with (LOCALE / locale / "LC_MESSAGES" / "cockpit.po").open("rb") as file:
        return MappingProxyType({str(m.id): str(m.string) for m in read_po(file) if m.id and m.string})


_CATALOGUES = MappingProxyType({key: read_catalogue(locale) for key, locale in LANGUAGES.items()})


_OF_RUN: ContextVar[str | None] = ContextVar("language", default=None)  # each run has a context of its own


_OWN_OF_RUN: ContextVar[Mapping[str, str] | None] = ContextVar("own", default=None)
_JOINT = "·"  # between the product and the purpose in a deal's title


def speak(language: str, english: Mapping[str, str] | None = None) -> None:
    """The language of all that this run says, so that the session is not asked for each text; `english`: what
    the bank's own words are called in English."""
    st.session_state["lang"] = language
    st.session_state["own_words"] = english or {}
    if get_script_run_ctx(suppress_warning=True) is not None:  # else there is no run that it could end with
        _OF_RUN.set(language)
        _OWN_OF_RUN.set(english or {})


def own(word: str) -> str:
    """A word of the bank itself (its title, a product, a category) in the reader's language: as it was
    delivered, in English by what `[english]` of cockpit.toml calls it."""
    if not word or language() == "zh":
        return word
    known = _OWN_OF_RUN.get()
    known = st.session_state.get("own_words", {}) if known is None else known
    if not known or word in known:
        return known.get(word, word) if known else word
    return _JOINT.join(known.get(part, part) for part in word.split(_JOINT)) if _JOINT in word else word


def language() -> str:
    """zh or en."""
    return _OF_RUN.get() or str(st.session_state.get("lang", "zh"))


def everywhere(text: str) -> tuple[str, ...]:
    """A marked text in every language, the English one first; for a search that asks in any of them."""
    return tuple(dict.fromkeys([text, *(known.get(text, text) for known in _CATALOGUES.values())]))


class Named(Protocol):
    """What the policy names in both languages: a level, a tier, a stage, a part of a score."""

    @property
    def zh(self) -> str: ...

    @property
    def en(self) -> str: ...


def word_of(entry: Named) -> str:
    """The name that the policy gives, in the reader's language."""
    return entry.zh if language() == "zh" else entry.en


def t(message: str, **values: object) -> str:
    """The text in the reader's language, its named places filled."""
    text = _CATALOGUES[language()].get(message, message)
    return text.format(**values) if values else text


def counted(n: int, one: str, many: str, **values: object) -> str:
    """A text about a count that stands in its place {n}: its own wording for exactly one.

    >>> [counted(n, "{n} apple", "{n} apples") for n in (1, 1_200)]
    ['1 apple', '1,200 apples']
    """
    return t(one if n == 1 else many, n=f"{n:,}", **values)


def error_text(error: CockpitError) -> str:
    """An error in the reader's language."""
    values = {key: t(value) if isinstance(value, str) else value for key, value in error.values.items()}
    return t(error.message, **values) if values else t(error.message)

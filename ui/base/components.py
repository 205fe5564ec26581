"""Small components of our own, whose script and style the browser fetches once and keeps.

Streamlit sends what a component is made of along with every mount: of a page of ten tables that was two
thirds. So a mount carries one line, which imports a file that never changes under its name.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

FOLDER = Path(__file__).parents[1] / "browser"
FILES = {  # component → what its script and its style are put together from
    "cards": ("anchor", "definition", "cards", "mounted"),
    "clipboard": ("clipboard", "mounted"),
    "download": ("download", "mounted"),
    "focus": ("focus", "mounted"),
    "history": ("anchor", "history", "mounted"),
    "table": ("anchor", "definition", "table", "mounted"),
}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def component(name: str, html: str) -> Callable[..., None]:
    """What draws a component of `ui/browser/`: called with a key and data, as Streamlit's own are.

    Data are handed over as bytes: as JSON Streamlit would look through them twice and write each Chinese
    sign as six.
    """
    mount = st.components.v2.component(f"cockpit_{name}", html=html, js=_loader(name))

    def drawn(*, key: str, data: Any, **called: Any) -> None:
        mount(key=key, data=packed(data), **called)

    return drawn


def packed(data: Any) -> bytes:
    """Data as the browser reads them."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def filled(told: Mapping[str, Any]) -> dict[str, Any]:
    """What there is to tell; zero is something.

    >>> filled({"text": "0", "value": 0, "title": "", "unit": None, "phone": False, "spark": []})
    {'text': '0', 'value': 0}
    """
    return {key: value for key, value in told.items() if value or type(value) in (int, float)}


def _loader(name: str) -> str:
    """What comes along with a mount. It runs from a blob, which knows no address but the page's."""
    address = f'new URL("scripts/{file_name(name)}", document.baseURI)'
    return (
        f"const script = import({address});\nexport default async (mount) => (await script).mounted(mount);"
    )


@cache
def script(name: str) -> str:
    """A component's script; its style is one sheet that all its mounts on a page share."""
    css, js = (_text(name, kind) for kind in ("css", "js"))
    return f"{js}\nstyle.replaceSync({json.dumps(css)});\n"


def _text(name: str, kind: str) -> str:
    files = [FOLDER / f"{part}.{kind}" for part in FILES[name]]
    return "".join(file.read_text("utf-8") for file in files if file.exists())


@cache
def file_name(name: str) -> str:
    """The name a script is fetched by; another content has another name."""
    return f"{name}-{sha256(script(name).encode()).hexdigest()[:16]}.js"


def routes() -> list[Route]:
    """Where scripts are fetched, under any path in front of the pages; they tell of no data."""
    known = {file_name(name): script(name) for name in FILES}

    async def fetched(request: Request) -> Response:
        content = known.get(request.path_params["file"])
        if content is None:
            return PlainTextResponse("There is no such script.", 404, {"Cache-Control": "no-store"})
        return Response(content, media_type="text/javascript", headers=FOR_EVER)

    return [
        Route("/scripts/{file}", fetched, methods=["GET"]),
        Route("/{base:path}/scripts/{file}", fetched, methods=["GET"]),
    ]

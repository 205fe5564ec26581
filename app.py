"""The server's door. `streamlit run app.py` or `python cockpit.py serve`.

Pages run from `ui/main.py`; this file warms up before the first visitor and compresses what goes
over the line.
"""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

ROOT = Path(__file__).parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from ui.live import warm_up  # noqa: E402


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Everything heavy once, in one thread; then it is taken out of the garbage collector's sight,
    for Streamlit collects all generations after every run."""
    warm_up()
    gc.collect()
    gc.freeze()
    yield {}


app = st.App(
    ROOT / "ui" / "main.py",
    lifespan=lifespan,
    middleware=[Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)],
)

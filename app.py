"""The server's door. `streamlit run app.py` or `python cockpit.py serve`.

Pages run from `ui/main.py`; this file refuses what is unsafe, warms up before the first visitor, and
composes what a request passes on its way.
"""

import gc
import logging
import os
import sys
import threading
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

from ui.base.components import routes as script_routes  # noqa: E402
from ui.base.failures import failed_click  # noqa: E402
from ui.base.files import routes as file_routes  # noqa: E402
from ui.base.snapshot import live, warm_up  # noqa: E402
from ui.server.ahead import SECONDS, Ahead  # noqa: E402
from ui.server.doors import doors  # noqa: E402
from ui.server.first_page import FirstPage  # noqa: E402
from ui.server.gate import Gate  # noqa: E402
from ui.server.health import routes  # noqa: E402
from ui.server.log import RequestLog  # noqa: E402
from ui.server.start import reached_at, start  # noqa: E402

PATIENCE = 2.0  # seconds for what is opened ahead to end
NEW_OBJECTS = 50_000  # before the youngest are looked through; Python begins at 700, Streamlit after each run

config = start()
base = config.address.path if config.address else ""


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Everything heavy once, in one thread; then it is taken out of the garbage collector's sight, which
    begins again once so many objects are new, instead of after every run."""
    warm_up()
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    logging.getLogger("cockpit").info("started")
    sys.stdout.write(f"{config.title}: {reached_at(config)}\n")
    sys.stdout.flush()
    ahead = Ahead(live(), float(os.environ.get("COCKPIT_AHEAD", SECONDS)))
    thread = threading.Thread(target=ahead.run, daemon=True)
    if ahead.seconds:
        thread.start()
    yield {}
    ahead.ended.set()
    if thread.is_alive():
        thread.join(PATIENCE)
    logging.getLogger("cockpit").info("ended")


identity, sign_in_routes = doors()
app = st.App(
    ROOT / "ui" / "main.py",
    lifespan=lifespan,
    on_script_error=failed_click,
    routes=[*routes(base), *sign_in_routes, *file_routes(), *script_routes()],
    middleware=[
        Middleware(RequestLog),
        Middleware(Gate, address=config.address),
        *identity,
        Middleware(FirstPage, base=base),
        Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5),
    ],
)

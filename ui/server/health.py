"""`/readyz`: may readers be sent here? `/version`: what runs here. No data, and no names of it."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from data_access import snapshot as life
from data_access.errors import CockpitError
from data_access.view.store import Store
from ui.base.snapshot import Live, live
from ui.server.release import release

FRESH = 5.0  # seconds that a look holds good

Mark = tuple[int, int, int, int]


class Health:
    """Whether the snapshot that is served is there, whole and young enough.

    It was verified byte by byte when it was opened; from then on only files that were touched are read
    again, so a look costs milliseconds.
    """

    def __init__(self, shown: Live) -> None:
        self.live = shown
        self._lock = threading.Lock()
        self._looked = 0.0
        self._found: tuple[int, dict[str, Any]] = (503, {"status": "starting"})
        self._marks: dict[str, Mark] = {}
        self._of = ""

    def found(self) -> tuple[int, dict[str, Any]]:
        """Status and words; at most five seconds old."""
        with self._lock:
            if time.monotonic() - self._looked > FRESH or not self._looked:
                status, store = self._look()
                words = {"status": status, "snapshot": store.id if store else None, "as_of": None}
                if store:
                    words["as_of"] = max((day.isoformat() for day in store.as_of.values()), default=None)
                self._found = (200 if status == "ok" else 503, words)
                self._looked = time.monotonic()
            return self._found

    def _look(self) -> tuple[str, Store | None]:
        config = self.live.config
        try:
            store = self.live.store()
        except CockpitError:
            missing = life.current_id(config.snapshots) is None
            return ("none" if missing else "damaged"), None
        if life.current_id(config.snapshots) is None or not store.snapshot.has("manifest.json"):
            return "removed", store
        if not self._is_whole(store.snapshot):
            return "damaged", store
        hours = config.policy.snapshot_hours
        age = (datetime.now(UTC) - life.built_at(store.snapshot)).total_seconds() / 3600
        return ("old" if hours and age > hours else "ok"), store

    def _is_whole(self, snapshot: life.Snapshot) -> bool:
        if self._of != snapshot.id:
            self._of, self._marks = snapshot.id, {}
        try:
            published = snapshot.file("manifest.json").stat().st_mtime_ns
            life.manifest_of(snapshot.folder)
            for name in life.served(snapshot):
                told = snapshot.file(name).stat()
                mark = (told.st_size, told.st_mtime_ns, told.st_ctime_ns, told.st_ino)
                untouched = name not in self._marks and told.st_mtime_ns <= published
                if self._marks.get(name) != mark and not untouched and not snapshot.is_whole(name):
                    return False
                self._marks[name] = mark
        except (OSError, ValueError):
            return False
        return True


def routes(base: str) -> Sequence[Route]:
    """Both under the path of the public address and without it, for those who ask on the machine itself."""
    held: dict[str, Health] = {}

    async def readyz(_: Request) -> JSONResponse:
        if not held:
            held["health"] = Health(await run_in_threadpool(live))
        status, words = await run_in_threadpool(held["health"].found)
        return JSONResponse(words, status, {"cache-control": "no-store"})

    async def version(_: Request) -> JSONResponse:
        return JSONResponse(await run_in_threadpool(release), headers={"cache-control": "no-store"})

    return [
        Route(prefix + name, answer)
        for prefix in dict.fromkeys(("", base))
        for name, answer in (("/readyz", readyz), ("/version", version))
    ]

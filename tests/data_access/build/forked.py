"""`python cockpit.py build` in processes that are cheap to begin: forked where all is imported already.

The one they are forked from is a fresh interpreter that has imported and nothing else: Polars' threads,
which no fork takes along, begin in the build.
"""

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

REPO = Path(__file__).resolve().parents[3]
TODAY = "2026-11-20"
# what the command imports at once, and what a build imports on its way
IMPORTED = ("statsmodels.api", "statsmodels.formula.api", "pyarrow.compute", "scipy.stats", "sqlalchemy")
IMPORTED += ("sqlalchemy.dialects.sqlite", "holidays.countries", "polars.io", "pytest", "cockpit", __name__)


class Step(NamedTuple):
    """What a build said that it begins, and when: seconds after the build began."""

    name: str
    begun: float


class Forked:
    """A build that runs: what it says, step by step, and its end."""

    def __init__(self, config: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(IMPORTED))
        reader, writer = context.Pipe(duplex=False)
        self.process = context.Process(target=_run, args=(str(config), writer))
        self.began = time.perf_counter()
        with _in_the_repository():
            self.process.start()
        writer.close()
        self.said = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
        reader.close()
        self.steps: list[Step] = []

    @property
    def since(self) -> float:
        return time.perf_counter() - self.began

    def heard(self) -> Iterator[Step]:
        """The steps from here on, each as it is said; ends with the build."""
        for line in self.said:
            self.steps.append(Step(line.strip(), self.since))
            yield self.steps[-1]

    def until(self, name: str) -> None:
        """Waits for a step to be said, or for the end."""
        for step in self.heard():
            if step.name == name:
                return

    def kill(self) -> int | None:
        """SIGKILL; what it had said is heard out. The exit code: 0 where the build had ended before."""
        self.process.kill()
        return self.ended()

    def ended(self) -> int | None:
        list(self.heard())
        self.said.close()
        self.process.join()
        return self.process.exitcode


def _run(config: str, said: Connection) -> None:
    """The command as the terminal begins it; what it says on stderr goes to who began it."""
    import cockpit

    os.dup2(said.fileno(), 2)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.argv = ["cockpit.py", "build", "--config", config, "--today", TODAY, "--accept"]
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        cockpit.main()


@contextmanager
def _in_the_repository() -> Iterator[None]:
    """The first build starts the process to fork from, which imports from where it stands."""
    before = Path.cwd()
    os.chdir(REPO)
    try:
        yield
    finally:
        os.chdir(before)

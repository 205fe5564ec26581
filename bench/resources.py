"""What something takes of the machine, and what machine it is."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from ui.server.release import ROOT, release

LIBRARIES = ("polars", "duckdb", "streamlit")
Say = Callable[[str, float], None]


@contextmanager
def clocked() -> Iterator[dict[str, float]]:
    """Seconds by the clock (`wall`) and of this process's processors (`cpu`)."""
    found: dict[str, float] = {}
    wall, cpu = time.perf_counter(), time.process_time()
    yield found
    found |= {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def cheapest(work: Callable[[], Any], *, times: int = 3, enough: float = 2.0) -> dict[str, float]:
    """The cheapest of some runs, for others work on the machine too; after `enough` seconds one is one."""
    runs: list[dict[str, float]] = []
    while len(runs) < times and sum(run["wall"] for run in runs) < enough:
        with clocked() as run:
            work()
        runs.append(run)
    return {key: min(run[key] for run in runs) for key in ("wall", "cpu")}


def by_step(say: Say) -> tuple[Say, dict[str, dict[str, float]], Callable[[], None]]:
    """A progress that clocks each step; the steps so far, and what ends the last one."""
    found: dict[str, dict[str, float]] = {}
    last: list[Any] = ["", 0.0, 0.0]

    def end() -> None:
        step, wall, cpu = last
        if step:
            spent = found.setdefault(step, {"wall": 0.0, "cpu": 0.0})
            spent["wall"] += time.perf_counter() - wall
            spent["cpu"] += time.process_time() - cpu
        last[:] = ["", 0.0, 0.0]

    def progress(step: str, share: float) -> None:
        if step != last[0]:
            end()
            last[:] = [step, time.perf_counter(), time.process_time()]
        say(step, share)

    return progress, found, end


def peak() -> int:
    """The most bytes of memory that this process has held so far."""
    status = Path("/proc/self/status")
    if status.exists():  # of this program alone; what getrusage tells may be the parent's
        [line] = [line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def commit() -> str:
    """The commit of this checkout, and whether it was changed since."""
    told = str(release()["commit"] or "unknown")
    asked = ["git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return told
    changed = [line for line in done.stdout.splitlines() if not line.endswith("docs/benchmarks.md")]
    return f"{told} with changes" if changed else told


def machine() -> str:
    """Processor, cores, memory, system and versions, in one line."""
    info, model = Path("/proc/cpuinfo"), platform.processor() or platform.machine()
    if info.exists():
        names = [line for line in info.read_text("utf-8").splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    memory = psutil.virtual_memory().total / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} × {model}, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {libraries}"
    )

"""The kills of a run as a document: when, at which step, what served afterwards, how soon."""

import platform
import subprocess
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import NamedTuple

REPO = Path(__file__).resolve().parents[3]
AIM = 500
FORMER, NEW = "the former, whole", "the new, whole"


class Kill(NamedTuple):
    """`moment`: seconds after the build began; `told`: until a figure was told again; `built`: what the next
    build took that was let through, where one was tried at once."""

    moment: float
    step: str
    served: str
    told: float
    built: float | None = None


def commit() -> str:
    """The commit that ran; what was not committed is said."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=REPO, capture_output=True, text=True, check=True
        ).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short=12", "HEAD") + (" with changes" if changed else "")


def step_of(told: str) -> str:
    """The last step that a build said it began."""
    lines = [line for line in told.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "start"


def document(kills: list[Kill], through: int, ran: str, steps: list[str], whole: float) -> str:
    """The table of a run: by step, then each kill.

    `through`: builds that had ended before; `ran`: the commit; `whole`: seconds of an undisturbed build.
    """
    by_step: defaultdict[str, list[Kill]] = defaultdict(list)
    for kill in kills:
        by_step[kill.step].append(kill)
    built = [kill.built for kill in kills if kill.built is not None]
    lines = [
        "# Kills of a build",
        "",
        "Written by `make soak`; do not edit. `build` runs on a small bank that delivers every table, in a "
        "process of its own, and is killed (SIGKILL). Of five kills two fall at any moment, from the start "
        "to a little after the end, two into one of the named steps, which are taken in turn, and one into "
        "the publication. After each kill the live snapshot is verified byte by byte and a figure is "
        "asked of it, opened anew: it is the former delivery's or the new one's, as the snapshot is. The "
        "next build begins where the killed one left things.",
        "",
        f"- Run on commit {ran}, Python {platform.python_version()}, {platform.system()}.",
        f"- {len(kills) + through} builds begun: {len(kills)} killed, {through} had ended before."
        + (f" The run did not reach the {AIM} kills it aims at." if len(kills) < AIM else ""),
        f"- {len(set(steps) & set(by_step))} of the {len(steps)} named steps were met.",
        f"- The former snapshot served after {sum(k.served == FORMER for k in kills)} kills, the new one "
        f"(killed once it was published) after {sum(k.served == NEW for k in kills)}; a damaged or mixed "
        "one after none.",
        f"- A figure was told again after {median(k.told for k in kills):.2f} s (median), "
        f"{max(k.told for k in kills):.2f} s at most, without a hand's help.",
        f"- After {len(built)} of the kills the next build was let through at once: all published, left "
        f"nothing behind and told the new figures, in {median(built):.1f} s (median), {max(built):.1f} s "
        f"at most; before them one took {whole:.1f} s.",
        "",
        "| step when killed | kills | moments (s) | served afterwards | a figure again, at most (s) |",
        "| --- | --- | --- | --- | --- |",
    ]
    for step, found in sorted(by_step.items(), key=lambda item: min(kill.moment for kill in item[1])):
        moments = [kill.moment for kill in found]
        served = ", ".join(dict.fromkeys(kill.served for kill in found))
        lines.append(
            f"| {step} | {len(found)} | {min(moments):.2f} – {max(moments):.2f} | {served} "
            f"| {max(kill.told for kill in found):.2f} |"
        )
    lines += ["", "| kill | moment (s) | step | served afterwards | a figure again (s) | next build (s) |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    for number, kill in enumerate(kills, 1):
        next_one = "" if kill.built is None else f"{kill.built:.1f}"
        lines.append(
            f"| {number} | {kill.moment:.2f} | {kill.step} | {kill.served} | {kill.told:.2f} | {next_one} |"
        )
    return "\n".join(lines) + "\n"

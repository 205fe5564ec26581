"""How far a command is, told on the terminal."""

import sys
from collections.abc import Callable

import typer


def shown_progress() -> Callable[[str, float], None]:
    """Steps on the terminal: one line per step, its share in place when someone watches."""
    shown: dict[str, str] = {}
    watched = sys.stderr.isatty()

    def progress(step: str, share: float) -> None:
        if shown.get("step") != step:
            if shown and watched:
                typer.echo("", err=True)
            shown["step"] = step
            typer.echo(f"  {step}", err=True, nl=not watched)
        elif watched:
            typer.echo(f"\r  {step} {share:4.0%} {'█' * int(share * 30):<30}", err=True, nl=False)

    return progress

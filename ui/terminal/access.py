"""`cockpit.py access`: who may see what today, for an auditor; and the end of a user's sessions."""

from getpass import getuser
from typing import Annotated, Any

import typer

from data_access.access.audit import Act, record
from data_access.access.sessions import Sessions
from data_access.access.settings import Auth
from data_access.errors import DataError
from data_access.intake.config import Config, read_config
from data_access.tree import Tree
from data_access.view.grants import PERMISSIONS, Right, counting
from data_access.view.output import Format
from data_access.view.register import GRANTS, Register
from data_access.view.store import Store, open_store
from metrics import CONTRACT
from ui.terminal.options import ConfigPath
from ui.terminal.rows import say

app = typer.Typer(help="Who may see what; ends sessions.", no_args_is_help=True)


@app.command()
def who(
    config: ConfigPath,
    institution: Annotated[str, typer.Option(help="Id or unambiguous name.")],
    format: Format = Format.table,
) -> None:
    """Everybody who may see an institution today, and through which right."""
    _, store, register = with_register(config)
    tree, node = store.tree, store.find(institution)
    held = counting(tree, register.rights(tree), register.today())
    found = [_row(tree, right) for right in held if tree.node_of[right.institution] in tree.path(node)]
    say(sorted(found, key=lambda row: (row["user"], row["institution"])), format)


@app.command("of")
def of_user(
    user: Annotated[str, typer.Argument(help="The user as the sign-in names him.")],
    config: ConfigPath,
    format: Format = Format.table,
) -> None:
    """What a user may today: each permission with the institutions it holds for, and how many lie below."""
    _, store, register = with_register(config)
    tree = store.tree
    grant = register.granted(tree, user)
    found = [
        {
            "permission": name,
            "institution": tree.ids[node],
            "name": tree.names[node],
            "below": tree.last[node] - node,
        }
        for name in PERMISSIONS
        for node in tree.tops(grant.of(name))
    ]
    say(found, format)


@app.command()
def report(config: ConfigPath, format: Format = Format.csv) -> None:
    """Every right of the table, and whether it counts today."""
    _, store, register = with_register(config)
    tree, today = store.tree, register.today()
    rights = register.rights(tree)
    held = counting(tree, rights, today)
    say([_row(tree, right) | {"counts": _counts(tree, right, held, register)} for right in rights], format)


@app.command("sign-out")
def sign_out(user: Annotated[str, typer.Argument(help="The user.")], config: ConfigPath) -> None:
    """Ends every session of a user at once."""
    settings = read_config(config, CONTRACT)
    ended = Sessions(settings.snapshots, settings.auth or Auth()).end_all(user)
    record(settings, Act.admin, user, by=getuser(), what="sign-out", rows=ended)
    typer.echo(f"{ended} sessions of {user} ended.")


def with_register(config: Any) -> tuple[Config, Store, Register]:
    """The rights as they count now; what is wrong with the table is said."""
    settings = read_config(config, CONTRACT)
    if GRANTS not in settings.tables:
        raise DataError(
            "{path} delivers no table of grants, so nobody has any right. Write [tables.grants] "
            "(docs/access.md).",
            path=settings.path.name,
        )
    return settings, open_store(settings), Register(settings, lambda text: typer.echo(text, err=True))


def _row(tree: Tree, right: Right) -> dict[str, Any]:
    node = tree.node_of.get(right.institution)
    return {
        "user": right.user,
        "institution": right.institution,
        "name": "" if node is None else tree.names[node],
        "permissions": " ".join(name for name in PERMISSIONS if name in right.permissions),
        "valid_from": str(right.valid_from or ""),
        "valid_to": str(right.valid_to or ""),
        "granted_by": right.granted_by or "",
    }


def _counts(tree: Tree, right: Right, held: list[Right], register: Register) -> str:
    if right in held:
        return "yes"
    if right.institution not in tree.node_of:
        return "no: there is no such institution"
    if not right.holds_on(register.today()):
        return "no: not valid today"
    return "no: its giver does not administer the institution, or gives what he may not"

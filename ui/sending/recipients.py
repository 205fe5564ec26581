"""Who is sent what: a right with an address gets the main points of its institution, and of no other."""

from dataclasses import dataclass

from data_access.access.send import MAILBOX, Send
from data_access.errors import DataError
from data_access.tree import Tree
from data_access.view.grants import EXPORT, counting
from data_access.view.register import Register
from ui.sending.message import MAIL

TO = "mail:"


@dataclass(frozen=True)
class Recipient:
    """A user, where he is reached, and the institution whose main points he is sent."""

    user: str
    address: str
    node: int


def recipients(tree: Tree, register: Register) -> list[Recipient]:
    """Everybody whose right counts today and has an address; an address is told an institution once."""
    rights = counting(tree, register.rights(tree), register.today())
    found: dict[tuple[int, str], Recipient] = {}
    for right in rights:
        if right.address:
            node = tree.node_of[right.institution]
            found.setdefault((node, right.address), Recipient(right.user, right.address, node))
    return [found[key] for key in sorted(found)]


def way_of(send: Send, one: Recipient, tree: Tree, register: Register) -> str:
    """By which way he is reached: mail, or a kind of robot. Refuses who may not take texts along."""
    if not register.granted(tree, one.user).may(EXPORT, tree, one.node):
        raise DataError(
            "{user} has no permission “export” for {institution}, so no text of it is sent to him. Add it to "
            "the row of the table of grants, or take the address out.",
            user=one.user,
            institution=tree.ids[one.node],
        )
    if one.address in send.robots:
        return send.robots[one.address].kind
    if not MAILBOX.fullmatch(one.address.removeprefix(TO)) or not one.address.startswith(TO):
        raise DataError(
            "The address “{address}” of {user} is neither mail:NAME@HOST nor a robot of [send.robots]. "
            "Known robots: {known}.",
            address=one.address,
            user=one.user,
            known=", ".join(send.robots) or "none",
        )
    if not send.smtp:
        raise DataError(
            "{user} is reached by mail, and [send] names no mail server. Write smtp and sender.",
            user=one.user,
        )
    return MAIL

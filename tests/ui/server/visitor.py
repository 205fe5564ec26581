"""A visitor without a browser: Streamlit's protocol over a websocket."""

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect


@contextmanager
def session(address: str, **options: object) -> Iterator[ClientConnection]:
    """An open session; `address` is that of the pages, http or https."""
    url = address.replace("http", "ws", 1) + "/_stcore/stream"
    given = {"subprotocols": ["streamlit"], "origin": None, "max_size": None, "proxy": None} | options
    with connect(url, **given) as socket:  # type: ignore[arg-type]
        yield socket


def run_page(socket: ClientConnection, query: str = "", name: str = "") -> None:
    """Asks for a page and does not wait for it."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_name = name
    socket.send(asked.SerializeToString())


def page(socket: ClientConnection, query: str = "", name: str = "") -> bytes:
    """All that a run of a page sends."""
    run_page(socket, query, name)
    told = b""
    while True:
        message = socket.recv(timeout=60)
        assert isinstance(message, bytes)
        told += message
        if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished":
            return told

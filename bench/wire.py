"""A reader without a browser: speaks Streamlit's own protocol over a web socket and keeps every byte."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol


@dataclass
class Wire:
    """One tab: its socket, and what came over it since the last click."""

    socket: ClientConnection
    received: list[bytes] = field(default_factory=list)
    widgets: dict[str, str] = field(default_factory=dict)  # label → id of buttons and the like
    query: str = ""
    page: str = ""
    session: str = ""  # as the server calls this tab

    def open(self, page: str, **query: str) -> bytes:
        """Opens a page by a link; all bytes until its run is over."""
        message = BackMsg()
        message.rerun_script.query_string = urlencode(query)
        message.rerun_script.page_name = page
        self.widgets = {}
        return self._send(message)

    def click(self, label: str, *within: str) -> bytes:
        """A button of the page that is open, `within` menus and beside switches that are on; without a
        button the menus and switches alone."""
        message = self._still_open(within)
        if label:
            message.rerun_script.widget_states.widgets.add(id=self.widgets[label], trigger_value=True)
        return self._send(message)

    def write(self, label: str, text: str) -> bytes:
        """A text into a field of the page that is open."""
        message = self._still_open(())
        message.rerun_script.widget_states.widgets.add(id=self.widgets[label], string_value=text)
        return self._send(message)

    def _still_open(self, within: tuple[str, ...]) -> BackMsg:
        """The page again, with its menus open and its switches on."""
        message = BackMsg()
        for label in within:
            message.rerun_script.widget_states.widgets.add(id=self.widgets[label], bool_value=True)
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        return message

    def _send(self, message: BackMsg) -> bytes:
        self.received = []
        self.socket.send(message.SerializeToString())
        while True:
            data = self.socket.recv(timeout=60)
            assert isinstance(data, bytes)
            self.received.append(data)
            told = ForwardMsg.FromString(data)
            kind = told.WhichOneof("type")
            if kind == "new_session":
                self.session = told.new_session.initialize.session_id
            elif kind == "page_info_changed":
                self.query = told.page_info_changed.query_string
            elif kind == "navigation":
                self.page = told.navigation.page_script_hash
            elif kind == "delta" and told.delta.new_element.WhichOneof("type") == "button":
                button: Any = told.delta.new_element.button
                self.widgets.setdefault(button.label, button.id)
            elif kind == "delta" and told.delta.new_element.WhichOneof("type") == "checkbox":
                switch: Any = told.delta.new_element.checkbox
                self.widgets.setdefault(switch.label, switch.id)
            elif kind == "delta" and told.delta.new_element.WhichOneof("type") == "text_input":
                entry: Any = told.delta.new_element.text_input
                self.widgets.setdefault(entry.label, entry.id)
            elif kind == "delta" and told.delta.add_block.WhichOneof("type") == "popover":
                menu: Any = told.delta.add_block.popover
                self.widgets.setdefault(menu.label, menu.id)
            elif kind == "script_finished" and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return b"\n".join(self.received)


def tab(url: str, cookie: str = "", session: str = "", **headers: str) -> Wire:
    """Opens a tab, or comes back to the `session` of one; raises PermissionError where the server refuses."""
    parts = urlsplit(url)
    sent = {"Cookie": f"cockpit_session={cookie}"} if cookie else {}
    try:
        socket = connect(  # kept open by the reader
            f"ws://{parts.netloc}{parts.path}/_stcore/stream",
            origin=Origin(f"{parts.scheme}://{parts.netloc}"),
            subprotocols=[Subprotocol(one) for one in ("streamlit", *(["none", session] if session else []))],
            additional_headers=sent | headers,
            max_size=None,
        )
    except InvalidStatus as error:
        raise PermissionError(error.response.status_code) from error
    return Wire(socket)

"""Why a database gives no connection, each reason with its remedy."""

import re
import socket

import sqlalchemy

from data_access.errors import CallError, CockpitError
from data_access.intake.source import Source

PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "oracle": 1521, "mssql": 1433}
# What drivers and servers say when they refuse: codes, or words where a driver hands on no code.
WRONG_USER = {"28P01", "28000", "1045", "1698", "18456"}
WRONG_USER_WORDS = re.compile(
    "ORA-01017|password authentication|role .* does not exist|Login failed|Access denied"
)
NO_DATABASE = {"3D000", "1049", "4060", "08004"}
NO_DATABASE_WORDS = re.compile(
    "ORA-12514|ORA-12505|database .* does not exist|Unknown database|Cannot open database"
)


def refused(source: Source, url: sqlalchemy.URL, error: Exception) -> CockpitError:
    """Why there is no connection, with its remedy; the driver's own words may hold names and are left out."""
    raw = getattr(error, "orig", None) or error
    said, codes = str(raw), {str(getattr(raw, "sqlstate", "")), *map(str, getattr(raw, "args", ())[:1])}
    port = url.port or PORTS.get(url.get_backend_name())
    if url.host and port and not _answers(url.host, port):
        return CallError(
            "[databases.{database}]: nobody answers at its host and port. "
            "Check both in the URL, that the database runs, and that the firewall lets this machine through.",
            database=source.database,
        )
    if codes & NO_DATABASE or NO_DATABASE_WORDS.search(said):
        return CallError(
            "[databases.{database}]: the server knows no database of the name in the URL. "
            "Correct what stands behind the last /, or ask for access to it.",
            database=source.database,
        )
    if codes & WRONG_USER or WRONG_USER_WORDS.search(said):
        return CallError(
            "[databases.{database}]: the server refuses user or password. "
            "Correct them in the URL; signs such as @ : / are written %40 %3A %2F there.",
            database=source.database,
        )
    return CallError(
        "[databases.{database}] cannot be opened ({kind}). "
        "Try the URL in the database's own client on this machine, then correct it.",
        database=source.database,
        kind=type(raw).__name__,
    )


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=5):
            return True
    except (OSError, ValueError):
        return False

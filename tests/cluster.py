"""A Spark Connect server on loopback for the tests: Sail, or Spark itself where COCKPIT_SPARK_HOME names it.

`make test-spark` sets it to a pyspark package: two executors of one core each, in processes of their own.
"""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil

SPARK = "COCKPIT_SPARK_HOME"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
STARTS = 300  # seconds that a server may take to listen; Sail takes one, Spark twenty, on a busy machine more


class Cluster(NamedTuple):
    """Where the server listens, and its process."""

    remote: str
    process: psutil.Popen

    def executors(self) -> list[psutil.Process]:
        """The processes of Spark's executors; Sail has none."""
        running = [
            one for one in self.process.children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE
        ]
        return [one for one in running if "Executor" in " ".join(one.cmdline())]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _command(port: int) -> list[str]:
    home = os.environ.get(SPARK)
    if home is None:
        sail = Path(sys.executable).with_name("sail")
        return [str(sail), "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": 4,
    }
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    submit = str(Path(home) / "bin" / "spark-submit")
    return [submit, "--class", CONNECT, "--master", "local-cluster[2,1,1024]", *words, "spark-internal"]


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A server of its own, with its log in `folder`; it and what it started are ended afterwards."""
    port = free_port()
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": os.environ.get(SPARK, "")}
    with (folder / "cluster.log").open("wb") as log:
        process = psutil.Popen(_command(port), cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _until_it_listens(process, port, folder / "cluster.log")
        yield Cluster(f"sc://127.0.0.1:{port}", process)
    finally:
        started = process.children(recursive=True) if process.is_running() else []
        for one in [process, *started]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        process.wait()


def _until_it_listens(process: psutil.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + STARTS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"the server does not listen:\n{log.read_text('utf-8', 'replace')[-2000:]}")

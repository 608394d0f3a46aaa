"""The program under test, run as its users run it: a process, a ready line, a signal."""

import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import demo

READY_LINE = re.compile(r"cognitwin listening on http://([0-9.]+):([0-9]+)\n")
START_SECONDS = 20
STOP_SECONDS = 20


def binary() -> str:
    """`COGNITWIN_BIN`, else the newest build profile that exists."""
    named = os.environ.get("COGNITWIN_BIN")
    if named:
        return named
    target = Path(os.environ.get("CARGO_TARGET_DIR", demo.REPOSITORY / "target"))
    for profile in ("release", "debug"):
        built = target / profile / "cognitwin"
        if built.exists():
            return str(built)
    raise FileNotFoundError("no cognitwin binary: run `cargo build --release -p cognitwin`, or set COGNITWIN_BIN")


def environment(extra=None) -> dict[str, str]:
    """This process's environment without what would configure the program or point an AWS client elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COGNITWIN_", "AWS_"))}
    return kept | (extra or {})


def run(*args, env=None, timeout=START_SECONDS) -> subprocess.CompletedProcess:
    """Runs a command of the program that is expected to end by itself."""
    command = [binary(), *map(str, args)]
    return subprocess.run(command, env=environment(env), capture_output=True, text=True, timeout=timeout)


class Server:
    """A running server on a free loopback port. `stop` ends it and returns its exit code."""

    def __init__(self, *args, env=None, port_args=("--port", "0")):
        # A file, not a pipe: nobody reads the log while the server runs, and a full pipe would block it.
        self._log = tempfile.NamedTemporaryFile(prefix="cognitwin-", suffix=".log")  # noqa: SIM115
        self.process = subprocess.Popen(
            [binary(), *port_args, *map(str, args)],
            env=environment(env), stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip
        try:
            self.ready_line = self._first_line()
            ready = READY_LINE.fullmatch(self.ready_line)
            assert ready, f"not a ready line: {self.ready_line!r}; the log says: {self.log()}"
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self.port = int(ready[2])
        self.host = "127.0.0.1"
        self.url = f"http://127.0.0.1:{self.port}"

    def _first_line(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(deadline - time.monotonic()), f"no ready line in {START_SECONDS} s: {self.log()}"
        return self.process.stdout.readline()

    def log(self) -> str:
        return Path(self._log.name).read_text()

    def stop(self, with_signal=signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def stop_cleanly(self):
        """Ends the server and asserts what holds of every run: exit 0, one line on stdout, no panic."""
        code = self.stop()
        log = self.log()
        assert code == 0, f"exit {code}: {log[-4000:]}"
        assert self.process.stdout.read() == "", "the ready line is all there is on stdout"
        assert "panicked" not in log, log[-4000:]

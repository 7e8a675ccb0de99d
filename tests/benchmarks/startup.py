"""From exec to the first painted window beside a bare one, and what happens behind the window after that.

It needs a display (on Linux: Xvfb will do). `--frozen PROGRAM` (or the variable FROZEN) measures an installed
program, too. Ratios come from interleaved, warm starts on one machine; milliseconds are for orientation.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._measure import CHECKOUT, report
from loopback import LoopbackServer, Reply

STARTS = 9
PROBES = 5
IDLE_SECONDS = 10.0
SETTLE_SECONDS = 15.0
PROBE = Path(__file__).with_name("_startup_probe.py")
BARE = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow

class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        import time
        print(time.time(), flush=True)

app = QApplication(sys.argv)
window = Window()
window.resize(1280, 820)
window.show()
app.exec()
"""
PAINTED = re.compile(r"^(\S+ \S+) INFO desktop_agent\.app: The window is painted\.", re.MULTILINE)


def variables(home: str, **more: str) -> dict[str, str]:
    """An environment with a home of its own; Python keeps what it compiled, as it does for people."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("OPENAI_")
    }
    compiled = str(CHECKOUT / ".cache" / "startup-bytecode")
    own = {"PYTHONPATH": str(CHECKOUT), "PYTHONPYCACHEPREFIX": compiled, "DESKTOP_AGENT_HOME": home}
    return {**kept, **own, **more}


def provider_of(server: LoopbackServer) -> dict[str, str]:
    """Variables that name the loopback server as the provider."""
    return {
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_API_KEY": "sk-benchmark",
        "OPENAI_MODEL": "test-model",
    }


@contextmanager
def started(command: Sequence[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the block."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def bare_milliseconds() -> float:
    """From exec to the first paint of a QMainWindow."""
    begun = time.time()
    with started([sys.executable, "-c", BARE], variables("")) as process:
        assert process.stdout is not None
        return (float(process.stdout.readline()) - begun) * 1000


def our_milliseconds(command: Sequence[str]) -> float:
    """From exec to the line in the log that says that the window is painted."""
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "logs" / "desktop-agent.log"
        begun = time.time()
        with started(command, variables(home)):
            while True:
                found = PAINTED.search(log.read_text("utf-8")) if log.exists() else None
                if found:
                    break
                if time.time() - begun > 60:
                    raise RuntimeError("The window did not appear.")
                time.sleep(0.02)
    moment = datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S,%f").timestamp()
    return (moment - begun) * 1000


def paint_figures(frozen: str) -> dict[str, float]:
    """Medians of interleaved starts, the first of each not counted."""
    ways: dict[str, Callable[[], float]] = {
        "bare": bare_milliseconds,
        "ours": lambda: our_milliseconds([sys.executable, "-m", "desktop_agent", "--demo"]),
    }
    if frozen:
        ways["frozen"] = lambda: our_milliseconds([frozen, "--demo"])
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(STARTS + 1):
        for name, way in ways.items():
            taken = way()
            if number:
                times[name].append(taken)
    medians = {f"{name}_ms": round(statistics.median(each), 1) for name, each in times.items()}
    for name in ways:
        if name != "bare":
            medians[f"{name}_ratio"] = round(medians[f"{name}_ms"] / medians["bare_ms"], 3)
    return medians


def probe(*arguments: str) -> dict[str, Any]:
    """One start that watches itself; with "early", when the server got its message, too."""
    with tempfile.TemporaryDirectory() as home, LoopbackServer() as server:
        server.enqueue(Reply(text="Good morning."), Reply(text="A title"))
        process = subprocess.run(
            [sys.executable, str(PROBE), *arguments],
            env=variables(home, **provider_of(server)),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        found: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
        if arguments:
            received = server.wait_request().at
            found["out_after_import_ms"] = round((received - found["openai_ended"]) * 1000, 1)
        return found


def behind_figures() -> dict[str, Any]:
    """Medians over starts of what happens after the first paint."""
    plain = [probe() for _ in range(PROBES)]
    early = [probe("early") for _ in range(PROBES)]
    return {
        "gap_ms": statistics.median(each["gaps_ms"][0][0] for each in plain),
        "gap_early_ms": statistics.median(each["gaps_ms"][0][0] for each in early),
        "gaps_ms": [each["gaps_ms"][0] for each in plain + early],
        "openai_began_ms": statistics.median(each["openai_began_ms"] for each in plain),
        "openai_ended_ms": statistics.median(each["openai_ended_ms"] for each in plain),
        "out_after_import_ms": statistics.median(each["out_after_import_ms"] for each in early),
    }


def wake_ups(process: int) -> int:
    """How often the threads of a process went to sleep so far (Linux)."""
    count = 0
    for status in Path(f"/proc/{process}/task").glob("*/status"):
        found = re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(), re.MULTILINE)
        count += int(found[1]) if found else 0
    return count


def resident_megabytes(process: int) -> float:
    """What a process keeps in memory (Linux)."""
    found = re.search(r"^VmRSS:\s*(\d+)", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def idle_figures() -> dict[str, float]:
    """Memory and wake-ups of a window that nobody uses."""
    with tempfile.TemporaryDirectory() as home, LoopbackServer() as server:
        command = [sys.executable, "-m", "desktop_agent"]
        with started(command, variables(home, **provider_of(server))) as process:
            time.sleep(SETTLE_SECONDS)
            before = wake_ups(process.pid)
            time.sleep(IDLE_SECONDS)
            return {
                "idle_mb": round(resident_megabytes(process.pid), 1),
                "wake_ups_in_10_s": wake_ups(process.pid) - before,
            }


def main() -> int:
    """Measure and print; `--json` prints one JSON object."""
    options = sys.argv[1:]
    frozen = options[options.index("--frozen") + 1] if "--frozen" in options else os.environ.get("FROZEN", "")
    probe()  # compiles what is not yet
    result: dict[str, Any] = {**paint_figures(frozen), **behind_figures()}
    if sys.platform.startswith("linux"):
        result |= idle_figures()
    lines = [
        f"first paint: {result['ours_ms']} ms, {result['ours_ratio']} times a bare window (at most 1.25)",
        f"away after the first paint: {result['gap_ms']} ms (less than 50)",
        f"away after it while an early message is sent: {result['gap_early_ms']} ms",
        f"all of these, with their time: {result['gaps_ms']}",
        f"import of openai: begins {result['openai_began_ms']} ms after the first paint (at most 100)",
        f"import of openai: ends {result['openai_ended_ms']} ms after it",
        f"an early message goes out {result['out_after_import_ms']} ms after its end (at most 300)",
    ]
    if frozen:
        lines.append(f"frozen: {result['frozen_ms']} ms, {result['frozen_ratio']} times (at most 1.5)")
    if "idle_mb" in result:
        lines.append(f"idle: {result['idle_mb']} MB resident (less than 190)")
        lines.append(f"idle: {result['wake_ups_in_10_s']} wake-ups in 10 s (none)")
    report(result, lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())

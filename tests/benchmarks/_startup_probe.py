"""One start of the real window that watches itself: the event loop, the import of openai, an early message.

It prints one JSON object; times are those of `time.monotonic`, in seconds, counted from the first paint.
"""

from __future__ import annotations

import importlib.machinery
import json
import sys
import time
from types import ModuleType

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest

TICK = 2
"""Milliseconds from one beat of the heart to the next."""
WATCHED_SECONDS = 4.0


class _OpenAIWatch:
    """Notes when the import of openai begins and ends; a finder as `sys.meta_path` has them."""

    def __init__(self) -> None:
        self.began = self.ended = 0.0

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != "openai" or self.began:
            return None
        self.began = time.monotonic()
        spec = importlib.machinery.PathFinder.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def watched(module: ModuleType) -> None:
            execute(module)
            self.ended = time.monotonic()

        spec.loader.exec_module = watched  # type: ignore[method-assign]
        return spec


class _Heart(QObject):
    """Beats from the first paint on; each gap is how long the event loop was away."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.gaps: list[tuple[float, float]] = []
        self.painted = 0.0
        self._last = 0.0
        self._timer = QTimer(self, interval=TICK, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self.painted = self._last = time.monotonic()
        self._timer.start()

    def _beat(self) -> None:
        now = time.monotonic()
        self.gaps.append((now - self._last, now - self.painted))
        self._last = now


def main(arguments: list[str]) -> int:
    """Open the window; with "early", type a message and press Enter as soon as it is painted."""
    watch = _OpenAIWatch()
    sys.meta_path.insert(0, watch)
    from desktop_agent import __main__, app
    from desktop_agent.gui.main_window import MainWindow

    heart = _Heart(app.make_application())
    wait = app._wait_for_first_paint

    def wait_and_watch(window: MainWindow) -> None:
        wait(window)
        heart.start()
        if "early" in arguments:
            QTimer.singleShot(0, lambda: send_once(window))
        QTimer.singleShot(int(WATCHED_SECONDS * 1000), window, window.close)

    sent: list[float] = []

    def send_once(window: MainWindow) -> None:
        sent.append(time.monotonic())
        QTest.keyClicks(window.composer.editor, "Good morning")
        QTest.keyClick(window.composer.editor, Qt.Key.Key_Return)

    app._wait_for_first_paint = wait_and_watch
    status = __main__.run([])
    slowest = sorted(heart.gaps, reverse=True)[:5]
    print(
        json.dumps(
            {
                "painted": heart.painted,
                "gaps_ms": [(round(gap * 1000, 1), round(at * 1000)) for gap, at in slowest],
                "openai_began_ms": round((watch.began - heart.painted) * 1000, 1),
                "openai_ended": watch.ended,
                "openai_ended_ms": round((watch.ended - heart.painted) * 1000, 1),
                "sent_ms": round((sent[0] - heart.painted) * 1000, 1) if sent else None,
            }
        )
    )
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

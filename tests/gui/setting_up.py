"""What the tests of the pages on which providers are set up have in common: a loop, settings, a keychain."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import qasync
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from canary import CANARY
from desktop_agent.chat.model_catalog import ModelCatalog
from desktop_agent.config import keychain
from desktop_agent.config.settings import Settings
from desktop_agent.config.settings_store import SettingsStore
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.settings.connections import Connections
from desktop_agent.gui.settings.live_settings import LiveSettings
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.theme import LIGHT
from desktop_agent.gui.window_life import close_generators_in
from json_lookalike import Answer, Asked, JsonLookalike, Route
from secret_service import SecretService, require_programs

ENOUGH = 60.0
"""Seconds that nothing here takes, however loaded the machine is."""
KEY = CANARY
MODELS = Answer(
    {"object": "list", "data": [{"id": "small-1"}, {"id": "large-1"}, {"id": "text-embedding-1"}]}
)


@dataclass
class Ground:
    """What the pages stand on."""

    folder: Path
    appearance: Appearance
    scope: TaskScope
    live: LiveSettings
    connections: Connections

    @property
    def settings(self) -> Settings:
        """What counts now."""
        return self.live.settings


Steps = Callable[[Ground], Awaitable[None]]


def run(qapp: QApplication, folder: Path, steps: Steps) -> None:
    """Run steps on an event loop with Qt's, with settings of their own."""
    appearance = Appearance(LIGHT)

    async def live() -> None:
        scope = TaskScope()
        close_generators_in(scope)
        settings = LiveSettings(SettingsStore(folder / "settings.json"), scope)
        connections = Connections(settings, ModelCatalog(folder / "models"))
        failures: list[BaseException] = []
        scope.failed.connect(failures.append)
        ground = Ground(folder, appearance, scope, settings, connections)
        try:
            await asyncio.wait_for(steps(ground), ENOUGH)
        finally:
            await scope.aclose()
            await settings.aclose()
            sys.set_asyncgen_hooks(None, None)
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        assert failures == []

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(qapp)) as runner:
        runner.run(live())
    appearance.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds that Qt or a task brings about."""
    watch = _Watch()
    qapp = QApplication.instance()
    assert qapp is not None
    qapp.installEventFilter(watch)
    try:
        while not condition():
            watch.event_seen.clear()
            await watch.event_seen.wait()
    finally:
        qapp.removeEventFilter(watch)


class _Watch(QObject):
    """Tells of every event of Qt; what a page shows does not change without one."""

    def __init__(self) -> None:
        super().__init__()
        self.event_seen = asyncio.Event()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.event_seen.set()
        return False


def press(key: Qt.Key, times: int = 1, *, shift: bool = False) -> None:
    """Press a key where the keyboard is."""
    for _ in range(times):
        widget = QApplication.focusWidget()
        assert widget is not None
        modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(widget, key, modifier)


def write(text: str) -> None:
    """Type a text where the keyboard is."""
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClicks(widget, text)


def tab_to(wanted: QWidget, *, back: bool = False) -> None:
    """Press Tab until the keyboard is at `wanted`."""
    for _ in range(40):
        if QApplication.focusWidget() is wanted:
            return
        press(Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not lead to {wanted.accessibleName()!r}")


def tab_order(start: QWidget, count: int) -> list[str]:
    """The names of what Tab visits from `start`, which has the keyboard."""
    names = []
    for _ in range(count):
        widget = QApplication.focusWidget()
        assert widget is not None
        names.append(widget.accessibleName())
        press(Qt.Key.Key_Tab)
    return names


def controls_without_name(widget: QWidget) -> list[str]:
    """Everything below `widget` that can be used and has no name for a screen reader."""
    return [
        str(node.role())
        for node in _walk(QAccessible.queryAccessibleInterface(widget))
        if node.role() in _CONTROLS and not node.state().invisible and not node.text(QAccessible.Text.Name)
    ]


_CONTROLS = {
    QAccessible.Role.Button,
    QAccessible.Role.RadioButton,
    QAccessible.Role.CheckBox,
    QAccessible.Role.ComboBox,
    QAccessible.Role.EditableText,
    QAccessible.Role.List,
    QAccessible.Role.ListItem,
}


def _walk(node: QAccessibleInterface | None) -> Iterator[QAccessibleInterface]:
    if node is None:
        return
    yield node
    for index in range(node.childCount()):
        yield from _walk(node.child(index))


def texts_in(widget: QWidget) -> str:
    """Every text that can be seen or heard in a widget."""
    texts = []
    for node in _walk(QAccessible.queryAccessibleInterface(widget)):
        texts += [node.text(kind) for kind in (QAccessible.Text.Name, QAccessible.Text.Value)]
        texts.append(node.text(QAccessible.Text.Description))
    return "\n".join(texts)


def files_below(folder: Path) -> bytes:
    """Everything that was written."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def provider_server(routes: dict[str, Route] | None = None) -> JsonLookalike:
    """A provider on this machine that wants `KEY`, lists three models and streams "Hello there"."""
    return JsonLookalike({"GET /v1/models": _models, "POST /v1/chat/completions": _chat, **(routes or {})})


@pytest.fixture(name="server")
def running_server() -> Iterator[JsonLookalike]:
    """A provider on this machine."""
    with provider_server() as running:
        yield running


def _models(asked: Asked) -> Answer:
    return MODELS if asked.headers.get("authorization") == f"Bearer {KEY}" else REFUSED


def _chat(asked: Asked) -> Answer:
    return stream("Hello", " there") if asked.headers.get("authorization") == f"Bearer {KEY}" else REFUSED


REFUSED = Answer({"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, 401)


def stream(*pieces: str) -> Answer:
    """A reply in pieces, as OpenAI's protocol has it."""
    lines = []
    for number, piece in enumerate((*pieces, None)):
        chunk: dict[str, Any] = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "small-1",
            "choices": [
                {
                    "index": 0,
                    "delta": {} if piece is None else {"role": "assistant", "content": piece},
                    "finish_reason": "stop" if piece is None else None,
                }
            ],
        }
        lines.append(f"data: {json.dumps(chunk)}\n\n")
        assert number >= 0
    body = "".join([*lines, "data: [DONE]\n\n"]).encode()
    return Answer(body, headers={"content-type": "text/event-stream"})


def fresh_keychain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's keychain as it is at a start, which finds nothing of the developer's."""
    monkeypatch.setattr(keychain, "_keychain", keychain.Keychain())
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@contextmanager
def real_keychain(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """A Secret Service of the test's own, unlocked; skips where there is none."""
    require_programs()
    fresh_keychain(monkeypatch)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null")
    with tempfile.TemporaryDirectory(prefix="k") as folder, SecretService(Path(folder), monkeypatch) as made:
        made.start_unlocked()
        yield made

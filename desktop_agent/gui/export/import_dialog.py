"""The import: says what it will do with a file, then does it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from desktop_agent.chat.importing import (
    ImportPlan,
    Planned,
    Status,
    TranscriptFormatError,
    carry_out,
    read_plan,
)
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.export.status_row import StatusRow
from desktop_agent.gui.plain_text import isolated, one_line
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.typography import TextStyle
from desktop_agent.gui.widgets.buttons import ButtonKind, TextButton
from desktop_agent.gui.widgets.labels import color_label, plain_label
from desktop_agent.storage import ConversationStore, StorageError

_WIDTH, _HEIGHT = 520, 280
_NAMED = 6
_TITLE = 70  # characters


class ImportDialog(QDialog):
    """Imports one file. Nothing is written until Import is pressed.

    Args:
        store: Where the conversations go.
        path: The file.
        scope: Owns the tasks.
        appearance: Theme and zoom.
        parent: The window.

    Attributes:
        sentences: What will be done.
        status: The lower edge: progress, what came of it, or why it can't be done.
        import_button: Does it; disabled while it is not known what.

    Signals:
        planned: It is known what would be done, or that nothing can be.
        imported: It is done; carries the numbers of the conversations that were added.
        ended: The work has ended, however.
    """

    planned = Signal()
    imported = Signal(list)
    ended = Signal()

    def __init__(
        self,
        store: ConversationStore,
        path: Path,
        scope: TaskScope,
        appearance: Appearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._path, self._scope, self._appearance = store, path, scope, appearance
        self._plan: ImportPlan | None = None
        self._task: asyncio.Task[None] | None = None
        self._build_ui()
        appearance.changed.connect(self._apply_appearance)
        self._start(self._read, self.tr("Reading"))

    def _build_ui(self) -> None:
        self.setWindowTitle(self.tr("Import conversations"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_WIDTH, _HEIGHT)
        self._file = plain_label(isolated(self._path.name), self)
        self.sentences = plain_label("", self)
        self._names = plain_label("", self)
        self.cancel_button = TextButton(self.tr("Cancel"), self._appearance, parent=self)
        self.import_button = TextButton(self.tr("Import"), self._appearance, ButtonKind.PRIMARY, parent=self)
        self.import_button.setEnabled(False)
        buttons = [self.cancel_button, self.import_button]
        promise = self.tr("Nothing that is here is changed.")
        self.status = StatusRow(promise, list(buttons), self._appearance, self)
        self.cancel_button.clicked.connect(self.reject)
        self.import_button.clicked.connect(lambda: self._start(self._carry_out, self.tr("Importing")))
        words = QVBoxLayout()
        words.setContentsMargins(22, 20, 22, 12)
        words.setSpacing(12)
        for label in (self._file, self.sentences, self._names):
            words.addWidget(label)
        words.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(words, 1)
        layout.addWidget(self.status)
        self._apply_appearance()

    def _apply_appearance(self) -> None:
        theme = self._appearance.theme
        looks: list[tuple[QLabel, TextStyle]] = [
            (self._file, TextStyle.TITLE),
            (self.sentences, TextStyle.UI),
            (self._names, TextStyle.UI),
        ]
        for label, style in looks:
            label.setFont(self._appearance.text_font(style))
            color_label(label, theme.text2 if label is self._names else theme.text)
        self.update()

    # What it does

    def _start(self, work: Callable[[], Awaitable[None]], text: str) -> None:
        self.status.show_progress(text, 0.0)
        self.import_button.setEnabled(False)
        self._task = self._scope.spawn(self._guarded(work), "import")
        self._task.add_done_callback(lambda _: self.ended.emit())

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (TranscriptFormatError, StorageError) as error:
            self.status.show_trouble(str(error))
            self.cancel_button.set_label(self.tr("Close"))
            self.planned.emit()

    async def _read(self) -> None:
        def note(done: int, total: int) -> None:
            self.status.show_progress(self.tr("Reading"), done / max(1, total))

        self._plan = plan = await read_plan(self._store, self._path, note)
        self._say(self.sentences, "\n".join(self._sentences_of(plan)))
        self._say(self._names, self._names_of(plan.to_do))
        self.status.show_promise()
        can_import = bool(plan.to_do)
        self.import_button.setEnabled(can_import)
        if can_import:
            self.import_button.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.cancel_button.set_label(self.tr("Close"))
        self.planned.emit()

    async def _carry_out(self) -> None:
        def note(done: int, total: int) -> None:
            self.status.show_progress(self._counted(done), done / max(1, total))

        assert self._plan is not None
        added = await carry_out(self._store, self._plan, note)
        self.status.show_note(self.tr("Added: {count}.").format(count=self._counted(len(added))))
        self.cancel_button.set_label(self.tr("Close"))
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.imported.emit(added)

    # In words

    def _sentences_of(self, plan: ImportPlan) -> list[str]:
        if not plan.conversations:
            return [self.tr("There is no conversation in this file.")]
        said = []
        templates = {
            Status.NEW: self.tr("{count} will be added."),
            Status.THERE: self.tr("{count} will be left alone: already here."),
            Status.DIFFERENT: self.tr("{count} will be added as a copy: here already, but not the same."),
        }
        for status, template in templates.items():
            count = sum(each.status is status for each in plan.conversations)
            if count:
                said.append(template.format(count=self._counted(count)))
        return said

    def _names_of(self, planned: list[Planned]) -> str:
        """The titles of what will be added, as many as there is room for."""
        names = [isolated(one_line(each.title)[:_TITLE]) for each in planned[:_NAMED]]
        if len(planned) > _NAMED:
            more = QLocale().toString(len(planned) - _NAMED)
            names.append(self.tr("and {count} more").format(count=more))
        return "\n".join(names)

    def _counted(self, count: int) -> str:
        if count == 1:
            return self.tr("1 conversation")
        return self.tr("{count} conversations").format(count=QLocale().toString(count))

    def _say(self, label: QLabel, text: str) -> None:
        label.setText(text)
        label.setAccessibleName(text)

    # How it ends

    @override
    def reject(self) -> None:
        """Stop what is under way, and close; what was added before stays."""
        if self._task is not None:
            self._task.cancel()
        super().reject()

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        event.accept()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._appearance.theme.surface)
        painter.end()

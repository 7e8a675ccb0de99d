"""The export: what is to be written, a look at it, and the way to the disk or the clipboard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLocale, QStandardPaths, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QFrame, QScrollArea, QWidget
from typing_extensions import override

from desktop_agent.chat.exporting import ExportError, SavedConversation, preview
from desktop_agent.gui.appearance import Appearance
from desktop_agent.gui.export.export_source import ExportSource
from desktop_agent.gui.export.folders import show_in_folder
from desktop_agent.gui.export.options_panel import WIDTH, OptionsPanel, Scope
from desktop_agent.gui.export.pages import PicturePaper
from desktop_agent.gui.export.pdf import make_pictures
from desktop_agent.gui.export.preview import PreviewPane, size_text
from desktop_agent.gui.export.status_row import HEIGHT, StatusRow
from desktop_agent.gui.export.writing import Order, document_of, text_of, write
from desktop_agent.gui.rescue import file_name_of
from desktop_agent.gui.task_scope import TaskScope
from desktop_agent.gui.widgets.buttons import ButtonKind, TextButton
from desktop_agent.storage import StorageError
from desktop_agent.transcripts import Format, file_name

_PAGES_SHOWN = 3
_LISTED = 500  # names of files in the look at an archive


class ExportDialog(QDialog):
    """Exports a conversation, a part of it, or all conversations.

    Args:
        source: What can be exported.
        scope: Owns the tasks.
        parent: The window.

    Attributes:
        options: The left side.
        preview: The right side.
        status: The lower edge.
        file_dialog: The one that asks where to; None before it was opened.

    Signals:
        previewed: The look at the file is up to date.
        ended: Writing or copying has ended, however.
    """

    previewed = Signal()
    ended = Signal()

    def __init__(
        self, source: ExportSource, scope: TaskScope, appearance: Appearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._source, self._scope, self._appearance = source, scope, appearance
        self._saved: dict[Scope, SavedConversation] = {}
        self._looking: asyncio.Task[None] | None = None
        self._working: asyncio.Task[None] | None = None
        self.file_dialog: QFileDialog | None = None
        self._build_ui()
        self._connect_signals()
        self._look()

    def _build_ui(self) -> None:
        self.setWindowTitle(self.tr("Export"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(880, 620)
        self.setMinimumSize(720, 420)
        appearance = self._appearance
        self._side = QScrollArea(self)
        self._side.setFrameShape(QFrame.Shape.NoFrame)
        self._side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._side.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._side.viewport().setAutoFillBackground(False)
        self.options = OptionsPanel(self._source.scopes, appearance, self)
        self._side.setWidget(self.options)
        self._side.setWidgetResizable(True)
        self.preview = PreviewPane(appearance, self)
        self.copy_button = TextButton(self.tr("Copy"), appearance, parent=self)
        self.cancel_button = TextButton(self.tr("Cancel"), appearance, parent=self)
        self.save_button = TextButton(self.tr("Save…"), appearance, ButtonKind.PRIMARY, parent=self)
        buttons = [self.copy_button, self.cancel_button, self.save_button]
        promise = self.tr("Stored API keys are never exported.")
        self.status = StatusRow(promise, list(buttons), appearance, self)
        self.options.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)

    def _connect_signals(self) -> None:
        self.options.changed.connect(self._look)
        self.copy_button.clicked.connect(self._copy)
        self.cancel_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(self._choose_path)
        self._appearance.changed.connect(self._arrange)

    @property
    def order(self) -> Order:
        """What is wanted."""
        return Order(self.options.scope, self.options.form, self.options.options)

    @property
    def is_working(self) -> bool:
        """Whether something is being written or copied."""
        return self._working is not None and not self._working.done()

    # The look at it

    def _look(self) -> None:
        """Show the beginning of what would be written now."""
        if self._looking is not None:
            self._looking.cancel()
        if not self.is_working:
            self.status.show_promise()
            self._label_cancel()
        self.copy_button.setEnabled(self._can_copy and not self.is_working)
        self._looking = self._scope.spawn(self._guarded(self._show_look), "export preview")

    async def _show_look(self) -> None:
        order = self.order
        if order.scope is Scope.ALL:
            await self._show_names(order)
        else:
            saved = self._saved.get(order.scope)
            if saved is None:
                saved = self._saved[order.scope] = await self._source.read(order.scope)
            count = _counted(len(saved.shown), self.tr("1 message"), self.tr("{count} messages"))
            if order.form is Format.PDF:
                paper = PicturePaper(self.preview.page_width, self.devicePixelRatioF(), _PAGES_SHOWN)
                self.preview.show_pages(await make_pictures(document_of(saved), order.options, paper), count)
            else:
                shown = await preview(saved, order.form, order.options)
                size = size_text(len(shown.text.encode(errors="replace")))
                words = self.tr("{count}, {size}") if shown.is_whole else self.tr("{count}, more than {size}")
                is_markdown = order.form is Format.MARKDOWN
                self.preview.show_text(
                    shown.text, words.format(count=count, size=size), is_markdown=is_markdown
                )
        self.previewed.emit()

    async def _show_names(self, order: Order) -> None:
        """The names of the files in an archive."""
        rows = await self._source.summaries()
        names = [file_name(row.id, row.title, order.form.suffix) for row in rows[:_LISTED]]
        if len(rows) > _LISTED:
            names.append("…")
        count = _counted(len(rows), self.tr("1 conversation"), self.tr("{count} conversations"))
        self.preview.show_text("\n".join(names), count, is_markdown=False)

    # Copying and writing

    @property
    def _can_copy(self) -> bool:
        return self.options.form is not Format.PDF and self.options.scope is not Scope.ALL

    def _copy(self) -> None:
        if self._can_copy:
            self._work(self._put_on_clipboard)

    async def _put_on_clipboard(self) -> None:
        text = await text_of(self._source, self.order, self._show_progress)
        QGuiApplication.clipboard().setText(text)
        self.status.show_note(self.tr("Copied."))

    def _choose_path(self) -> None:
        """Ask where to, in the system's own dialog."""
        if self.is_working:
            return
        order = self.order
        dialog = self.file_dialog = QFileDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.destroyed.connect(self._forget_file_dialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        label = self.tr("Archive") if order.scope is Scope.ALL else order.form.label
        dialog.setNameFilter(f"{label} (*{order.suffix})")
        dialog.setDefaultSuffix(order.suffix[1:])
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog.setDirectory(documents)
        title = self._source.title if order.scope is not Scope.ALL else self.tr("Conversations")
        dialog.selectFile(file_name_of(title).removesuffix(".md") + order.proposed_ending)
        dialog.fileSelected.connect(lambda path: self._work(partial(self._write, Path(path))))
        dialog.open()

    def _forget_file_dialog(self) -> None:
        self.file_dialog = None

    async def _write(self, path: Path) -> None:
        await write(self._source, self.order, path, self._show_progress)
        self.status.show_saved(path, partial(show_in_folder, path))

    def _show_progress(self, done: int, total: int) -> None:
        locale = QLocale()
        numbers = {"done": locale.toString(done), "total": locale.toString(total)}
        template = self.tr("{done} of {total} messages")
        if self.options.scope is Scope.ALL:
            template = self.tr("{done} of {total} conversations")
        self.status.show_progress(template.format(**numbers), done / max(1, total))

    def _work(self, work: Callable[[], Awaitable[None]]) -> None:
        if self.is_working:
            return
        self.status.show_progress(self.tr("Reading"), 0.0)
        self._working = self._scope.spawn(self._guarded(work), "export")
        self._working.add_done_callback(lambda _: self._end_work())
        self.options.setEnabled(False)
        self.save_button.setEnabled(False)
        self.copy_button.setEnabled(False)
        self.cancel_button.set_label(self.tr("Stop"))
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end_work(self) -> None:
        if self._working is not None and self._working.cancelled():
            self.status.show_note(self.tr("Stopped. Nothing was written."))
        self._working = None
        self.options.setEnabled(True)
        self.save_button.setEnabled(True)
        self.copy_button.setEnabled(self._can_copy)
        self._label_cancel()
        self.ended.emit()

    def _label_cancel(self) -> None:
        is_done = not self.status.link.isHidden()
        self.cancel_button.set_label(self.tr("Close") if is_done else self.tr("Cancel"))

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (ExportError, StorageError) as error:
            self.status.show_trouble(str(error))

    # How it ends

    @override
    def reject(self) -> None:
        """Stop what is being written; close when nothing is."""
        if self._working is not None and not self._working.done():
            self._working.cancel()
        else:
            self._leave()

    def _leave(self) -> None:
        for task in (self._working, self._looking):
            if task is not None:
                task.cancel()
        super().reject()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose_path()
        else:
            super().keyPressEvent(event)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._leave()
        event.accept()

    # Look

    @override
    def resizeEvent(self, event: object) -> None:
        self._arrange()

    def _arrange(self) -> None:
        zoom = self._appearance.zoom
        side = min(round(WIDTH * max(1.0, zoom)), self.width() // 2)
        height = self.height() - HEIGHT
        left = self.width() - side if self.isRightToLeft() else 0
        self._side.setGeometry(left, 0, side, height)
        right = 0 if self.isRightToLeft() else side + 1
        self.preview.setGeometry(right, 0, self.width() - side - 1, height)
        self.status.setGeometry(0, height, self.width(), HEIGHT)
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self._appearance.theme, QPainter(self)
        painter.fillRect(self.rect(), theme.window)
        edge = self._side.geometry()
        x = edge.left() - 1 if self.isRightToLeft() else edge.right() + 1
        painter.fillRect(x, 0, 1, edge.height(), theme.border)
        painter.end()


def _counted(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return one if count == 1 else many.format(count=QLocale().toString(count))

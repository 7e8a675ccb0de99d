"""Which widgets have accessible objects of their own, and the table that keeps these alive for Qt."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

Maker = Callable[[QObject], QAccessibleInterface | None]

_TEXT_PROPERTY = "desktopAgentText"
_makers: list[Maker] = []
_interfaces: dict[int, QAccessibleInterface] = {}
"""Qt holds bare pointers only: an interface that is not kept here crashes the program."""


def mark_as_text(widget: QWidget) -> None:
    """Let screen readers find a widget that paints a text as that text: its accessible name."""
    widget.setProperty(_TEXT_PROPERTY, True)


def install(maker: Maker) -> None:
    """Ask `maker` for the accessible object of each widget; it returns None for those that are not its own.

    Call it before the first such widget is shown. A maker that is known already is not added again.
    """
    if not _makers:
        QAccessible.installFactory(_make)
    if maker not in _makers:
        _makers.append(maker)


def _make(_class_name: str, thing: QObject) -> QAccessibleInterface | None:
    for maker in (*_makers, _make_text):
        interface = maker(thing)
        if interface is not None:
            return _keep(interface, thing)
    return None


def _keep(interface: QAccessibleInterface, thing: QObject) -> QAccessibleInterface:
    key = id(thing)
    _interfaces[key] = interface
    thing.destroyed.connect(lambda: _interfaces.pop(key, None))
    return interface


def _make_text(thing: QObject) -> QAccessibleInterface | None:
    if isinstance(thing, QWidget) and thing.property(_TEXT_PROPERTY):
        return QAccessibleWidget(thing, QAccessible.Role.StaticText)
    return None

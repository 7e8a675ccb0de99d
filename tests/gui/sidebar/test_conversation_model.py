"""The rows: their identity through news, their headings, the day."""

from __future__ import annotations

import random
from contextlib import ExitStack
from datetime import datetime, timedelta

from PySide6.QtCore import QLocale, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_agent.gui.sidebar.conversation_model import ConversationModel
from desktop_agent.storage import ConversationSummary
from gui.sidebar.sidebar_pictures import NOW, clock, conversations, summary


def names(model: ConversationModel) -> list[str]:
    return [model.index(row).data() for row in range(model.rowCount())]


def test_rows_keep_their_identity_through_random_news(qapp: QApplication) -> None:
    rng = random.Random(5)
    model = ConversationModel(clock)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    known = {
        number: summary(number, f"Title {number}", NOW - timedelta(hours=rng.randrange(2000)))
        for number in range(60)
    }
    held: dict[int, QPersistentModelIndex] = {}
    for _ in range(100):
        for number in rng.sample(range(60), 3):
            moment = NOW - timedelta(hours=rng.randrange(2000))
            title = f"Title {rng.random()}"
            known[number] = summary(number, title, moment, is_pinned=rng.random() < 0.1)
        if rng.random() < 0.3:
            known.pop(rng.choice(list(known)))
        rows: list[ConversationSummary] = list(known.values())
        rng.shuffle(rows)
        model.set_conversations(rows)
        assert sorted(model.ids()) == sorted(known)
        for number, index in held.items():
            assert index.isValid() == (number in known)
            assert number not in known or index.data() == known[number].title
        held = {number: QPersistentModelIndex(model.index_of(number)) for number in known}
    assert tester.model() is model


def test_rows_that_stay_where_they_are_move_nothing(qapp: QApplication, qtbot: QtBot) -> None:
    model = ConversationModel(clock)
    model.set_conversations(conversations())
    rows = conversations()
    rows[2] = summary(3, "Parse TSV", rows[2].updated_at)
    moved = (model.layoutChanged, model.rowsInserted, model.rowsRemoved, model.modelReset)
    with ExitStack() as stack:
        for signal in moved:
            stack.enter_context(qtbot.assertNotEmitted(signal))
        stack.enter_context(qtbot.waitSignal(model.dataChanged))
        model.set_conversations(rows)
    assert model.index_of(3).data() == "Parse TSV"


def test_months_have_their_names_and_other_years_their_number(qapp: QApplication) -> None:
    now = datetime.now().astimezone()
    last_year = now.replace(year=now.year - 1, month=1, day=5)
    model = ConversationModel()
    model.set_conversations([summary(1, "a", last_year)])
    january = QLocale().standaloneMonthName(1)
    assert names(model) == [f"{january} {now.year - 1}", "a"]


def test_at_midnight_the_rows_move_to_their_new_headings(qapp: QApplication, qtbot: QtBot) -> None:
    midnight = NOW.replace(hour=0, minute=0) + timedelta(days=1)
    times = [midnight - timedelta(milliseconds=5)]
    model = ConversationModel(lambda: times[-1])
    model.set_conversations([summary(1, "a", NOW), summary(2, "b", NOW - timedelta(days=1))])
    assert names(model) == ["Today", "a", "Yesterday", "b"]
    with qtbot.waitSignal(model.layoutChanged):  # by the model's own timer
        times.append(midnight)
    assert names(model) == ["Yesterday", "a", "Previous 7 days", "b"]


def test_rows_say_their_state_to_screen_readers(qapp: QApplication) -> None:
    model = ConversationModel(clock)
    model.set_conversations([summary(1, "Plan\nB", NOW, is_unread=True), summary(2, "", outcome="failed")])
    role = Qt.ItemDataRole.AccessibleTextRole
    assert model.index_of(1).data(role) == "Plan B, unread"
    assert model.index_of(2).data(role) == "Untitled, failed"
    model.set_dot(1, "streaming")
    assert model.index_of(1).data(role) == "Plan B, streaming, unread"
    model.set_dot(1, "waiting")
    model.set_dot(2, "")
    assert model.index_of(1).data(role) == "Plan B, waiting for approval, unread"
    assert model.index_of(2).data(role) == "Untitled"


def test_a_dot_may_be_known_before_its_conversation(qapp: QApplication) -> None:
    model = ConversationModel(clock)
    model.set_dot(1, "streaming")
    model.set_conversations([summary(1, "Plan")])
    assert model.index_of(1).data(Qt.ItemDataRole.AccessibleTextRole) == "Plan, streaming"

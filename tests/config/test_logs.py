"""The log: where it lies, who may read it, and what never stands in it."""

from __future__ import annotations

import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_agent.config.logs import LARGEST_FILE, OLD_FILES, hide_in_log, start_logging

# In names, because a traceback shows the lines of the source.
USERS_WORDS = "what the user wrote"
MODELS_WORDS = "what the model said"


@pytest.fixture
def log_file() -> Iterator[Path]:
    """A log that is started for one test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield start_logging()
    for handler in [each for each in root.handlers if each not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    logging.captureWarnings(False)


def test_the_log_is_private(log_file: Path, tmp_path: Path) -> None:
    logging.getLogger("test").warning("hello")
    assert "hello" in log_file.read_text()
    assert log_file.is_relative_to(tmp_path / "home")
    if sys.platform != "win32":
        assert stat.S_IMODE(log_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(log_file.parent.stat().st_mode) == 0o700


def test_keys_are_hidden(log_file: Path) -> None:
    hide_in_log("a-key-of-unusual-shape")
    logger = logging.getLogger("test")
    logger.warning("key %s", "a-key-of-unusual-shape")
    logger.warning("headers Authorization: Bearer abc.def.ghi")
    logger.warning("key sk-proj-0123456789abcdef")
    text = log_file.read_text()
    assert text.count("(hidden)") == 3
    for secret in ("unusual-shape", "abc.def.ghi", "0123456789"):
        assert secret not in text


def test_the_message_of_an_exception_stays_out(log_file: Path) -> None:
    def fail() -> None:
        try:
            raise ValueError(USERS_WORDS)
        except ValueError as error:
            raise RuntimeError(MODELS_WORDS) from error

    try:
        fail()
    except RuntimeError:
        logging.getLogger("test").exception("A fault.")
    text = log_file.read_text()
    assert "RuntimeError" in text
    assert "ValueError" in text
    assert "in fail" in text
    assert USERS_WORDS not in text
    assert MODELS_WORDS not in text


def test_a_full_log_makes_room_for_a_new_one(log_file: Path) -> None:
    logger = logging.getLogger("test")
    for number in range(OLD_FILES + 2):
        logger.warning("%d %s", number, "x" * LARGEST_FILE)
    logger.warning("the last")
    kept = [log_file, *(log_file.with_name(f"{log_file.name}.{number + 1}") for number in range(OLD_FILES))]
    assert sorted(log_file.parent.iterdir()) == kept
    assert "the last" in kept[0].read_text()
    assert [f" {OLD_FILES + 1 - place} xxx" in file.read_text() for place, file in enumerate(kept[1:])] == [
        True
    ] * OLD_FILES
    assert kept[0].stat().st_size < LARGEST_FILE < kept[1].stat().st_size
    if sys.platform != "win32":
        assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}

"""The log: where it lies, who may read it, and what never stands in it."""

from __future__ import annotations

import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_agent.config.logs import hide_in_log, start_logging

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

"""Reports of faults: where it happened, and nothing that anybody wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from desktop_agent.config.fault_reports import crash_report, fault_report
from desktop_agent.config.logs import hide_in_log
from desktop_agent.config.paths import log_folder

# In names, because a traceback shows the lines of the source.
USERS_WORDS = "what the user wrote"
MODELS_WORDS = "what the model said"


def fail() -> None:
    try:
        raise ValueError(USERS_WORDS)
    except ValueError as error:
        raise RuntimeError(MODELS_WORDS) from error


def test_a_report_has_places_and_types_but_no_words() -> None:
    with pytest.raises(RuntimeError) as caught:
        fail()
    report = fault_report(caught.value)
    assert 'File "test_fault_reports.py"' in report
    assert "in fail" in report
    assert "RuntimeError\nValueError" in report
    assert USERS_WORDS not in report
    assert MODELS_WORDS not in report
    assert str(Path(__file__).parent) not in report
    assert report.startswith("Desktop Agent ")


def test_exceptions_that_cause_each_other_are_told_once() -> None:
    first, second = ValueError(), KeyError()
    first.__context__, second.__context__ = second, first
    assert fault_report(first).count("ValueError") == 1


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/alice/secret/desktop_agent/gui/desk.py", "desktop_agent/gui/desk.py"),
        (
            "/home/alice/.venv/lib/python3.11/site-packages/openai/_client.py",
            "site-packages/openai/_client.py",
        ),
        (r"C:\Users\Alice\desktop_agent\app.py", "desktop_agent/app.py"),
        ("/home/alice/thing.py", "thing.py"),
        ("<frozen runpy>", "<frozen runpy>"),
    ],
)
def test_paths_name_nobody(path: str, shown: str) -> None:
    report = crash_report(f'Fatal Python error: Aborted\n\n  File "{path}", line 3 in run')
    assert f'File "{shown}", line 3 in run' in report
    assert "alice" not in report.lower()


def test_keys_are_hidden() -> None:
    hide_in_log("a-key-that-was-told")
    assert "told" not in crash_report("a-key-that-was-told and sk-proj-0123456789abcdef").lower()
    assert "0123456789" not in crash_report("sk-proj-0123456789abcdef")


def watch(then: str) -> subprocess.CompletedProcess[str]:
    """Start a process that watches for crashes, prints the note of the last one, and ends as `then` says."""
    program = (
        "import os, faulthandler\nfrom desktop_agent.config.crash_watch import CrashWatch\n"
        f"watch = CrashWatch()\nprint(watch.begin(), flush=True)\n{then}"
    )
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.skipif(sys.platform == "win32", reason="an abort opens a window there")
def test_a_hard_end_is_told_at_the_next_start_once() -> None:
    first = watch("os.abort()")
    assert first.returncode != 0
    second = watch("watch.end()")
    assert "Fatal Python error: Aborted" in second.stdout
    assert 'File "<string>"' in second.stdout
    assert watch("watch.end()").stdout == "\n"
    assert not (log_folder() / "crash.log").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_without_a_folder_for_the_log_nothing_is_watched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DESKTOP_AGENT_HOME", str(tmp_path / "file" / "home"))
    ended = watch("watch.end()")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "\n", "")

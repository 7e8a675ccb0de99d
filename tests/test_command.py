"""The command as a person or a script runs it: a process of its own, against a real server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_runs import KEY, environment, run
from loopback import LoopbackServer, Reply


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


def test_ask_streams_a_reply_with_its_statistics(server: LoopbackServer) -> None:
    server.enqueue(Reply(text="One two three.", usage=(7, 3)))
    result = run("ask", "Count", server=server)
    assert result.returncode == 0, result.stderr
    header, text, usage, *summary = result.stdout.splitlines()
    assert header == "---------- assistant ----------"
    assert text == "One two three."
    assert usage == "[Prompt tokens: 7, Completion tokens: 3]"
    assert summary[0] == "---------- Summary ----------"
    assert server.wait_request().body["model"] == "test-model"


def test_ask_without_statistics(server: LoopbackServer) -> None:
    server.enqueue(Reply(text="One.", usage=(7, 3)))
    result = run("ask", "Count", "--no-stats", server=server)
    assert result.stdout == "---------- assistant ----------\nOne.\n"


def test_ask_prints_one_event_a_line_as_json(server: LoopbackServer) -> None:
    server.enqueue(Reply(chunks=["One ", "two", "."], usage=(7, 3)))
    result = run("ask", "Count", "--json", server=server)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["type"] for event in events] == ["ModelClientStreamingChunkEvent"] * 3 + ["TextMessage"]
    assert "".join(event["content"] for event in events[:3]) == events[3]["content"] == "One two."
    assert events[3]["models_usage"] == {"prompt_tokens": 7, "completion_tokens": 3}


def test_what_is_piped_in_is_added(server: LoopbackServer) -> None:
    assert run("ask", "Explain:", server=server, piped="print(1)\n").returncode == 0
    assert server.wait_request().body["messages"][-1]["content"] == "Explain:\n\nprint(1)"


def test_options_choose_model_and_address(server: LoopbackServer) -> None:
    result = run("ask", "Hi", "--model", "other", "--base-url", server.base_url)
    assert result.returncode == 0, result.stderr
    request = server.wait_request()
    assert request.body["model"] == "other"
    assert "authorization" not in request.headers


def test_the_key_does_not_follow_to_another_address(server: LoopbackServer) -> None:
    elsewhere = "https://api.example.invalid/v1"
    run("ask", "Hi", "--base-url", server.base_url, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=elsewhere)
    assert KEY not in str(server.wait_request().headers)


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(status=401), "refused the API key."),
        (Reply(status=500), "had an error (500)."),
        (Reply(fault="web_page"), "answered with a web page, not a model."),
        (Reply(text="Half of it", fault="cut", fault_after=2), "The connection closed before the reply was"),
    ],
)
def test_a_failure_is_a_sentence_and_a_status(server: LoopbackServer, reply: Reply, sentence: str) -> None:
    server.enqueue(reply)
    result = run("ask", "Hi", server=server)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr + result.stdout
    assert KEY not in result.stderr + result.stdout
    if reply.fault == "cut":
        assert result.stdout == "---------- assistant ----------\nHalf of \n"


def test_a_missing_key_is_said() -> None:
    result = run("ask", "Hi", OPENAI_MODEL="gpt-4o-mini")
    assert result.returncode == 1
    assert result.stderr.startswith("No API key for OpenAI yet.")


def test_the_demo_answers_when_it_is_asked_for() -> None:
    result = run("ask", "--demo", "Hi")
    assert result.returncode == 0
    assert "Demo: scripted replies, no model is used." in result.stderr
    assert "Azure AI Search" in result.stdout


def test_without_a_model_it_is_said_how_to_choose_one() -> None:
    result = run("ask", "Hi")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("No model is chosen yet.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["ask"], "There is no question."),
        (["ask", "Hi", "--base-url", "nonsense"], "is not the address of a server"),
        (["frobnicate"], "there is no command and no file 'frobnicate'"),
    ],
)
def test_bad_usage_is_said_with_status_2(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_home_that_cannot_be_used_is_said_and_the_reply_comes(
    server: LoopbackServer, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    result = run("ask", "Hi", server=server, DESKTOP_AGENT_HOME=str(blocked))
    assert result.returncode == 0
    assert f"{blocked}" in result.stderr
    assert "can't be used" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Hello from the loopback server." in result.stdout


def test_key_and_words_stay_out_of_the_log(server: LoopbackServer, tmp_path: Path) -> None:
    server.enqueue(Reply(status=401, error={"message": f"Incorrect API key provided: {KEY}"}))
    result = run("ask", "my private question", server=server)
    assert result.returncode == 1
    written = [path.read_text() for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert written, "every command logs to a file"
    for text in (*written, result.stdout, result.stderr):
        assert KEY not in text
    assert not any("private question" in text for text in written)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_with_130_and_closes_the_connection(server: LoopbackServer) -> None:
    server.enqueue(Reply(text="One two three", fault="stall", fault_after=2))
    process = subprocess.Popen(
        [sys.executable, "-m", "desktop_agent", "ask", "Hi"],
        env=environment(server),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        # A job in the background of a shell ignores SIGINT, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"---------- assistant ----------\n"
    process.send_signal(signal.SIGINT)
    pressed = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert out.startswith(b"One ")
    assert server.wait_disconnected() - pressed < 10


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize(
    ("redirection", "status"),
    [("| head -c 1", 0), (">&-", 1), ("> /dev/full", 1)],
    ids=["head", "closed", "full"],
)
def test_an_output_that_cannot_be_written_is_no_traceback(
    server: LoopbackServer, redirection: str, status: int
) -> None:
    command = f'"{sys.executable}" -m desktop_agent ask Hi {redirection}'
    result = subprocess.run(
        command,
        shell=True,
        env=environment(server),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == status
    assert b"Traceback" not in result.stderr


def test_bytes_that_are_no_text_are_piped_in(server: LoopbackServer) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "desktop_agent", "ask", "Read:"],
        env=environment(server),
        input=b"caf\xe9",
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == 0
    assert server.wait_request().body["messages"][-1]["content"] == "Read:\n\ncaf\N{REPLACEMENT CHARACTER}"


def test_a_model_that_nobody_has_heard_of_is_asked(server: LoopbackServer) -> None:
    result = run("ask", "Hi", "--model", "ft:gpt-9-nano", server=server)
    assert result.returncode == 0, result.stderr
    unknown = run("ask", "Hi", OPENAI_MODEL="ft:gpt-9-nano")
    assert unknown.stderr.startswith("No API key for OpenAI yet.")


def test_a_home_of_nobody_is_said(server: LoopbackServer) -> None:
    result = run("ask", "Hi", server=server, DESKTOP_AGENT_HOME="~nobody-of-this-name/x")
    assert result.returncode == 0
    assert "there is no such home folder" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_the_window_says_so() -> None:
    values = environment(None)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        values.pop(name, None)
    result = subprocess.run(
        [sys.executable, "-m", "desktop_agent", "--demo"],
        env=values,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("There is no display to open a window on.")


def test_version_and_help() -> None:
    assert run("--version").stdout.startswith("Desktop Agent ")
    assert "ask" in run("--help").stdout

"""`doctor`, as a process, on homes in every state."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.samples import Command, fill, keep
from command_runs import KEY, environment, run
from desktop_agent.config.logs import FILE_NAME as LOG_NAME
from desktop_agent.config.paths import data_folder, log_folder, store_path
from desktop_agent.storage import ConversationStore
from loopback import LoopbackServer, Reply, make_certificate

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


Findings = dict[str, dict[str, Any]]
Examine = Callable[..., tuple[int, Findings, str]]


@pytest.fixture
def examined(command: Command, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Examine this home; the status, the findings by topic, and standard error."""

    def examine(
        *options: str, server: LoopbackServer | None = None, **more: str
    ) -> tuple[int, Findings, str]:
        values = more if server is None else {**environment(server), **more}
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return read(command("doctor", "--json", *options))

    return examine


def read(result: subprocess.CompletedProcess[str]) -> tuple[int, Findings, str]:
    findings: list[dict[str, Any]] = json.loads(result.stdout)
    return result.returncode, {each["topic"]: each for each in findings}, result.stderr


def state_of(findings: Findings, topic: str) -> tuple[str, bool]:
    return findings[topic]["state"], findings[topic]["can_be_mended"]


def test_a_new_home_is_well_and_stays_as_it_is() -> None:
    result = run("doctor")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[-1] == "All is well."
    assert lines[0].startswith("ok       program        Desktop Agent ")
    assert not data_folder().exists()


def test_conversations_are_checked_and_counted(examined: Examine) -> None:
    keep(fill)
    status, findings, errors = examined("--full")
    assert (status, errors) == (0, "")
    assert findings["conversations"]["text"].startswith(f"3 in {store_path()}, ")
    assert {each["state"] for each in findings.values()} <= {"ok", "note"}


def test_it_examines_while_a_window_writes() -> None:
    async def examine_meanwhile(store: ConversationStore) -> None:
        await fill(store)
        assert read(run("doctor", "--json"))[0] == 0
        _, findings, _ = read(run("doctor", "--json", "--mend"))
        assert findings["conversations"]["text"].startswith("3 in ")

    keep(examine_meanwhile)


def test_backups_are_counted(examined: Examine) -> None:
    async def back_up(store: ConversationStore) -> None:
        await fill(store)
        await store.backup()

    keep(back_up)
    _, findings, _ = examined()
    assert findings["backups"]["state"] == "ok"
    assert f" in {data_folder() / 'backups'}, the newest of 20" in findings["backups"]["text"]


def damage(path: Path) -> None:
    """Overwrite the middle of the file."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size // 2))


def test_a_damaged_store_is_found_and_mended_and_the_old_file_kept(
    examined: Examine, command: Command
) -> None:
    async def fill_and_back_up(store: ConversationStore) -> None:
        await fill(store)
        await store.backup()

    keep(fill_and_back_up)
    damage(store_path())
    damaged = store_path().read_bytes()
    status, findings, _ = examined()
    assert status == 1
    assert state_of(findings, "conversations") == ("problem", True)
    assert "damaged" in findings["conversations"]["text"]
    assert store_path().read_bytes() == damaged

    status, findings, said = examined("--mend")
    assert status == 0, findings
    assert said.startswith("conversations: ")
    assert findings["conversations"]["text"].startswith("3 in ")
    assert findings["damaged files"]["state"] == "note"
    assert any(each.read_bytes() == damaged for each in data_folder().glob("conversations.db.corrupt-*"))
    assert "Rayleigh" in command("search", "Rayleigh").stdout


@pytest.mark.parametrize("is_there", [True, False], ids=["empty", "missing"])
def test_a_lost_file_comes_back_from_the_backup(examined: Examine, is_there: bool) -> None:
    async def fill_and_back_up(store: ConversationStore) -> None:
        await fill(store)
        await store.backup()

    keep(fill_and_back_up)
    for each in data_folder().glob("conversations.db*"):
        each.unlink()
    if is_there:
        store_path().touch(0o600)
    status, findings, _ = examined()
    assert (status, state_of(findings, "conversations")) == (1, ("problem", True))
    status, findings, _ = examined("--mend")
    assert status == 0, findings
    assert findings["conversations"]["text"].startswith("3 in ")


def test_a_file_of_another_program_is_said_and_left_alone(examined: Examine) -> None:
    import sqlite3

    data_folder().mkdir(parents=True, mode=0o700)
    with sqlite3.connect(store_path()) as connection:
        connection.execute("CREATE TABLE cakes (name TEXT)")
    connection.close()
    store_path().chmod(0o600)
    before = store_path().read_bytes()
    status, findings, _ = examined("--mend")
    assert (status, state_of(findings, "conversations")) == (1, ("problem", False))
    assert "belongs to another program" in findings["conversations"]["text"]
    assert store_path().read_bytes() == before


@posix
def test_what_others_could_read_is_closed(examined: Examine, command: Command) -> None:
    keep(fill)
    data_folder().chmod(0o755)
    store_path().chmod(0o644)
    status, findings, _ = examined()
    assert (status, state_of(findings, "data folder")) == (1, ("problem", True))
    assert f"Others on this computer may read {data_folder()} and 1 file in it." in str(findings)
    report = command("doctor")
    assert report.stdout.splitlines()[-1].startswith('"desktop-agent doctor --mend" mends ')
    status, findings, said = examined("--mend")
    assert (status, said) == (0, f"data folder: {data_folder()} is for you alone now.\n")
    assert stat.S_IMODE(data_folder().stat().st_mode) == 0o700
    assert stat.S_IMODE(store_path().stat().st_mode) == 0o600


def test_a_file_in_the_place_of_a_folder_is_said(examined: Examine) -> None:
    data_folder().parent.mkdir(parents=True)
    data_folder().write_text("in the way")
    status, findings, _ = examined("--mend")
    assert (status, state_of(findings, "data folder")) == (1, ("problem", False))


def test_a_home_of_nobody_is_said(examined: Examine) -> None:
    status, findings, _ = examined(DESKTOP_AGENT_HOME="~nobody-of-this-name/x")
    assert status == 1
    assert "there is no such home folder" in findings["folders"]["text"]


def test_faults_in_the_log_are_counted(examined: Examine) -> None:
    log_folder().mkdir(parents=True, mode=0o700)
    path = log_folder() / LOG_NAME
    path.write_text(
        "2026-11-22 13:00:00,123 ERROR desktop_agent.app: A fault that nothing handled.\nTraceback\n"
    )
    path.chmod(0o600)
    _, findings, _ = examined()
    assert findings["log"] == {
        "topic": "log",
        "state": "note",
        "text": f"{path} tells of 1 fault, the last at 2026-11-22 13:00:00.",
        "can_be_mended": False,
    }


def test_the_provider_is_named_and_its_key_is_not(examined: Examine) -> None:
    result = run("doctor", OPENAI_API_KEY=KEY, OPENAI_MODEL="some-model")
    assert "some-model at api.openai.com, with a key." in result.stdout
    assert KEY not in result.stdout + result.stderr
    status, findings, _ = examined(OPENAI_BASE_URL="nonsense")
    assert (status, state_of(findings, "provider")) == (1, ("problem", False))


def test_the_network_is_tried_with_one_request_over_tls(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    if certificate is None:
        pytest.skip("neither the cryptography library nor openssl is here")
    with LoopbackServer(certificate=certificate, models=("test-model",)) as server:
        trusting = {"SSL_CERT_FILE": str(certificate.certificate)}
        status, findings, _ = read(run("doctor", "--json", "--network", server=server, **trusting))
        assert status == 0, findings
        assert findings["network"]["text"].endswith(" answers.")
        (request,) = server.requests
        assert (request.method, request.path) == ("GET", "/v1/models")
        status, findings, _ = read(run("doctor", "--json", "--network", server=server))
    assert status == 1
    assert "could not be verified" in findings["network"]["text"]


def test_a_server_that_refuses_is_said(examined: Examine) -> None:
    with LoopbackServer(Reply(status=401, error={"message": f"Incorrect API key {KEY}"})) as server:
        status, findings, _ = examined("--network", server=server)
    assert status == 1
    assert "refused the API key." in findings["network"]["text"]
    assert KEY not in str(findings)


def test_servers_that_list_other_models_or_none_answer_too(examined: Examine) -> None:
    with LoopbackServer(models=("another",)) as server:
        _, findings, _ = examined("--network", server=server)
        assert "test-model is not among its 1 models." in findings["network"]["text"]
        server.reply = Reply(status=404)
        _, findings, _ = examined("--network", server=server)
    assert findings["network"]["text"].endswith("answers. It does not list its models.")


def test_without_a_model_there_is_nothing_to_try(examined: Examine) -> None:
    status, findings, _ = examined("--network")
    assert status == 0
    assert "network" not in findings
    assert findings["provider"]["state"] == "note"


@posix
def test_a_full_output_is_a_sentence() -> None:
    result = subprocess.run(
        f'"{sys.executable}" -m desktop_agent doctor > /dev/full', shell=True, capture_output=True, timeout=60
    )
    assert (result.returncode, result.stderr) == (
        1,
        b"The output can't be written: no space left on device.\n",
    )


def test_the_reader_of_pages_is_tried_when_all_is_asked_for(examined: Examine) -> None:
    assert "web pages" not in examined()[1]
    assert examined("--full")[1]["web pages"]["text"] == "The text of pages can be read."

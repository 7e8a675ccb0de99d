"""The server of the tests itself."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from loopback import LoopbackServer, Reply, make_certificate


def test_it_listens_on_this_machine_alone() -> None:
    for host in ("0.0.0.0", "192.168.1.1", "::"):
        with pytest.raises(ValueError, match="no loopback address"):
            LoopbackServer(host=host)


def test_it_lists_models(server: LoopbackServer) -> None:
    with urllib.request.urlopen(f"{server.base_url}/models", timeout=30) as answer:
        listed = json.load(answer)
    assert [model["id"] for model in listed["data"]] == ["loopback"]
    assert server.wait_request().path == "/v1/models"


def test_it_tells_what_it_does_not_see(server: LoopbackServer) -> None:
    with pytest.raises(TimeoutError, match="0 of 1 requests"):
        server.wait_request(timeout=0.01)
    with pytest.raises(TimeoutError, match="no client closed"):
        server.wait_disconnected(timeout=0.01)


def test_it_tells_a_port_that_is_taken() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="address already in use"),
    ):
        LoopbackServer(port=taken.getsockname()[1]).start()


def test_it_ends_with_replies_under_way() -> None:
    with LoopbackServer(Reply(fault="silence")) as server:
        client = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
        server.wait_request()
    with client, suppress(ConnectionResetError):
        assert client.recv(10) == b""


def test_certificate_can_be_made_in_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_certificate(tmp_path) is not None
    monkeypatch.setitem(sys.modules, "cryptography", None)
    other = tmp_path / "other"
    other.mkdir()
    if make_certificate(other) is None:
        pytest.skip("the program openssl is not here")
    assert (other / "key.pem").read_text().startswith("-----BEGIN")


def test_it_runs_by_hand() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.loopback", "--port", "0", "--text", "by hand"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[0].removeprefix("OPENAI_BASE_URL=")
            request = urllib.request.Request(f"{url}/chat/completions", b'{"stream": false}')
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert json.load(answer)["choices"][0]["message"]["content"] == "by hand"
        finally:
            process.kill()

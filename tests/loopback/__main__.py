"""Run the server by hand: `python -m tests.loopback --rate 60 --port 8123`."""

import argparse
import sys
import threading
from typing import get_args

from .reply import Fault, Reply  # noqa: TID252
from .server import LoopbackServer  # noqa: TID252

TEXT = """## A reply from this machine

It has **Markdown**, a list

- one
- two

and code:

```python
for word in reply.split():
    print(word, end=" ", flush=True)
```
"""


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.loopback", description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--rate", type=float, default=None, help="chunks a second (default: no limit)")
    parser.add_argument("--text", default=TEXT)
    parser.add_argument("--repeat", type=int, default=1, help="how often the text comes in a reply")
    parser.add_argument("--per-write", type=int, default=1, help="events that are written at once")
    parser.add_argument("--thought", default="")
    parser.add_argument("--status", type=int, default=200)
    parser.add_argument("--fault", choices=get_args(Fault), default=None)
    parser.add_argument("--after", type=int, default=0, help="chunks before the fault")
    options = parser.parse_args()
    reply = Reply(
        text=options.text,
        repeat=options.repeat,
        per_write=options.per_write,
        thought=options.thought,
        rate=options.rate,
        usage=(7, 42),
        status=options.status,
        fault=options.fault,
        fault_after=options.after,
    )
    with LoopbackServer(reply, port=options.port) as server:
        sys.stdout.write(f"OPENAI_BASE_URL={server.base_url} OPENAI_API_KEY=none\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

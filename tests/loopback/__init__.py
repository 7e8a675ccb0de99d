"""A real server on this machine that speaks OpenAI's chat completions, well or with a chosen fault.

In tests: `from loopback import LoopbackServer, Reply` (tests/ is on the path of pytest and mypy). By hand:
`python -m tests.loopback`; for both names to work, these modules import one another relatively.
"""

from .certificate import Certificate, make_certificate  # noqa: TID252
from .reply import CallStyle, Fault, Reply, pieces_of  # noqa: TID252
from .server import LoopbackServer, Request  # noqa: TID252

__all__ = [
    "CallStyle",
    "Certificate",
    "Fault",
    "LoopbackServer",
    "Reply",
    "Request",
    "make_certificate",
    "pieces_of",
]

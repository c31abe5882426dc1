"""The fixtures that all tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture(autouse=True)
def _signals_of_pytest() -> Iterator[None]:
    """A test that runs the daemon in this process leaves its handlers: who interrupts the tests later was not heard."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)

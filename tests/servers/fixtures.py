"""Pytest fixtures for the servers: Dovecot once a session, everything else once a test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.servers.authorisation import Authorisation, authorisation
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy
from tests.servers.scripted import Handler, ScriptedServer

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A running Dovecot that all tests share. Without the program the tests fail: they are never skipped."""
    server = Dovecot()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def own_dovecot() -> Iterator[Dovecot]:
    """A running Dovecot of the test's own, to be killed and started again."""
    server = Dovecot()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def signing_in() -> Iterator[tuple[Authorisation, Dovecot]]:
    """A sign-in server and a Dovecot that takes its access tokens; what was done to it is set back before each use."""
    with authorisation() as provider:
        server = Dovecot(introspection=provider.introspection)
        try:
            server.start()
            yield provider, server
        finally:
            server.remove()


@pytest.fixture
def provider(signing_in: tuple[Authorisation, Dovecot], user: str) -> Authorisation:
    """The sign-in server, where `user` signs in; its Dovecot is `token_dovecot`."""
    state, _ = signing_in
    fresh = Authorisation(port=state.port, account=user)
    for name in fresh.__dataclass_fields__:
        setattr(state, name, getattr(fresh, name))
    return state


@pytest.fixture
def token_dovecot(signing_in: tuple[Authorisation, Dovecot]) -> Dovecot:
    """The Dovecot that takes the access tokens of `provider`."""
    return signing_in[1]


@pytest.fixture
def user() -> str:
    """The name of a user whose mailbox is still empty."""
    return f"user{next(_numbers)}"


@pytest.fixture
def make_proxy() -> Iterator[Callable[[int], Proxy]]:
    """Gives a fault proxy in front of a port."""
    made: list[Proxy] = []

    def make(target: int) -> Proxy:
        made.append(Proxy(target))
        return made[-1]

    yield make
    for proxy in made:
        proxy.close()


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedServer]]:
    """Gives a fake server that follows a script; see `ScriptedServer`."""
    made: list[ScriptedServer] = []

    def make(handler: Handler, **more: object) -> ScriptedServer:
        made.append(ScriptedServer(handler, **more))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for server in made:
        server.close()

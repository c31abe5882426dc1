"""A TCP proxy that spoils connections: it cuts, stalls, trickles and resets what the server sends."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Literal

Fault = Literal["none", "stall", "trickle", "cut"]


class Proxy:
    """Forwards 127.0.0.1:`port` to 127.0.0.1:`target`; what comes from the server meets the fault of the moment."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._fault: Fault = "none"
        self._cut_after = 0
        self._every = 0.05
        self._ended = threading.Event()
        self._changed = threading.Condition()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def heal(self) -> None:
        """From now on all goes through (connections already spoilt stay so)."""
        self._set("none")

    def stall(self) -> None:
        """Hold back all that the server sends, and keep the connection open: a black hole."""
        self._set("stall")

    def trickle(self, every: float = 0.05) -> None:
        """Let one byte through every so many seconds."""
        self._every = every
        self._set("trickle")

    def cut_after(self, count: int) -> None:
        """Close each connection after so many more bytes from the server."""
        self._cut_after = count
        self._set("cut")

    def reset(self) -> None:
        """End all connections of the moment by RST."""
        with self._changed:
            for end in self._sockets:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    # Wakes the thread that reads from it, and sends nothing: only then does the close send RST.
                    end.shutdown(socket.SHUT_RD)
                end.close()
            self._sockets.clear()

    def close(self) -> None:
        """Stop listening, end all connections and wait for the threads."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._set("none")
        with self._changed:
            self._close_all()
        for thread in self._threads:
            thread.join(5)

    def _set(self, fault: Fault) -> None:
        with self._changed:
            self._fault = fault
            self._changed.notify_all()

    def _close_all(self) -> None:
        for end in self._sockets:
            _end(end)
            end.close()
        self._sockets.clear()

    def _start(self, work: object, *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._changed:
                self._sockets += [near, far]
            self._start(self._forward, near, far)
            self._start(self._spoil, far, near)

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        _end(sink)

    def _spoil(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self._pass_on(data, sink):
                    break
        _end(sink)
        _end(source)

    def _pass_on(self, data: bytes, sink: socket.socket) -> bool:
        with self._changed:
            while self._fault == "stall":
                self._changed.wait()
        if self._fault == "cut":
            sink.sendall(data[: self._cut_after])
            self._cut_after -= len(data)
            return self._cut_after > 0
        if self._fault == "trickle":
            for place in range(len(data)):
                if self._ended.wait(self._every):
                    return False
                sink.sendall(data[place : place + 1])
            return True
        sink.sendall(data)
        return True


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)

"""One process of the fuzzer: `python -m tests.fuzz.child TARGET`, and what libFuzzer is to be told."""

from __future__ import annotations

import sys

import atheris  # the extra `fuzz`; scripts/soak --fuzz installs it

with atheris.instrument_imports(include=["inboxwatch"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz one target until libFuzzer says that it is enough; it ends the process itself."""
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""`python -m tests.fuzz.again TARGET FILE...`: run inputs that were found once more, without the fuzzer."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    for name in sys.argv[2:]:
        TARGETS[sys.argv[1]](Path(name).read_bytes())
        sys.stdout.write(f"{name}: all holds\n")

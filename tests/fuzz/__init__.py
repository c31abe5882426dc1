"""Targets of the fuzzer: what must hold of any bytes. `scripts/soak --fuzz` runs them, pytest replays what it found."""

"""The shipped units under a real systemd: run by scripts/test-systemd alone, as root (see there)."""

"""The daemon and `run --once`: read every mailbox, keep, decide, deliver, and tell systemd."""

"""Real servers for the tests, all on loopback."""

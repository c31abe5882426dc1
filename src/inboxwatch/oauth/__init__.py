"""Permission to read a mailbox without its password (OAuth2, RFC 6749): asked for once, then renewed at connect."""

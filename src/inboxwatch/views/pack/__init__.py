"""The evidence pack of one project: timeline, mails as stored, checksums, for the platform's support or a lawyer."""

"""Where mail comes from: IMAP accounts, Maildir folders, mbox files and single .eml files."""

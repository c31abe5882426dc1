"""inboxwatch: reads a freelancer's inbox and tells her when a silent client's money can be claimed."""

__version__ = "0.1.0"

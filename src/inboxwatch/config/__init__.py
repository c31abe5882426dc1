"""The configuration: where it is, what it may say, and every error in it at once, each with its place in the file."""

from inboxwatch.config.credentials import CredentialError, Secret
from inboxwatch.config.loading import Config, ConfigError, default, find, load, parse, state_folder
from inboxwatch.config.settings import Alerts, Client, Mailbox, OAuth, PlatformSettings, Target, json_schema

__all__ = [
    "Alerts",
    "Client",
    "Config",
    "ConfigError",
    "CredentialError",
    "Mailbox",
    "OAuth",
    "PlatformSettings",
    "Secret",
    "Target",
    "default",
    "find",
    "json_schema",
    "load",
    "parse",
    "state_folder",
]

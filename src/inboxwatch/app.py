"""From the configuration to the parts that work: profiles, policy, targets, wording, store, pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from inboxwatch.alerts.decide import Habits
from inboxwatch.alerts.targets import AppriseTarget, CommandTarget, DeliveryFailed, JournalTarget, Target
from inboxwatch.config import Config, state_folder
from inboxwatch.config import Target as TargetSettings
from inboxwatch.config.credentials import CredentialError, Secret
from inboxwatch.mailbox.providers import ids_of_provider
from inboxwatch.pipeline import Pipeline, Policy, Recipient
from inboxwatch.platforms.known import Known, KnownClient
from inboxwatch.platforms.load import load_profiles
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.taught import Stamp, stamp
from inboxwatch.store.sqlite import Store
from inboxwatch.wording.say import Wording

#: Where in the state folder the taught rules are.
PROFILES = "profiles"


@dataclass(frozen=True, slots=True)
class App:
    """Everything that follows from one configuration, but for the store and the connections.

    `taught` changes when the files of taught rules do.
    """

    config: Config
    profiles: Profiles
    policy: Policy
    wording: Wording
    folder: Path

    taught: Stamp = ()

    @classmethod
    def of(cls, config: Config, environ: Mapping[str, str]) -> App:
        """Given a checked configuration, prepare the rest. Raises ProfileError for a profile that cannot be used."""
        folder = state_folder(config, environ)
        # Before they are read: what changes meanwhile is noticed later, and never missed.
        taught = stamp(folder / PROFILES)
        profiles = _profiles(config, folder, {})
        wording = Wording(config.language, config.zone)
        return cls(config, profiles, _policy(config, profiles), wording, folder, taught)

    @property
    def taught_profiles(self) -> Path:
        """The folder of the rules that the user has taught."""
        return self.folder / PROFILES

    def with_rules_of_now(self) -> App:
        """The same with the profiles as they lie there now. Raises ProfileError if they cannot be used."""
        taught = stamp(self.taught_profiles)
        profiles = _profiles(self.config, self.folder, {})
        return replace(self, profiles=profiles, policy=_policy(self.config, profiles), taught=taught)

    def with_taught(self, path: Path, text: str) -> App:
        """The same with this text in the place of a file of taught rules. Raises ProfileError if it cannot be used."""
        return replace(self, profiles=_profiles(self.config, self.folder, {path: text}))

    def open_store(self) -> Store:
        """The store in the state folder. Raises StoreError."""
        return Store.open(self.folder)

    def pipeline(self, store: Store) -> Pipeline:
        """The one way through, on this store."""
        return Pipeline(store, self.profiles, self.policy, self.wording)

    def targets(self) -> dict[str, Target]:
        """The targets by their names."""
        return {settings.name: self._target(settings) for settings in self.config.alerts.targets}

    def _target(self, settings: TargetSettings) -> Target:
        zone, language = self.config.zone, self.config.language
        if settings.url is not None:
            return AppriseTarget(settings.name, _url_of(settings.url), settings.kinds, zone, language)
        if settings.command:
            return CommandTarget(settings.name, settings.command, settings.kinds, zone)
        return JournalTarget(settings.name, settings.kinds, language)


def _url_of(secret: Secret) -> Callable[[], str]:
    """Ask for a target's URL; where it cannot be had nothing was sent, and the reason is told as of any delivery."""

    def ask() -> str:
        try:
            return secret.reveal()
        except CredentialError as error:
            raise DeliveryFailed(f"the target's URL cannot be had: {error}") from None

    return ask


def _profiles(config: Config, folder: Path, instead: Mapping[Path, str]) -> Profiles:
    return load_profiles(
        config.profiles, folder / PROFILES, lambda name: config.platform(name).enabled, instead=instead
    )


def _policy(config: Config, profiles: Profiles) -> Policy:
    names = [profile.platform for profile in profiles]
    ids = {mailbox.name: mailbox.authserv_ids or ids_of_provider(mailbox.host) for mailbox in config.mailboxes}
    return Policy(
        known=Known(
            me=config.me,
            clients=tuple(KnownClient(c.name, c.addresses, c.projects) for c in config.clients),
            authserv_ids=frozenset().union(*ids.values()),
            ids_of=ids,
        ),
        contact={name: config.platform(name).contact for name in names},
        require_verified=frozenset(name for name in names if config.platform(name).require_verified),
        habits=Habits(silence=config.alerts.silence, repeat=config.alerts.repeat),
        no_platform_mail=config.alerts.no_platform_mail,
        recipients=tuple(Recipient(target.name, target.kinds) for target in config.alerts.targets),
        quiet_hours=config.alerts.quiet_hours,
    )

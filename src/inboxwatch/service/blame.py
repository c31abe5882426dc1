"""Which mails are to blame when a server ends the connection or refuses: only those beside which others are served."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from inboxwatch.mailbox.errors import NotNow
from inboxwatch.mailbox.progress import Batch

#: How often the same UIDs may end the connection before they are read one by one, and then given up.
LOSSES_BEFORE_ONE_BY_ONE = 2
LOSSES_BEFORE_GIVEN_UP = 2


class BeginAgain(Exception):
    """The folder is to be read once more from its progress."""


@dataclass(slots=True)
class Blame:
    """What went wrong with which mails of one mailbox, over all its connections; UIDs by folder.

    `serves` says whether a mail of that folder or of another one can be fetched at this moment, and is given by folder
    the UIDs that are suspected and prove nothing. On it hangs what is given up: a bad line, or a server that serves no
    mail at all, would else cost one mail after another.
    """

    serves: Callable[[str, Mapping[str, Collection[int]]], bool]
    one_by_one: set[str] = field(default_factory=set)
    _losses: dict[tuple[str, tuple[int, ...]], int] = field(default_factory=dict)
    _given_up: dict[str, frozenset[int]] = field(default_factory=dict)
    _refused: set[tuple[str, int]] = field(default_factory=set)
    #: UIDVALIDITY, and the UID up to which all is kept.
    _known_to: dict[str, tuple[int, int]] = field(default_factory=dict)
    _served: bool = False  # over the connection of the moment

    def connected(self) -> None:
        """A new connection has shown nothing yet."""
        self._served = False

    def given_up(self, folder: str) -> frozenset[int]:
        """Those that are not to be asked for any more."""
        return self._given_up.get(folder, frozenset())

    def before(self, folder: str) -> None:
        """To be called before a folder is read: where mails are suspected, others are tried first."""
        if folder in self.one_by_one and not self._served:
            self._served = self.serves(folder, self._suspects())

    def read_well(self, folder: str) -> None:
        """A folder was read to its end. Losses in others stay, or what is read well would hide what is not."""
        self._losses = {which: times for which, times in self._losses.items() if which[0] != folder}
        self.one_by_one.discard(folder)

    def lost(self, folder: str, uids: tuple[int, ...]) -> None:
        """The connection ended while these were fetched. They are found one by one; one alone is given up."""
        if not uids:
            return
        times = self._losses.setdefault((folder, uids), 0)
        if len(uids) == 1 and not self._served:
            self.one_by_one.add(folder)  # so that others are tried the next time
            return
        self._losses[folder, uids] = times = times + 1
        if len(uids) > 1 and times >= LOSSES_BEFORE_ONE_BY_ONE:
            self.one_by_one.add(folder)
        elif len(uids) == 1 and times >= LOSSES_BEFORE_GIVEN_UP:
            self._given_up[folder] = self.given_up(folder) | set(uids)

    def believe(self, folder: str, batch: Batch) -> None:
        """To be called before a batch is kept: no mail is kept as refused before another was served after it.

        Raises NotNow when no other mail is served, and BeginAgain when one is, for other folders were opened meanwhile.
        """
        if self._was_made_anew(folder, batch):
            raise BeginAgain
        self._served = self._served or bool(batch.fetched)
        refused = {each.uid for each in batch.unfetchable} - self.given_up(folder)
        if all((folder, uid) in self._refused for uid in refused):
            self._known_to[folder] = (batch.progress.uidvalidity, batch.progress.uid)
            return
        if not self.serves(folder, self._suspects(*((folder, uid) for uid in refused))):
            raise NotNow(f"The server hands out no mail at present. {batch.unfetchable[0].reason}")
        self._refused |= {(folder, uid) for uid in refused}
        raise BeginAgain

    def _was_made_anew(self, folder: str, batch: Batch) -> bool:
        """Whether UIDs that were given up name other mails now; then they are not held against these."""
        validity = batch.progress.uidvalidity
        if self._known_to.setdefault(folder, (validity, 0))[0] == validity:
            return False
        self._known_to[folder] = (validity, 0)
        self._losses = {which: times for which, times in self._losses.items() if which[0] != folder}
        self._refused = {which for which in self._refused if which[0] != folder}
        return bool(self._given_up.pop(folder, ()))

    def _suspects(self, *more: tuple[str, int]) -> dict[str, set[int]]:
        suspects: dict[str, set[int]] = {folder: set(uids) for folder, uids in self._given_up.items()}
        behind = {folder: uid for folder, (_, uid) in self._known_to.items()}
        lost = [(folder, uid) for folder, uids in self._losses for uid in uids if uid > behind.get(folder, 0)]
        for folder, uid in (*lost, *self._refused, *more):
            suspects.setdefault(folder, set()).add(uid)
        return suspects

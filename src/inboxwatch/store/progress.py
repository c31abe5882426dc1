"""How far the mailboxes have been read, where that has holes, and whether they can be read at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime

from inboxwatch.plain import from_micros, to_micros
from inboxwatch.store.database import Database
from inboxwatch.store.model import FolderState, Hole, Sighting, WatchState

#: Before a mailbox's name: since when it is known which new mails its folders showed.
SEEN_SINCE = "sightings_since/"


class Progress(Database):
    """The verbs about progress and coverage."""

    def folder(self, mailbox: str, folder: str) -> FolderState | None:
        """How far this folder has been read; None if never."""
        rows = self._rows("SELECT * FROM folder WHERE mailbox = ? AND folder = ?", mailbox, folder)
        return _folder_of(rows[0]) if rows else None

    def folders(self) -> list[FolderState]:
        """How far every folder has been read."""
        return [_folder_of(row) for row in self._rows("SELECT * FROM folder ORDER BY mailbox, folder")]

    def save_folder(self, state: FolderState) -> None:
        """Keep how far a folder has been read."""
        self._do(
            "INSERT OR REPLACE INTO folder (mailbox, folder, uidvalidity, uid, read_up_to, passed_over, searched,"
            " search_to, read_before) VALUES (?,?,?,?,?,?,?,?,?)",
            state.mailbox,
            state.folder,
            state.uidvalidity,
            state.uid,
            to_micros(state.read_up_to) if state.read_up_to else None,
            state.passed_over,
            state.searched,
            state.search_to,
            to_micros(state.read_before) if state.read_before else None,
        )

    def forget_mailboxes(self, watched: Collection[str]) -> None:
        """Of mailboxes that are not watched any more nothing is known any longer; their mails stay."""
        for name in {folder.mailbox for folder in self.folders()} | self.watch().keys():
            if name not in watched:
                self._do("DELETE FROM folder WHERE mailbox = ?", name)
                self._do("DELETE FROM watch WHERE mailbox = ?", name)
                self._do("DELETE FROM sighting WHERE mailbox = ?", name)
                self._do("DELETE FROM meta WHERE name = ?", f"{SEEN_SINCE}{name}")

    def forget_folders(self, mailbox: str, watched: Collection[str]) -> None:
        """The same for the folders of one mailbox."""
        for folder in self.folders():
            if folder.mailbox == mailbox and folder.folder not in watched:
                self._do("DELETE FROM folder WHERE mailbox = ? AND folder = ?", mailbox, folder.folder)

    def add_hole(self, hole: Hole) -> None:
        """Keep that mails vanished before they were read."""
        self._do(
            "INSERT INTO hole (mailbox, folder, from_at, to_at, mails) VALUES (?,?,?,?,?)",
            hole.mailbox,
            hole.folder,
            to_micros(hole.from_at),
            to_micros(hole.to_at),
            hole.mails,
        )

    def holes(self) -> list[Hole]:
        """Every hole in the coverage that is open."""
        return [hole for _, hole in self._holes(None, closed=False)]

    def numbered_holes(self, mailbox: str, *, closed: bool) -> dict[int, Hole]:
        """The holes of one mailbox by their numbers: those that are open, or those that have been closed."""
        return dict(self._holes(mailbox, closed=closed))

    def close_hole(self, number: int, now: datetime) -> None:
        """The mails have turned up."""
        self._do("UPDATE hole SET closed_at = ? WHERE id = ?", to_micros(now), number)

    def _holes(self, mailbox: str | None, *, closed: bool) -> list[tuple[int, Hole]]:
        rows = self._rows(
            "SELECT * FROM hole WHERE (closed_at IS NOT NULL) = ? AND mailbox = ifnull(?, mailbox)"
            " ORDER BY from_at, id",
            closed,
            mailbox,
        )
        return [
            (r["id"], Hole(r["mailbox"], r["folder"], from_micros(r["from_at"]), from_micros(r["to_at"]), r["mails"]))
            for r in rows
        ]

    def add_sightings(self, sightings: Iterable[Sighting]) -> None:
        """Keep where new mails were seen; each is kept once for a folder."""
        for one in sightings:
            self._do(
                "INSERT INTO sighting VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING",
                one.mailbox,
                one.folder,
                one.mark,
                to_micros(one.arrived_at),
                one.role,
            )

    def sightings(self, mailbox: str) -> list[Sighting]:
        """Where the new mails of one mailbox were seen."""
        return [
            Sighting(r["mailbox"], r["folder"], r["mark"], from_micros(r["arrived_at"]), r["role"])
            for r in self._rows("SELECT * FROM sighting WHERE mailbox = ?", mailbox)
        ]

    def forget_sightings(self, mailbox: str, before: datetime) -> None:
        """Of mails that arrived before this instant it is not needed any more."""
        self._do("DELETE FROM sighting WHERE mailbox = ? AND arrived_at < ?", mailbox, to_micros(before))

    def arrived_between(self, since: datetime, until: datetime) -> int:
        """How many of the mails that are kept arrived in this time."""
        found: int = self._rows(
            "SELECT count(*) FROM mail WHERE arrived_at BETWEEN ? AND ?", to_micros(since), to_micros(until)
        )[0][0]
        return found

    def watch(self) -> dict[str, WatchState]:
        """Whether each mailbox can be read."""
        return {
            row["mailbox"]: WatchState(
                row["mailbox"],
                from_micros(row["alive_at"]) if row["alive_at"] is not None else None,
                from_micros(row["blind_since"]) if row["blind_since"] is not None else None,
                row["cause"],
            )
            for row in self._rows("SELECT * FROM watch")
        }

    def save_watch(self, state: WatchState) -> None:
        """Keep whether a mailbox can be read."""
        self._do(
            "INSERT OR REPLACE INTO watch VALUES (?,?,?,?)",
            state.mailbox,
            to_micros(state.alive_at) if state.alive_at else None,
            to_micros(state.blind_since) if state.blind_since else None,
            state.cause,
        )


def _folder_of(row: sqlite3.Row) -> FolderState:
    return FolderState(
        mailbox=row["mailbox"],
        folder=row["folder"],
        uidvalidity=row["uidvalidity"],
        uid=row["uid"],
        read_up_to=from_micros(row["read_up_to"]) if row["read_up_to"] is not None else None,
        passed_over=row["passed_over"],
        searched=row["searched"],
        search_to=row["search_to"],
        read_before=from_micros(row["read_before"]) if row["read_before"] is not None else None,
    )

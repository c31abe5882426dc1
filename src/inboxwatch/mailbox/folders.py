"""Which folders of an account are watched, and what each of them is for."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from inboxwatch.mailbox.errors import FolderMissing, MailboxError

Role = Literal["inbox", "junk", "sent", "all", "other"]

# What mail programs and providers call these folders where the server does not mark them (RFC 6154). Compared by
# `_plain`: without regard to case, width, spaces and hyphens.
SENT_NAMES = (
    "Sent", "Sent Items", "Sent Messages", "Sent Mail", "Sent-Mail", "送信済み", "送信済みアイテム",
    "送信済みメール", "送信済みトレイ", "送信済", "送信箱", "Gesendet", "Gesendete Elemente", "Gesendete Objekte",
    "Envoyés", "Messages envoyés", "Éléments envoyés", "Enviados", "Elementos enviados", "Posta inviata", "Inviata",
    "Itens enviados", "Verzonden", "Отправленные", "已发送", "已发送邮件", "寄件備份", "보낸편지함",
)  # fmt: skip
JUNK_NAMES = (
    "Junk", "Spam", "Junk E-mail", "Junk Email", "Junk Mail", "Bulk Mail", "Bulk", "迷惑メール", "迷惑メールフォルダ",
    "スパム", "Spamverdacht", "Indésirables", "Courrier indésirable", "Correo no deseado", "Posta indesiderata",
    "Ongewenst", "Спам", "垃圾邮件", "垃圾郵件", "스팸편지함",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder to read; `name` as a person would write it (decoded from modified UTF-7)."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Listed:
    """One folder as the server lists it. `flags` are lower-cased and include the special uses, such as `\\sent`."""

    name: str
    delimiter: str
    flags: frozenset[str]

    @property
    def selectable(self) -> bool:
        """Whether mails can be in it at all."""
        return not self.flags & {"\\noselect", "\\nonexistent"}


def role_of_name(name: str) -> Role:
    """What a folder of this name, taken without its parents, is for as far as the name tells."""
    plain = _plain(name)
    if plain == "inbox":
        return "inbox"
    if plain in _PLAIN_SENT:
        return "sent"
    return "junk" if plain in _PLAIN_JUNK else "other"


@dataclass(frozen=True, slots=True)
class Unread:
    """A folder that is to be watched and cannot be read. `contact`: a client's contact may lie in it (not in Sent)."""

    error: MailboxError
    contact: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The folders to watch, each once, and those that were named and are not there."""

    folders: tuple[Folder, ...]
    missing: tuple[Unread, ...] = ()


def choose_folders(
    listed: Sequence[Listed],
    wanted: Literal["auto"] | Sequence[str],
    sent: Literal["auto"] | str | None,
    *,
    gmail: bool,
) -> tuple[Folder, ...]:
    """The folders to watch (see `choose`). Raises FolderMissing when a folder that was named is not there."""
    choice = choose(listed, wanted, sent, gmail=gmail)
    if choice.missing:
        raise choice.missing[0].error
    return choice.folders


def choose(
    listed: Sequence[Listed],
    wanted: Literal["auto"] | Sequence[str],
    sent: Literal["auto"] | str | None,
    *,
    gmail: bool,
) -> Choice:
    """The folders to watch, given what the server lists and what the configuration says.

    `wanted` "auto" is INBOX and Junk; with `gmail` All Mail takes the place of INBOX, for reading and archiving on
    the phone must not make holes. `sent` "auto" adds Sent if there is one, None adds none.
    """
    there = [folder for folder in listed if folder.selectable]
    chosen: list[Folder] = _automatic(there, gmail) if wanted == "auto" else []
    missing: list[Unread] = []
    named = [] if wanted == "auto" else [(name, True) for name in wanted]
    if sent not in ("auto", None):
        named.append((str(sent), False))
    for name, contact in named:
        try:
            found = _named(there, name)
        except FolderMissing as error:
            missing.append(Unread(error, contact))
        else:
            # The later mention knows more: a folder named under `sent:` is Sent whatever it is called.
            chosen.append(found if contact else Folder(found.name, "sent"))
    if sent == "auto":
        chosen += _with_role(there, "sent")
    return Choice(tuple({folder.name: folder for folder in chosen}.values()), tuple(missing))


def folder_missing(name: str, listed: Sequence[Listed]) -> FolderMissing:
    """The error for a folder that is not there; it names those that are."""
    names = ", ".join(folder.name for folder in listed if folder.selectable) or "none at all"
    return FolderMissing(f"The folder {name!r} is not in the mailbox. The folders that are: {names}.")


def _automatic(there: Sequence[Listed], gmail: bool) -> list[Folder]:
    everything = _with_role(there, "all") if gmail else []
    return (everything or [Folder("INBOX", "inbox")]) + _with_role(there, "junk")


def _named(there: Sequence[Listed], name: str) -> Folder:
    for folder in there:
        same = unicodedata.normalize("NFC", folder.name) == unicodedata.normalize("NFC", name)
        if same or folder.name.upper() == name.upper() == "INBOX":
            return Folder(folder.name, _role(folder))
    if name.upper() == "INBOX":  # it exists in every account, listed or not (RFC 3501)
        return Folder("INBOX", "inbox")
    raise folder_missing(name, there)


def _with_role(there: Sequence[Listed], role: Role) -> list[Folder]:
    """The folders that the server marks so, else all that are called so (two programs may use two names)."""
    marked = [folder for folder in there if _marked_role(folder) == role]
    called = [folder for folder in there if _marked_role(folder) is None and _role_by_name(folder) == role]
    return [Folder(folder.name, role) for folder in marked or called]


def _role(folder: Listed) -> Role:
    return _marked_role(folder) or _role_by_name(folder)


def _marked_role(folder: Listed) -> Role | None:
    marks: tuple[tuple[str, Role], ...] = (("\\sent", "sent"), ("\\junk", "junk"), ("\\all", "all"))
    return next((role for mark, role in marks if mark in folder.flags), None)


def _role_by_name(folder: Listed) -> Role:
    """By name only folders at the top or directly under INBOX: "Archive/2019/Sent" is an archive."""
    parts = folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]
    if len(parts) == 2 and parts[0].upper() == "INBOX":
        parts = parts[1:]
    return role_of_name(parts[0]) if len(parts) == 1 else "other"


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().replace(" ", "").replace("-", "")


_PLAIN_SENT = frozenset(_plain(name) for name in SENT_NAMES)
_PLAIN_JUNK = frozenset(_plain(name) for name in JUNK_NAMES)

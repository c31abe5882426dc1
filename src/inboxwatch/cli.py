"""The command line: parses it, and hands over to the module of the command, which is imported only then."""

from __future__ import annotations

import argparse
import importlib
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from inboxwatch import __version__
from inboxwatch.alerts.clean import one_line

_LONGEST_MESSAGE = 1_000


class Parser(argparse.ArgumentParser):
    """Tells of wrong usage without what the arguments may hold: the name of a file that somebody else has chosen."""

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End the program, with a message on one line."""
        super().exit(status, message and one_line(message, _LONGEST_MESSAGE) + "\n")


@dataclass(frozen=True, slots=True)
class _Command:
    """One command: its module in `commands`, a line of help, an example, and what adds its arguments."""

    module: str
    help: str
    example: str
    add: Callable[[Parser], None]


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments in `argv`. Raises SystemExit, as argparse does, for wrong usage (2) and --help (0)."""
    parser = Parser(
        prog="inboxwatch",
        description="Reads a freelancer's inbox and tells her when a silent client's money can be claimed.",
        epilog="Try it: inboxwatch demo",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"inboxwatch {__version__}")
    _add_shared(parser)
    parser.set_defaults(config=None, verbose=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    undo = any(word.partition("=")[0] in ("--undo", "--restore") for word in argv)
    for name, command in _COMMANDS.items():
        one = commands.add_parser(
            name,
            help=command.help,
            description=command.help[0].upper() + command.help[1:] + ".",
            epilog="example:\n" + textwrap.indent(command.example, "  "),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        _add_shared(one)
        if name in _UNDOING and undo:
            _UNDOING[name](one)
        else:
            command.add(one)
    return parser.parse_args(argv)


def run(arguments: argparse.Namespace, environ: Mapping[str, str], now: Callable[[], datetime]) -> int:
    """Run the command that was parsed, and return its exit code. Raises what the command raises."""
    from inboxwatch.commands.surroundings import Surroundings

    here = Surroundings(environ, now, arguments.config)
    module = importlib.import_module(f"inboxwatch.commands.{_COMMANDS[arguments.command].module}")
    code: int = module.run(arguments, here)
    return code


def _add_shared(parser: Parser) -> None:
    """Options that may stand before or behind the command."""
    suppress = argparse.SUPPRESS
    parser.add_argument("-c", "--config", type=Path, metavar="FILE", default=suppress, help="the configuration file")
    parser.add_argument("-v", "--verbose", action="store_true", default=suppress, help="say more on standard error")


def _json(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs, as described in the documentation")


def _paths(parser: Parser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=".eml, mbox, Maildir, or folders of them")


def _language(parser: Parser) -> None:
    parser.add_argument("--language", choices=("ja", "en"), help="of the alerts")


def _nothing(parser: Parser) -> None:
    pass


def _run(parser: Parser) -> None:
    parser.add_argument("--once", action="store_true", help="read all that is new, decide, deliver, and end")


def _check(parser: Parser) -> None:
    parser.add_argument("--send-test", action="store_true", help="send each target a test")


def _login(parser: Parser) -> None:
    parser.add_argument("mailbox", metavar="MAILBOX", help="its name in the configuration")
    ways = parser.add_mutually_exclusive_group()
    for way, words in (
        ("loopback", "by a browser on this computer (usual for Google)"),
        ("paste", "by a browser anywhere: you paste the address at which it ends"),
        ("device", "by a code that you type on any device (usual for Microsoft)"),
    ):
        ways.add_argument(f"--{way}", dest="way", action="store_const", const=way, help=words)
    parser.add_argument("--browser", action="store_true", help="open the address in this computer's browser")


def _classify(parser: Parser) -> None:
    _paths(parser)
    _json(parser)


def _replay(parser: Parser) -> None:
    _paths(parser)
    parser.add_argument("--until", metavar="T", help="the last instant to play (default: now)")
    parser.add_argument("--notes", type=Path, metavar="FILE", help="recorded facts: YAML list of {at, project, fact}")
    _json(parser)
    _language(parser)


def _status(parser: Parser) -> None:
    parser.add_argument("--at", metavar="T", help="how things stood, or will stand, at this instant")
    _json(parser)


def _timeline(parser: Parser) -> None:
    parser.add_argument("project", metavar="PROJECT", help="by any of its names")
    _json(parser)


def _record(parser: Parser) -> None:
    parser.usage = (
        "inboxwatch record PROJECT FACT [--at T] [--by WHO] [--channel C] [--due T] [--plan N] [--part N/M]\n"
        "                         [--note TEXT]\n"
        "       inboxwatch record --undo ID\n"
        "       inboxwatch record --restore ID"
    )
    parser.add_argument("project", metavar="PROJECT", help="by any of its names; platform/id makes a new one")
    parser.add_argument("fact", metavar="FACT", help="what happened, for instance completion_reported or 完了報告")
    parser.add_argument("--at", metavar="T", help="when it happened (default: now)")
    parser.add_argument("--by", metavar="WHO", help="client, me or platform")
    parser.add_argument("--channel", metavar="C", help="of contact: platform, mail or offsite")
    parser.add_argument("--due", metavar="T", help="a deadline that it sets")
    parser.add_argument("--plan", type=int, metavar="N", help="the number of the plan, where there are several")
    parser.add_argument("--part", metavar="N/M", help="of delivered: how much of the work, for instance 4/5")
    parser.add_argument("--note", metavar="TEXT", help="words of your own")
    _undo_or_restore(parser.add_mutually_exclusive_group())


def _withdrawal(parser: Parser) -> None:
    # A parser of its own: optional positionals behind options are what argparse cannot do.
    parser.usage = "inboxwatch record --undo ID\n       inboxwatch record --restore ID"
    _undo_or_restore(parser.add_mutually_exclusive_group(required=True))


def _undo_or_restore(group: argparse._MutuallyExclusiveGroup) -> None:
    group.add_argument("--undo", metavar="ID", help="let a recorded fact, or a mail's event, count no more")
    group.add_argument("--restore", metavar="ID", help="let it count again; show in review what was taken off it")


def _snooze(parser: Parser) -> None:
    parser.add_argument("project", metavar="PROJECT", help="by any of its names")
    until = parser.add_mutually_exclusive_group(required=True)
    until.add_argument("--until", metavar="T", help="a date, an instant, or a span from now such as 3d or 2w")
    until.add_argument("--off", action="store_true", help="end it now")


def _forget(parser: Parser) -> None:
    parser.usage = (
        "inboxwatch forget PROJECT [--yes | --dry-run]\n       inboxwatch forget --mailbox NAME [--yes | --dry-run]"
    )
    parser.add_argument("project", metavar="PROJECT", nargs="?", help="by any of its names")
    parser.add_argument("--mailbox", metavar="NAME", help="all that was found in this mailbox alone")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--yes", action="store_true", help="do not ask")
    how.add_argument("--dry-run", action="store_true", help="show what would be removed; remove nothing")


def _export(parser: Parser) -> None:
    parser.add_argument("project", metavar="PROJECT", help="by any of its names")
    parser.add_argument("--to", required=True, type=Path, metavar="FOLDER", help="a new folder, made for the pack")
    parser.add_argument("--language", choices=("ja", "en"), default="ja", help="of the document (default: ja)")


def _alerts(parser: Parser) -> None:
    _json(parser)
    acts = parser.add_subparsers(dest="act", metavar="ack|resend")
    for name, words in (("ack", "you have seen it: it is not repeated"), ("resend", "send it once more")):
        act = acts.add_parser(name, help=words, description=words, allow_abbrev=False)
        _add_shared(act)
        act.add_argument("key", metavar="KEY", help="the alert's key, or how it begins")


def _teach(parser: Parser) -> None:
    from inboxwatch.platforms.kinds import PROJECT_EVENTS, PROJECTLESS_EVENTS

    kinds = ", ".join(PROJECT_EVENTS + PROJECTLESS_EVENTS)
    parser.usage = (
        "inboxwatch teach MAIL --as KIND [--by WHO] [--subject PATTERN] [--dry-run]\n"
        "       inboxwatch teach --undo MAIL|RULE [--dry-run]"
    )
    parser.add_argument("mail", metavar="MAIL", help="its id, as `review` shows it, or its Message-ID")
    parser.add_argument(
        "--as",
        dest="kind",
        metavar="KIND",
        required=True,
        help=f"what such mails mean, a fact's Japanese name or one of: {kinds}",
    )
    parser.add_argument("--by", choices=("client", "me", "platform"), help="whose act it is (default: the usual one)")
    parser.add_argument("--subject", metavar="PATTERN", help="the rule in your own words: {client}, {title}, {*}")
    parser.add_argument("--dry-run", action="store_true", help="show the rule and what it would change; write nothing")
    parser.add_argument(
        "--undo", action="store_true", help="take out the rule that a mail was taught by, or the rule of this name"
    )


def _unteaching(parser: Parser) -> None:
    parser.usage = "inboxwatch teach --undo MAIL|RULE [--dry-run]"
    parser.add_argument(
        "mail", metavar="MAIL|RULE", help="a mail that it reads, or the rule's name, for instance lancers+own/2"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would change; write nothing")
    parser.add_argument("--undo", action="store_true", help="take out the rule that this mail was taught by")


def _review(parser: Parser) -> None:
    parser.add_argument(
        "--done", nargs="+", metavar="ID", help="you have looked at these mails: take them off the list"
    )
    _json(parser)


def _rebuild(parser: Parser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show what would change; change nothing")
    _json(parser)


def _demo(parser: Parser) -> None:
    _json(parser)
    _language(parser)


def _assign(parser: Parser) -> None:
    parser.usage = "inboxwatch assign MAIL PROJECT [--only]\n       inboxwatch assign MAIL --undo"
    _mail(parser)
    parser.add_argument("project", metavar="PROJECT", help="by any of its names; platform/id makes a new one")
    parser.add_argument("--only", action="store_true", help="this mail alone, and none of its like")
    parser.add_argument("--undo", action="store_true", help="take back what you have said of this mail")


def _reassignment(parser: Parser) -> None:
    parser.usage = "inboxwatch assign MAIL --undo"
    _mail(parser)
    parser.add_argument("--undo", action="store_true", required=True, help="take back what you have said of this mail")


def _mail(parser: Parser) -> None:
    parser.add_argument("mail", metavar="MAIL", help="its id, as review and timeline show it, or its Message-ID")


#: What `--undo` needs is not what the command needs otherwise.
_UNDOING: dict[str, Callable[[Parser], None]] = {"record": _withdrawal, "assign": _reassignment, "teach": _unteaching}

_COMMANDS: dict[str, _Command] = {
    "demo": _Command("demo", "show on a built-in mailbox what this program is for", "inboxwatch demo", _demo),
    "check": _Command(
        "check", "check configuration, profiles, logins, folders and targets", "inboxwatch check --send-test", _check
    ),
    "login": _Command(
        "login",
        "give permission to read a mailbox without its password (Google, Microsoft)",
        "inboxwatch login main\ninboxwatch login main --paste",
        _login,
    ),
    "run": _Command("run", "watch the mailboxes until stopped", "inboxwatch run --once", _run),
    "status": _Command("status", "every project: how it stands and what to do", "inboxwatch status", _status),
    "timeline": _Command(
        "timeline", "one project's events and deadlines", "inboxwatch timeline lancers/5545030", _timeline
    ),
    "record": _Command(
        "record",
        "record a fact that no mail shows, or withdraw one",
        "inboxwatch record lancers/5545030 completion_reported --at 2026-11-23T18:30\n"
        "inboxwatch record --undo 3\ninboxwatch record --restore 3",
        _record,
    ),
    "snooze": _Command(
        "snooze",
        "no nudges and repeats for a project until an instant",
        "inboxwatch snooze lancers/5545030 --until 2w\ninboxwatch snooze lancers/5545030 --off",
        _snooze,
    ),
    "alerts": _Command(
        "alerts",
        "what was sent, to whom, and what failed",
        "inboxwatch alerts --json\ninboxwatch alerts ack lancers/5545030/silence",
        _alerts,
    ),
    "assign": _Command(
        "assign",
        "say to which project a mail belongs, and with it its like",
        "inboxwatch assign 9f2c41d07ab3 lancers/5545030\ninboxwatch assign 9f2c41d07ab3 --undo",
        _assign,
    ),
    "export": _Command(
        "export",
        "write a project's evidence pack: its timeline, its mails as stored, checksums",
        "inboxwatch export lancers/5545030 --to evidence",
        _export,
    ),
    "forget": _Command(
        "forget",
        "remove a project, or a mailbox, and its mails for good",
        "inboxwatch forget lancers/5545030 --dry-run\ninboxwatch forget --mailbox old",
        _forget,
    ),
    "review": _Command(
        "review",
        "mails that need a look, or take some off the list",
        "inboxwatch review\ninboxwatch review --done 3fa4c81b",
        _review,
    ),
    "teach": _Command(
        "teach",
        "make a rule of your own from a mail",
        "inboxwatch teach 3fa4c81b --as payment_confirmed --dry-run",
        _teach,
    ),
    "rebuild": _Command(
        "rebuild", "read all kept mail again by today's rules", "inboxwatch rebuild --dry-run", _rebuild
    ),
    "import": _Command("import_files", "read old mail into the store as history", "inboxwatch import ~/Mail", _paths),
    "classify": _Command(
        "classify", "what each mail is taken for, and why", "inboxwatch classify mails/*.eml", _classify
    ),
    "replay": _Command(
        "replay",
        "the alerts that old mail would have caused",
        "inboxwatch replay ~/Mail --notes notes.yaml --until 2026-11-23",
        _replay,
    ),
    "schema": _Command(
        "schema", "the JSON Schema of the configuration", "inboxwatch schema > config.schema.json", _nothing
    ),
    "version": _Command("version", "the version of this program", "inboxwatch version", _nothing),
}

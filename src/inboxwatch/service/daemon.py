"""The daemon: a thread watches each mailbox, one writer keeps and decides, one sender delivers."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import schedule

from inboxwatch.alerts.model import Alert
from inboxwatch.app import App
from inboxwatch.causes import cause_in_words
from inboxwatch.config import ConfigError, CredentialError, Mailbox
from inboxwatch.mail.model import Proof
from inboxwatch.mailbox.errors import LoginRefused, PartlyRead
from inboxwatch.pipeline import Pipeline
from inboxwatch.platforms.load import ProfileError
from inboxwatch.platforms.taught import stamp
from inboxwatch.service.arrival import alerts_arrive
from inboxwatch.service.clock import wait_for_the_clock
from inboxwatch.service.desk import Desk
from inboxwatch.service.keeping import coverage, keep_found
from inboxwatch.service.keys import keys_of
from inboxwatch.service.lock import held
from inboxwatch.service.notify import Notifier
from inboxwatch.service.pulse import Pulse
from inboxwatch.service.readers import Found, reader_for
from inboxwatch.service.rules import RulesChanged
from inboxwatch.service.sending import SendingThread
from inboxwatch.service.sight import blind_after, blinded, blindness, restored, told_blind
from inboxwatch.service.status_line import status_line
from inboxwatch.service.unwritten import Unwritten
from inboxwatch.service.watcher import Watcher
from inboxwatch.store.model import FolderState, StoreError, WatchState

REFUSALS_UNTIL_BLIND = 2

#: How long the threads are given to end; systemd is told to wait longer.
STOP_SECONDS = 8.0
#: A reload waits for a delivery under way, so that no target is told twice.
RELOAD_SECONDS = 45.0
#: The wall clock ahead of the steady one by more than this: the machine was suspended, or its clock was wrong.
ASLEEP_SECONDS = 300.0
#: When it is decided again after that has failed.
AFTER_A_FAULT = timedelta(seconds=30)
#: How often it is noted that the daemon comes round.
LOOKED_EVERY = timedelta(minutes=10)
_FAULT_SAID_EVERY = 600.0
_TICK = 1.0

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The wall clock, read nowhere else in the daemon."""
    return datetime.now(UTC)


def serve(
    load: Callable[[], App],
    environ: Mapping[str, str],
    *,
    stop: threading.Event | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> int:
    """Run until SIGTERM or SIGINT (or `stop`); SIGHUP reloads the configuration, all or nothing. Return the exit code.

    `load` reads and checks the configuration and raises ConfigError, ProfileError or CredentialError. Raises these for
    the first load only, StoreError when the state cannot be used, and LockError when another daemon uses it.
    """
    stop = stop or threading.Event()
    reload = threading.Event()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        signal.signal(signal.SIGINT, lambda *_: stop.set())
        signal.signal(signal.SIGHUP, lambda *_: reload.set())
    notifier = Notifier(environ)
    app = load()
    with held(app.folder, app.config.zone):
        _wait_for_the_clock(app, notifier, clock, stop)
        daemon = Daemon(app, notifier, clock)
        while True:
            daemon.run(stop, reload)
            if stop.is_set():
                notifier.tell("STOPPING=1")
                daemon.close()
                return 0
            reload.clear()
            daemon = _reloaded(daemon, load, notifier, clock, stop)


def _wait_for_the_clock(app: App, notifier: Notifier, clock: Callable[[], datetime], stop: threading.Event) -> None:
    store = app.open_store()
    decided_at = store.recall_instant("decided_at")
    store.close()
    sentence = app.wording.say("manager.clock")
    wait_for_the_clock(clock, decided_at, stop, lambda: notifier.tell(f"STATUS={sentence}"))


def _reloaded(
    daemon: Daemon,
    load: Callable[[], App],
    notifier: Notifier,
    clock: Callable[[], datetime],
    stop: threading.Event,
) -> Daemon:
    """A daemon with the new configuration; the old one, which has not stopped, if the new one cannot be used."""
    notifier.tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
    try:
        app = load()
        if app.folder != daemon.app.folder:
            raise ConfigError([f"{app.config.path}: state: another state folder needs a restart"])
        app.open_store().close()
    except (ConfigError, ProfileError, CredentialError, StoreError) as error:
        _log.error("the new configuration cannot be used; the old one stays in force:\n%s", error)
        daemon.keep_old_settings()
        return daemon
    except Exception:  # noqa: BLE001 - what new rules may do to us must not end the watch; it is recorded
        _log.exception("the new configuration cannot be used; the old one stays in force")
        daemon.keep_old_settings()
        return daemon
    daemon.close(RELOAD_SECONDS, hurry=stop)
    try:
        made = Daemon(app, notifier, clock)
    except Exception:  # noqa: BLE001 - a reload must not end the watch, whatever the new rules or the disk do to it
        _log.exception("the new configuration cannot be used; the old one stays in force")
        # The taught rules as they are now: else they would be found changed again at once.
        return Daemon(replace(daemon.app, taught=app.taught), notifier, clock)
    _log.info("the configuration has been read again")
    return made


class Daemon:
    """One run of the service with one configuration. All its methods but the desk's are the writer's."""

    def __init__(self, app: App, notifier: Notifier, clock: Callable[[], datetime]) -> None:
        self.app = app
        self._notifier = notifier
        self._clock = clock
        self._store = app.open_store()
        self._pipeline: Pipeline = app.pipeline(self._store)
        self._desk = Desk(self)
        self._keys = keys_of(app.config)
        self._mailboxes = {mailbox.name: mailbox for mailbox in app.config.mailboxes}
        self._watchers = [self._watcher(mailbox) for mailbox in app.config.mailboxes]
        self._sending = SendingThread(app, clock)
        self._unwritten = Unwritten(app)
        self._pulse = Pulse(app, notifier, self._watchers, self._sending)
        self._jobs = schedule.Scheduler()
        self._pipeline.begin(clock())
        self._history = self._pipeline.starting(clock())
        self._read_up_to: dict[str, datetime | None] = dict.fromkeys(self._mailboxes)
        self._alive: dict[str, float] = dict.fromkeys(self._mailboxes, time.monotonic())
        self._cause: dict[str, str] = {}
        self._cause_in_words: dict[str, str] = {}
        self._refusals: dict[str, int] = dict.fromkeys(self._mailboxes, 0)
        self._heard: set[str] = set()
        # A spell that `run --once` has only marked is not told yet, and so is not this daemon's own knowledge.
        self._marked = {n: w for n, w in self._store.watch().items() if w.blind_since and n in self._mailboxes}
        self._blind = {name: state for name, state in self._marked.items() if told_blind(self._pipeline, state)}
        read = {folder.mailbox for folder in self._store.folders() if folder.read_up_to}
        self._never_read = set() if self._history else self._mailboxes.keys() - read
        self._store.forget_mailboxes(self._mailboxes)
        self._first_time = dict.fromkeys(self._mailboxes, True)
        self._changes = self._store.changes()
        self._taught = app.taught
        self._reload = threading.Event()
        self._look_at: datetime | None = clock()
        self._store_faults: dict[str, float] = {}
        self._ready = False
        self._status = ""
        self._keeps_old_settings = False
        self._started = False
        self._clocks = (clock(), time.monotonic())
        self._offset = time.localtime().tm_gmtoff

    def _watcher(self, mailbox: Mailbox) -> Watcher:
        app = self.app
        reader = reader_for(mailbox, app.profiles, app.policy.known, self._clock, self._keys, state=app.folder)
        return Watcher(reader, self._desk, mailbox.poll.total_seconds())

    # -- the loop

    def run(self, stop: threading.Event, reload: threading.Event) -> None:
        """Keep, decide and tell until asked to stop or to reload. May be called again after a reload that failed."""
        self._reload = reload
        if not self._started and not stop.is_set():
            self._started = True
            self._plan()
            for watcher in self._watchers:
                watcher.start()
            self._sending.start()
            self._pulse.start()
        while not stop.is_set() and not reload.is_set():
            self._desk.serve(_TICK)
            self._safely(self._compare_clocks)
            self._jobs.run_pending()
            if self._look_at and self._look_at <= self._clock():
                self._safely(self._decide)

    def close(self, seconds: float = STOP_SECONDS, *, hurry: threading.Event | None = None) -> None:
        """End the threads and close the store. What is not committed by now is read again.

        A delivery under way is given so many seconds, unless `hurry` is set meanwhile; all else `STOP_SECONDS`.
        """
        begun = time.monotonic()
        until = begun + STOP_SECONDS
        for watcher in self._watchers:
            watcher.stop()
        self._sending.stop()
        self._unwritten.stop()
        self._pulse.stop()
        self._desk.close()
        for watcher in self._watchers:
            if self._started and not watcher.ended(max(0.0, until - time.monotonic())):
                _log.warning("%s: the connection did not end in time and is abandoned", watcher.name)
        while not self._sending.ended(0.5) and time.monotonic() < begun + seconds:
            if hurry and hurry.is_set() and time.monotonic() >= until:
                break
        if not self._sending.ended(0.0):
            _log.warning("a target did not end in time; its delivery is repeated and says so")
        self._store.close()

    def _compare_clocks(self) -> None:
        """A machine that slept has not read meanwhile; and the scheduler stands still when the clock is set back.

        It goes by the local clock, and so stands still for an hour when daylight saving time ends, too.
        """
        wall, steady, offset = self._clock(), time.monotonic(), time.localtime().tm_gmtoff
        ahead = (wall - self._clocks[0]).total_seconds() - (steady - self._clocks[1])
        if -_TICK < ahead <= ASLEEP_SECONDS and offset == self._offset:
            self._clocks = (wall, steady)
            return
        if ahead > ASLEEP_SECONDS:
            _log.info("the machine was asleep for %d seconds", ahead)
            self._history = self._pipeline.starting(wall)
            self._read_up_to = dict.fromkeys(self._mailboxes)
        elif ahead <= -_TICK:
            self._store.hasten(wall)  # what was put off until an instant of the wrong clock
        self._clocks, self._offset = (wall, steady), offset
        self._jobs.clear()
        self._plan()
        self._look_now()
        for watcher in self._watchers:
            watcher.wake()

    def _plan(self) -> None:
        """The periodic work. A job must not raise: one that does would starve the others."""
        for watcher in self._watchers:
            seconds = int(self._mailboxes[watcher.name].poll.total_seconds())
            self._jobs.every(seconds).seconds.do(watcher.wake)
        self._jobs.every(1).seconds.do(self._safely, self._notice_others)
        self._jobs.every(5).seconds.do(self._safely, self._check_watch)
        self._jobs.every(5).seconds.do(self._safely, self._ping_if_well)
        self._jobs.every(60).seconds.do(self._safely, self._look_now)
        if self._notifier.watchdog_seconds:
            self._jobs.every(max(1, int(self._notifier.watchdog_seconds / 3))).seconds.do(
                self._safely, self._pulse.feed_watchdog
            )

    def _safely(self, job: Callable[[], None]) -> None:
        try:
            job()
        except StoreError as error:
            self._log_store_fault(str(error))
        except Exception:  # noqa: BLE001 - one faulty step must not end the watch; it is recorded and tried again
            _log.exception("unexpected fault")

    def _log_store_fault(self, sentence: str) -> None:
        """The same fault befalls each job again and again: one line in ten minutes says as much."""
        last = self._store_faults.get(sentence)
        if last is None or time.monotonic() - last > _FAULT_SAID_EVERY:
            self._store_faults[sentence] = time.monotonic()
            _log.error("%s", sentence)

    # -- deciding

    def _look_now(self) -> None:
        self._look_at = self._clock()

    def _notice_others(self) -> None:
        """Commands write through the same store; what they changed is decided at once, by the rules they taught."""
        if self._taught_anew():
            return
        changes = self._store.changes()
        if changes != self._changes:
            self._changes = changes
            self._look_now()

    def _taught_anew(self) -> bool:
        """True if the taught rules have changed: then all is read again, as by SIGHUP. Asked once for each change."""
        taught = stamp(self.app.taught_profiles)
        if taught == self._taught:
            return False
        self._taught = taught
        _log.info("the rules of your own have changed")
        self._reload.set()
        return True

    def _decide(self) -> None:
        now = self._clock()
        self._look_at = now + AFTER_A_FAULT
        seen = coverage(self._store, self._read_up_to, self._blind)
        if self._mailboxes and seen.known_until is None and len(self._blind) == len(self._mailboxes):
            _log.debug("every mailbox is blind: only what has a deadline is decided")
        # Asked inside the transaction, as in `keep`: nothing is decided by rules that `teach` has just replaced.
        try:
            with self._store.transaction():
                if self._taught_anew() or self._reload.is_set():
                    return
                told = self._pipeline.decide(now, seen)
        except StoreError as error:
            if error.may_pass:
                self._pulse.decided()  # a process begun anew finds no more room on the disk, and knows less
            raise
        self._pulse.decided()
        self._note_that_it_looked(now)
        if seen.known_until is not None:
            self._history = False
        self._announce(told)
        due = self._pipeline.next_due(now)
        if due is not None and due <= now:
            due = now + self._hasten(seen.blind)
        self._look_at = due

    def _note_that_it_looked(self, now: datetime) -> None:
        """For `status`, which so tells a daemon that stands still; not each time, for it costs a write."""
        before = self._store.recall_instant("looked_at")
        if before is None or not timedelta(0) <= now - before < LOOKED_EVERY:
            self._store.remember_instant("looked_at", now)

    def _hasten(self, blind: bool) -> timedelta:
        """Something is held, for silence is told only of what has been read: have it read now, and look again soon."""
        if blind:
            return timedelta(seconds=60)  # decided at once when the mailbox can be read again
        for watcher in self._watchers:
            watcher.wake()
        return timedelta(seconds=5)

    def _announce(self, told: list[Alert]) -> None:
        for alert in told:
            _log.info("%s: %s", alert.kind, alert.key)
        if told:
            self._sending.wake()

    # -- what the watchers hand in

    def keep(self, found: Found) -> None:
        """Keep one batch."""
        # Asked inside the transaction: `teach` replaces its file inside one of its own, so not between these two lines.
        with self._store.transaction():
            if self._taught_anew() or self._reload.is_set():
                raise RulesChanged
            new = keep_found(self._pipeline, found, self._clock(), history=self._history)
        if not found.batch.complete:  # a long read is under way; else only that every folder was read proves sight
            self._alive[found.mailbox] = time.monotonic()
        if new:
            _log.info("%s/%s: %d new mail(s)", found.mailbox, found.folder, new)

    def folder(self, mailbox: str, folder: str) -> FolderState | None:
        """How far a folder has been read."""
        return self._store.folder(mailbox, folder)

    def to_prove(self) -> list[tuple[str, bytes]]:
        """The kept mails whose keys could not be had when they came, and are to be asked for now."""
        return self._store.mails_to_prove(self._clock())

    def prove(self, identity: str, proof: Proof | None) -> None:
        """Keep what the signatures of a kept mail showed when it was asked again."""
        self._pipeline.prove(identity, proof, self._clock())
        self._look_now()

    def opened(self, mailbox: str) -> None:
        """A mailbox has let us in."""
        self._alive[mailbox] = time.monotonic()
        self._heard_of(mailbox)

    def read(self, mailbox: str, read_at: datetime, folders: set[str]) -> None:
        """A mailbox has been read completely, in all these folders, up to this instant.

        What is to be written is forgotten here only once it is kept: after a full disk the next read does it again.
        """
        if self._unwritten.state(mailbox):
            self._blinded(mailbox, timedelta(0))  # told while it could not be kept; below she is told of its end
        if self._first_time.get(mailbox):
            self._store.forget_folders(mailbox, folders)
            self._first_time.pop(mailbox)
        if self._read_up_to[mailbox] is None or mailbox in self._blind:
            # After a start, a sleep or blindness: what could not be sent meanwhile need not wait out its delay.
            self._store.hasten(self._clock())
            self._sending.wake()
        self._read_up_to[mailbox] = read_at
        self._alive[mailbox] = time.monotonic()
        self._refusals[mailbox] = 0
        self._cause.pop(mailbox, None)
        self._cause_in_words.pop(mailbox, None)
        marked = self._blind.get(mailbox) or self._marked.get(mailbox)
        if marked:
            restored(self._pipeline, marked, read_at, self._clock())
            self._blind.pop(mailbox, None)
            self._marked.pop(mailbox, None)
            self._sending.wake()
        if mailbox in self._never_read:
            # A mailbox that came later: what it held is history, and told as what is true now.
            self._announce([self._pipeline.summarise(self._clock())])
            self._never_read.discard(mailbox)
        self._heard_of(mailbox)
        self._look_now()

    def failed(self, mailbox: str, error: Exception) -> None:
        """A mailbox could not be read."""
        if isinstance(error, RulesChanged):
            return
        sentence = str(error) or type(error).__name__
        if self._cause.get(mailbox) != sentence:
            _log.warning("%s: %s", mailbox, sentence)
        self._cause[mailbox] = sentence
        self._cause_in_words[mailbox] = cause_in_words(error, self._pipeline.wording)
        self._refusals[mailbox] += isinstance(error, LoginRefused)
        self._heard_of(mailbox)
        if isinstance(error, PartlyRead):
            self._partly_read(mailbox, error.read_at)
        self._safely(self._check_watch)

    def _partly_read(self, mailbox: str, read_at: datetime) -> None:
        """What was brought is decided; but a folder that is missing does not come back by waiting, so it is told."""
        self._read_up_to[mailbox] = read_at
        if mailbox not in self._blind:
            self._safely(lambda: self._blinded(mailbox, timedelta(0), partly=True))
        self._look_now()

    def _heard_of(self, mailbox: str) -> None:
        """READY=1 once the outcome of every mailbox's first login is known, good or bad."""
        self._heard.add(mailbox)
        if not self._ready and len(self._heard) == len(self._mailboxes):
            self._ready = True
            self._notifier.tell("READY=1")
        self._tell_status()

    def _tell_status(self) -> None:
        waiting = sum(one.waiting for one in self._store.waiting().values())
        line = status_line(
            self._pipeline.wording.say,
            self._pipeline.wording.zone,
            self._read_up_to,
            self._cause_in_words,
            waiting,
            old_settings=self._keeps_old_settings,
        )
        if line != self._status:
            self._status = line
            self._notifier.tell(f"STATUS={line}")

    def keep_old_settings(self) -> None:
        """A reload has failed, and the watch goes on as before; the service manager shows it."""
        self._keeps_old_settings = True
        self._notifier.tell("READY=1")
        self._safely(self._tell_status)

    # -- whether the watch sees

    def _check_watch(self) -> None:
        for name, mailbox in self._mailboxes.items():
            # The monotonic clock stands still while the machine is suspended: a sleeping machine is not blind.
            silent = timedelta(seconds=time.monotonic() - self._alive[name])
            if name in self._blind:
                continue
            if silent > blind_after(mailbox.poll) or self._refusals[name] >= REFUSALS_UNTIL_BLIND:
                self._blinded(name, silent)

    def _blinded(self, name: str, silent: timedelta, *, partly: bool = False) -> None:
        now = self._clock()
        marked = self._marked.get(name)
        since = (marked and marked.blind_since) or self._read_up_to[name] or now - silent
        state = self._unwritten.state(name) or WatchState(name, self._read_up_to[name], since, self._why_blind(name))
        try:
            with self._store.transaction():
                blinded(self._pipeline, state, now, partly=partly)
                self._unwritten.settle(name, self._store, now)
        except StoreError:
            self._unwritten.tell(state, blindness(self._pipeline, state, now, partly=partly))
            raise
        self._unwritten.settled(name)
        self._blind[name] = state
        self._sending.wake()
        self._look_now()

    def _why_blind(self, name: str) -> str:
        return self._cause_in_words.get(name) or self._pipeline.wording.say("causes.silent")

    def _ping_if_well(self) -> None:
        """Say that all is well, if it is: every mailbox was read and can be read, and alerts arrive."""
        if not self._pulse.ping_due() or self._blind or None in self._read_up_to.values():
            return
        if alerts_arrive(self._pipeline):
            self._pulse.ping()

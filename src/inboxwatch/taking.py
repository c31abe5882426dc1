"""Takes mails and facts into the store, and derives from what is kept the timeline of every project.

Reads no clock and reaches nothing but the store: `now` is passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from inboxwatch.alerts.loose import TOLD_WITHOUT_PROJECT
from inboxwatch.facts import FactError
from inboxwatch.kept import StoredMail
from inboxwatch.mail.model import Proof, RawMail, Trust
from inboxwatch.mail.parse import parse
from inboxwatch.mailed import mailed_fact
from inboxwatch.platforms.classify import with_verdict
from inboxwatch.platforms.links import projects_in
from inboxwatch.platforms.prepared import Profiles
from inboxwatch.platforms.recognition import Recognition
from inboxwatch.policy import Parts, Policy
from inboxwatch.store.sqlite import Store
from inboxwatch.timeline.assign import Assignment, Timeline
from inboxwatch.timeline.names import KnownProjects
from inboxwatch.timeline.reading import Correction, Fact
from inboxwatch.understand import understand
from inboxwatch.wording.say import Wording

#: What has changed is looked at by the next decision, whatever the clock shows then: it may be set back meanwhile.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Live:
    """The assignment as it stands, and the store it is good for: any other number there, and it is out of date."""

    assignment: Assignment
    last_mail: int
    changes: int
    rollbacks: int


#: Of two copies of one mail the verdict that proves more stands: that it is genuine, else that it is forged. A copy of
#: which nothing is known lifts no verdict, for anybody can send one to her other mailbox.
_PROVES: Mapping[Trust, int] = {"unverified": 0, "forged": 1, "verified": 2}


class Taking(Parts):
    """The half of the pipeline that mails and facts come in by."""

    def __init__(self, store: Store, profiles: Profiles, policy: Policy, wording: Wording) -> None:
        super().__init__(store, profiles, policy, wording)
        self._live: _Live | None = None
        if policy.known.clients:
            for message_id, client in store.mails_with_clients():
                policy.known.threads.learn(message_id, client)

    def take(self, mails: Iterable[RawMail], now: datetime, *, history: bool = False) -> int:
        """Given mails as received, keep what concerns a platform or a client; return how many were new.

        Called inside the transaction that keeps the folder's progress.
        """
        kept = (understand(mail, self.profiles, self.policy.known, now, history=history)[0] for mail in mails)
        return self.keep([mail for mail in kept if mail], now)

    def keep(self, mails: Sequence[StoredMail], now: datetime) -> int:
        """Keep mails as `understand` returns them, with what follows for the timelines; return how many were new.

        Where the configuration has changed since the timelines were derived, it takes effect first (`begin`).
        """
        with self.store.transaction():
            self.begin(now)
            last = self.store.last_mail()
            new: list[StoredMail] = []
            proved = False
            for mail in map(self._shown_or_waiting, mails):
                if self._is_new(mail):
                    new.append(mail)
                else:
                    proved = self._proves_more(mail) or proved
            states = any(mail.states for mail in new)
            if states or proved or (any(mail.reading for mail in new) and not self._extend(new, last, now)):
                self.derive(now, new=new)
            return len(new)

    def prove(self, identity: str, proof: Proof | None, now: datetime) -> None:
        """Keep what the signatures of a kept mail showed when their key was asked for again, with what follows.

        What the provider called forged stays so, but for what a trusted forwarder has sealed.
        """
        with self.store.transaction():
            self.begin(now)
            mail, raw = self.store.mail(identity), self.store.raw(identity)
            self.store.keep_proof(identity, proof)
            if proof is None or mail is None or raw is None or mail.recognition is None:
                return
            if mail.recognition.trust == "forged" and proof.sealed is None:
                return
            read = parse(RawMail(raw, mail.arrived_at, mail.in_sent, proof=proof))
            found = with_verdict(mail.recognition, read, self.policy.known, frozenset())
            if self._proves_more(replace(mail, recognition=found)):
                self.derive(now)

    def _proves_more(self, mail: StoredMail) -> bool:
        """If this copy of a mail proves more than the one that is kept, let what it proves stand in its place.

        Else whoever sends a copy ahead, or forwards one, would take the proof from the true one; and what one provider
        has found forged would count because another has not looked.
        """
        kept, found = self.store.mail(mail.identity), mail.recognition
        if kept is None or kept.recognition is None or found is None or found.platform is None:
            return False
        if _PROVES[found.trust] <= _PROVES[kept.recognition.trust]:
            return False
        if found.trust == "verified" and found.suspicious:
            return False
        look = not kept.history and (found.event is None or found.suspicious is not None)
        self.store.reread(mail.identity, replace(kept, recognition=found, look=look, raw=b""))
        return True

    def _is_new(self, mail: StoredMail) -> bool:
        """Keep the mail; false if it was kept before, but for a fact that she states and a copy found outside Sent."""
        return self.store.add_mail(mail) or (mail.states and self.store.found_in_sent(mail))

    def record(self, fact: Fact, now: datetime) -> Fact:
        """Keep a fact that no mail shows; return it with its id."""
        with self.store.transaction():
            self.begin(now)
            kept = replace(fact, id=self.store.add_fact(fact))
            self.derive(now)
            return kept

    def withdraw(self, fact_id: int, now: datetime) -> Fact | None:
        """Withdraw a recorded fact. None if there is none of this id that still stands."""
        with self.store.transaction():
            self.begin(now)
            found = self.store.withdraw_fact(fact_id, now)
            self.derive(now)
            return found

    def restore(self, fact_id: int, now: datetime) -> Fact | None:
        """Let a withdrawn fact stand again. None if none of this id is withdrawn."""
        with self.store.transaction():
            self.begin(now)
            found = self.store.restore_fact(fact_id)
            self.derive(now)
            return found

    def correct(self, mail: StoredMail, correction: Correction | None, now: datetime) -> None:
        """Keep what she says of a mail (None: nothing any more), and derive the timelines by it."""
        with self.store.transaction():
            self.begin(now)
            if correction is None:
                self.store.forget_correction(mail.identity)
            else:
                self.store.correct(mail.identity, correction, now)
            self.derive(now)

    def derive(self, now: datetime, *, new: Sequence[StoredMail] = ()) -> None:
        """Make every project's timeline from what is kept; what changed is looked at by the next `decide`."""
        self._live = None
        assignment = self._assignment()
        timeline = assignment.timeline()
        self.store.save_timeline(timeline.events, timeline.aliases, look_at=AT_ONCE)
        if self._take_stated():
            self.derive(now, new=new)
            return
        self._show_unplaced(assignment, new)
        self._live = self._stands(assignment)

    def _take_stated(self) -> bool:
        """Keep the facts that she mailed to herself, of projects that are known by now; true if there were any.

        A project may become known only later, for Sent may be read before INBOX. So what cannot be taken is tried
        again with every timeline until she is told of it, and never after: by then she has stated it anew.
        """
        taken = False
        for mail in self.store.stated_mails():
            assert mail.recognition is not None
            try:
                fact = self._stated(mail)
            except FactError as error:
                if mail.recognition.problem != error.problem:
                    recognition = replace(mail.recognition, problem=error.problem)
                    self.store.judge_stated(mail.identity, recognition, look=True)
                continue
            self.store.add_fact(fact)
            self.store.judge_stated(mail.identity, replace(mail.recognition, problem=()), look=False)
            taken = True
        return taken

    def _stated(self, mail: StoredMail) -> Fact:
        names = [profile.platform for profile in self.profiles]
        return mailed_fact(
            mail, self.policy.known.me, self.wording.zone, self.store.projects(), names, self._project_of_link
        )

    def _project_of_link(self, link: str) -> str | None:
        """The full name of the project that a link leads to; None if it leads to none."""
        for platform in self.profiles.platforms:
            found = projects_in((link,), platform.links)
            if len(found) == 1:
                return f"{platform.profile.platform}/{found[0]}"
        return None

    def _stands(self, assignment: Assignment) -> _Live:
        return _Live(assignment, self.store.last_mail(), self.store.changes(), self.store.rollbacks)

    def _extend(self, new: Sequence[StoredMail], last: int, now: datetime) -> bool:
        """Do the same for new mails alone, where that is enough: where they are the newest and show no new name."""
        live, self._live = self._live, None
        if live is None:
            return False
        if (live.last_mail, live.changes, live.rollbacks) != (last, self.store.changes(), self.store.rollbacks):
            return False
        changed: set[str] = set()
        readings = [mail.reading for mail in sorted(new, key=lambda mail: mail.sent_at)]
        for reading in readings:
            if reading is None or not self._counts(reading.recognition):
                continue
            names = live.assignment.add(reading)
            if names is None:
                return False
            changed |= names
        timeline = live.assignment.timeline(frozenset(changed))
        self.store.save_timeline(timeline.events, timeline.aliases, look_at=AT_ONCE, whole=False)
        self._show_unplaced(live.assignment, new)
        self._live = self._stands(live.assignment)
        return True

    def _show_unplaced(self, assignment: Assignment, new: Sequence[StoredMail]) -> None:
        """Of the new mails those that matter and belong to no project must be shown to her.

        What waits to be shown as such and has a place by now is told as what its project is told of.
        """
        self.store.remember("ambiguous", str(assignment.ambiguous()))
        unplaced = {r.key for r in assignment.unplaced if r.recognition.event in TOLD_WITHOUT_PROJECT}
        for mail in new:
            if mail.key in unplaced and not mail.history:
                self.store.must_show(mail.identity)
        for mail in self.store.mails_to_show():
            if mail.key not in unplaced and mail.reading and self._could_be_placed(mail.reading.recognition):
                self.store.shown(mail.identity)

    def _could_be_placed(self, found: Recognition) -> bool:
        """True for what is told without a project only because it could not be placed."""
        honest = found.suspicious is None and found.trust != "forged"
        return honest and found.event in TOLD_WITHOUT_PROJECT and self._counts(found)

    def timeline(self) -> Timeline:
        """Which events every project has, from all that is kept, and what could not be placed."""
        return self._assignment().timeline()

    def _assignment(self) -> Assignment:
        readings = [reading for reading in self.store.readings() if self._counts(reading.recognition)]
        clients = [KnownProjects(client.name, client.projects) for client in self.policy.known.clients]
        return Assignment.of(readings, self.store.facts(), self.store.corrections(), clients)

    def _counts(self, recognition: Recognition) -> bool:
        return recognition.platform not in self.policy.require_verified or recognition.trust == "verified"

    def _shown_or_waiting(self, mail: StoredMail) -> StoredMail:
        """What is recognised but not verified, where that is asked for, waits in `review` and raises no alert."""
        found = mail.recognition
        waits = found and found.event and not found.suspicious and not self._counts(found)
        return replace(mail, look=False) if waits else mail

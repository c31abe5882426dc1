"""Every golden mail is read as the file beside it says, and no rule matches where it should not."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from inboxwatch.mail.model import Mail, RawMail
from inboxwatch.mail.parse import parse
from inboxwatch.platforms.classify import Headers, Known, KnownClient, classify, matching_rules, wanted
from inboxwatch.platforms.load import load_profiles
from inboxwatch.platforms.recognition import Recognition

HERE = Path(__file__).parent
MAILS = sorted(HERE.glob("*/*.eml"))
PROFILES = load_profiles([], None, lambda _platform: True)
KNOWN = Known(
    me=frozenset({"me@example.com"}),
    clients=(KnownClient("山田商店", frozenset({"yamada@example.co.jp"})),),
    authserv_ids=frozenset({"mx.example.com"}),
)
NOTHING = Recognition(None, None, "")


def _mail(path: Path) -> Mail:
    return parse(RawMail(path.read_bytes(), datetime(2026, 6, 1, tzinfo=UTC)))


def _expected(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
    return found


def _seen(recognition: Recognition) -> dict[str, Any]:
    """What differs from a recognition of nothing, in the words of the files; sentences, links and text are left out."""
    seen = {
        one.name: getattr(recognition, one.name)
        for one in fields(recognition)
        if one.name not in ("why", "trust_why", "url", "quoted", "suspicion")
        and getattr(recognition, one.name) != getattr(NOTHING, one.name)
    }
    if recognition.suspicious:
        seen["suspicious"] = True
    if recognition.due_at:
        seen["due_at"] = recognition.due_at.isoformat()
    return {"platform": recognition.platform, "event": recognition.event} | seen


#: The mails for which the rules of a profile are asked.
BY_RULES = [
    path for path in MAILS if _expected(path)["event"] != "secret" and _expected(path)["platform"] == path.parent.name
]


@pytest.mark.parametrize("path", MAILS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_golden_mail_is_read_as_the_file_beside_it_says(path: Path) -> None:
    expected = {key: value for key, value in _expected(path).items() if key != "also" and value is not None}
    recognition = classify(_mail(path), PROFILES, KNOWN)
    assert _seen(recognition) == {"platform": None, "event": None} | expected
    assert recognition.why


@pytest.mark.parametrize("path", BY_RULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_rule_but_those_named_matches_a_golden_mail(path: Path) -> None:
    expected, mail = _expected(path), _mail(path)
    platform = PROFILES.of_domain(mail.sender.domain) if mail.sender else None
    assert platform is not None
    by_rules = [name for name in [expected.get("rule", "")] if "/noise/" not in name and name]
    found = [rule.name for rule in matching_rules(mail, platform)]
    assert sorted(found) == sorted(by_rules + expected.get("also", []))


def test_every_rule_has_a_golden_mail() -> None:
    covered = {_expected(path).get("rule") for path in MAILS}
    for platform in PROFILES.platforms:
        if (HERE / platform.profile.platform).is_dir():
            rules = {rule.name for rule in (*platform.attested, *platform.probable)}
            rules |= {secret.name for secret in platform.secrets}
            assert rules - covered == set()


def test_every_golden_mail_has_its_file_and_every_file_its_mail() -> None:
    assert {path.with_suffix("") for path in MAILS} == {path.with_suffix("") for path in HERE.glob("*/*.yaml")}
    assert len(MAILS) >= 70


def test_headers_alone_tell_that_a_golden_mail_is_wanted() -> None:
    """Whatever a mail is taken for must have been fetched; only what a body alone reveals may be missed."""
    by_body_alone = {"f_without_a_prefix"}
    for path in MAILS:
        mail = _mail(path)
        recognition = classify(mail, PROFILES, KNOWN)
        claimed = recognition.platform or recognition.suspicious or recognition.forwarded
        headers = Headers(mail.sender, mail.subject, mail.to, mail.in_sent)
        if path.stem not in by_body_alone:
            assert wanted(headers, PROFILES, KNOWN) is bool(claimed), path.stem


def test_a_secret_leaves_nothing_of_itself() -> None:
    for path in MAILS:
        mail = _mail(path)
        recognition = classify(mail, PROFILES, KNOWN)
        if recognition.event == "secret":
            assert (recognition.title, recognition.client, recognition.url, recognition.project) == (None,) * 4
            assert mail.subject not in recognition.why and "482913" not in repr(recognition)

"""What chat services would obey, at the real plugins of Apprise with a real endpoint in the place of the service."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inboxwatch.alerts.chat import without_markup
from inboxwatch.alerts.targets import apprise_order
from tests.alerts.samples import an_alert
from tests.output.hostile import HOSTILE
from tests.servers.http_target import HttpTarget, http_target

#: Points those plugins whose services have a fixed address at the endpoint; all else is the product's own child.
_CHILD = """
import json, sys
import apprise
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.google_chat import NotifyGoogleChat
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram
from inboxwatch.alerts.apprise_child import send
place = sys.argv[1]
NotifyDiscord.notify_url = place
NotifyGoogleChat.notify_url = place
NotifySlack.api_url = place + "/{}"
NotifyTelegram.notify_url = place + "/"
print(json.dumps(send(json.load(sys.stdin))))
"""
DISCORD = "discord://1234567890123456/abcdefghijklmnop0123456789"


@pytest.fixture
def endpoint() -> Iterator[HttpTarget]:
    with http_target() as target:
        yield target


def texts(value: Any) -> list[str]:
    """Every text in what a service was given."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


def given_to(endpoint: HttpTarget, url: str, title: str, body: str, tmp_path: Path) -> list[dict[str, Any]]:
    """What the service behind `url` is given of an alert with this title and body."""
    alert = an_alert(title=title, body=body, url=None)
    order = apprise_order(alert, url.replace("PORT", str(endpoint.port)), 20, "ja")
    subprocess.run(
        [sys.executable, "-c", _CHILD, f"http://127.0.0.1:{endpoint.port}"],
        input=json.dumps(order).encode(),
        check=True,
        timeout=30,
        capture_output=True,
        cwd=tmp_path,
    )
    assert endpoint.received
    return endpoint.received


#: The services whose users are commonly called by everybody's name, and how each would be told.
SERVICES = {
    "discord": DISCORD,
    "discord as markdown": f"{DISCORD}?format=markdown",
    "slack": "slack://xoxb-1234-1234-abc124/#general",
    "telegram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "telegram as markdown": "tgram://123456789:abcdefg_hijklmnop/12315544/?format=markdown",
    "google chat": "gchat://workspace/key/token",
    "mattermost": "mmost://127.0.0.1:PORT/3ccdd113474722377935511fc85d3dd4",
    "gotify": "gotify://127.0.0.1:PORT/token",
    "ntfy": "ntfy://127.0.0.1:PORT/topic",
    "ntfy as markdown": "ntfy://127.0.0.1:PORT/topic?format=markdown",
}
_LIVE = re.compile(r"@(everyone|here|channel|all)\b|<[!@#h]|<script|[^\\]\]\(|~~|\|\||(?<!\\)\[bank\]\(")


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_is_given_a_call_a_disguised_link_or_struck_out_words(
    endpoint: HttpTarget, service: str, tmp_path: Path
) -> None:
    found = given_to(endpoint, SERVICES[service], HOSTILE, f"最初の行\n{HOSTILE}\n{HOSTILE}", tmp_path)
    said = [text for one in found for text in texts(one)]
    assert any("最初の行" in text for text in said)
    for text in said:
        assert not _LIVE.search(text), text
    for one in found:
        mentions = one.get("allow_mentions") or {}
        assert not mentions.get("parse")


def test_an_alert_longer_than_a_service_takes_arrives_in_parts(endpoint: HttpTarget, tmp_path: Path) -> None:
    body = "\n".join(f"{number}. お知らせの行です。" for number in range(400))
    found = given_to(endpoint, DISCORD, "長いお知らせ", body, tmp_path)
    assert len(found) > 1
    assert all(len(one["content"]) <= 2_000 for one in found)
    assert "399." in found[-1]["content"]


@pytest.mark.parametrize(
    "text",
    [
        "【すること】1. 完了報告をする。 inboxwatch record lancers/5545030 completion_reported --plan 2",
        "https://www.lancers.jp/work/detail/5545030?a=b&c=d_e#f",
        "青空商店（依頼主）「Node.js [急募] 5 < 6」 a@b.example",
        "----------\n　2026年11月9日(月) 12:30\n* ひとつ\n[lancers/5545030]",
    ],
)
def test_our_own_sentences_links_and_commands_stay_as_they_are(text: str) -> None:
    assert without_markup(text) == text


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("@<>[]()|~*_`! everyonhlbchal:/\n")))
def test_any_text_holds_no_markup_and_twice_is_the_same(text: str) -> None:
    plain = without_markup(text)
    assert not re.search(r"@(everyone|here|channel|all)\b|<[!@#a-z]|\]\(|\]\[|\]:|~~|\|\||\*\*|__|`", plain)
    assert without_markup(plain) == plain

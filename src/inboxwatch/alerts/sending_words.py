"""The few words that sending itself adds to an alert, in the user's language."""

from __future__ import annotations

from typing import Literal

Language = Literal["ja", "en"]

MAYBE_REPEAT: dict[Language, str] = {"ja": "【再送の可能性あり】", "en": "[may be a repeat] "}

TEST_TITLE: dict[Language, str] = {"ja": "inboxwatch の試し送り", "en": "inboxwatch: a test"}

TEST_BODY: dict[Language, str] = {
    "ja": "これは試し送りです({at})。これが読めれば、この宛先へのお知らせは届きます。何もする必要はありません。",
    "en": "This is a test, sent {at}. If you can read it, alerts reach you here. There is nothing to do.",
}

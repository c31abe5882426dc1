"""What one mail is taken for: the cases that the golden mails do not show."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inboxwatch.platforms.classify import classify
from inboxwatch.platforms.recognition import Recognition
from tests.platforms.sample import KNOWN, SHIPPED, a_mail, address

PAID = "連絡期限経過による支払い確定及びプロジェクト完了通知"
COMMENT = "[ランサーズ] 山田太郎 さんから 記事作成 のコメントが届いています"
JOB = "https://www.lancers.jp/work/detail/5545030"
GENUINE = ((0, "mx.example.com; dmarc=pass header.from=lancers.co.jp"),)
FORGED = ((0, "mx.example.com; dmarc=fail header.from=lancers.co.jp"),)


def read(subject: str, *args: object, **more: object) -> Recognition:
    return classify(a_mail(subject, *args, **more), SHIPPED, KNOWN)  # type: ignore[arg-type]


def test_a_link_names_the_project_and_the_url_is_the_jobs_own_page() -> None:
    seen = read(COMMENT, links=("https://www.lancers.jp/work/monitor/5545030/comment/?ref=mail",))
    assert (seen.project, seen.url) == ("5545030", JOB)


def test_two_projects_in_one_mail_name_none_and_it_says_so() -> None:
    seen = read(COMMENT, links=(JOB, "https://www.lancers.jp/work/detail/1", JOB))
    assert (seen.project, seen.url) == (None, None)
    assert "2 different projects" in seen.why


def test_an_unrecognised_mail_keeps_the_project_of_its_link() -> None:
    seen = read("まだ知られていない件名", links=(JOB,))
    assert (seen.platform, seen.event, seen.project, seen.rule) == ("lancers", None, "5545030", None)


def test_an_attested_rule_wins_over_a_probable_one_that_stands_before_it() -> None:
    assert read("[ランサーズ] 連絡催促 さんから キャンセル依頼 のコメントが届いています").event == "contact"


def test_the_body_is_never_asked_for_words() -> None:
    assert read("お知らせ", text="支払いが確定しました。キャンセル依頼。連絡催促。取引期限：2027年3月4日").event is None


def test_the_display_name_of_a_platforms_mail_does_not_matter() -> None:
    assert read(PAID, name="").event == "payment_confirmed"
    assert read(PAID, name="友野").event == "payment_confirmed"


@pytest.mark.parametrize(
    "prefix", ["Fwd: ", "FW:", "転送：", "Re: Re: ", "Re: [ランサーズ] Fwd: ", "［ランサーズ］", "[ランサーズ]  "]
)
def test_prefixes_are_stripped_from_the_platforms_own_mail(prefix: str) -> None:
    assert read(prefix + PAID).rule == "lancers/1"


def test_a_forged_mail_keeps_its_reading_and_is_suspicious() -> None:
    seen = read(PAID, authentication_results=FORGED)
    assert (seen.event, seen.trust) == ("payment_confirmed", "forged")
    assert seen.suspicious


def test_a_verified_mail_is_called_so_and_another_providers_word_is_not_believed() -> None:
    assert read(PAID, authentication_results=GENUINE).trust == "verified"
    assert read(PAID, authentication_results=((0, "elsewhere.example; dmarc=pass"),)).trust == "unverified"


def test_a_mail_of_several_senders_is_suspicious() -> None:
    assert read(PAID, sender_count=2).suspicious


def test_a_mail_without_a_sender_is_of_no_platform() -> None:
    seen = classify(replace(a_mail(PAID), sender=None), SHIPPED, KNOWN)
    assert (seen.platform, seen.event, seen.suspicion[0]) == (None, None, "no_sender")
    seen = classify(replace(a_mail("ご相談"), sender=None), SHIPPED, KNOWN)
    assert (seen.platform, seen.event, seen.suspicious) == (None, None, None)


@pytest.mark.parametrize(
    "sender",
    [
        "noreply@lancers.co.jp.example.net",
        "noreply@xlancers.co.jp",
        "noreply@lancers.co",
        "noreply@1ancers.jp",
        "noreply@lancers-jp.example",
        "lancers.co.jp@example.net",
        "noreply@xn--lncers-3nf.jp",
        "noreply@lаncers.jp",
    ],
)
def test_a_foreign_domain_with_a_platforms_subject_is_suspicious(sender: str) -> None:
    seen = read(COMMENT, sender)
    assert (seen.platform, seen.event) == (None, None)
    assert seen.suspicious


@pytest.mark.parametrize(
    "name",
    [
        "ランサーズ",
        "ランサーズ事務局",
        "ﾗﾝｻｰｽﾞ",
        "ランサ－ズ",
        "ランサ一ズ",
        "ラン\u200bサーズ",
        "【ランサーズ】",
        "Lancers",
        "ＬＡＮＣＥＲＳ",
        "Lancers事務局",
        "1ancers",
        "Lаnсers",
        "L a n c e r s",
        "ラ ン サ ー ズ",
        "ランサーズサポート",
        "noreply@lancers.co.jp",
    ],
)
def test_a_platforms_display_name_on_a_foreign_domain_is_suspicious(name: str) -> None:
    assert read("重要なお知らせ", "info@example.net", name).suspicious


@pytest.mark.parametrize(
    "name", ["フリーランサーズ協会", "Freelancers Union", "Milan Cersei", "友野", "", "Lancer Sports"]
)
def test_an_innocent_display_name_is_not_suspicious(name: str) -> None:
    assert read("ランサーズの支払い確定とキャンセル依頼", "info@example.net", name).suspicious is None


@pytest.mark.parametrize(
    "subject",
    [
        "ランサーズ活用術",
        "[ランサーズ] の連絡催促について",
        "仕事の招待状が届きました",
        "Re: 支払い確定",
        "新しい端末からのログインを検知しました",
    ],
)
def test_a_strangers_mail_about_the_platform_is_not_suspicious(subject: str) -> None:
    assert read(subject, "friend@example.org", "友野") == Recognition(
        None, None, "no platform's domain and no client's address"
    )


def test_a_domain_that_shares_a_common_word_is_innocent_until_it_speaks_of_the_platform() -> None:
    assert read("Winter tournament", "club@lancers.example", "Rowing club").suspicious is None
    assert read("ランサーズよりお知らせ", "club@lancers.example", "事務").suspicious


def test_a_friends_forward_is_listed_and_moves_nothing() -> None:
    seen = read("Fwd: " + PAID, "friend@example.org", "友野")
    assert (seen.platform, seen.event, seen.forwarded, seen.suspicious) == (None, None, True, None)


def test_a_forward_under_the_platforms_name_is_suspicious() -> None:
    assert read("Fwd: " + PAID, "friend@example.org", "ランサーズ").suspicious


def test_a_clients_mail_is_contact_by_mail() -> None:
    seen = read("記事の件", "yamada@example.co.jp", "山田")
    assert (seen.platform, seen.event, seen.by, seen.channel) == ("direct", "contact", "client", "mail")
    assert (seen.client, seen.project) == ("山田商店", None)


def test_a_client_whose_mail_is_forged_is_shown_and_suspicious() -> None:
    forged = ((0, "mx.example.com; dmarc=fail header.from=example.co.jp"),)
    seen = read("記事の件", "yamada@example.co.jp", "山田", authentication_results=forged)
    assert (seen.event, seen.trust) == ("contact", "forged")
    assert seen.suspicious


def test_a_clients_automatic_reply_is_no_contact() -> None:
    seen = read("不在です", "yamada@example.co.jp", automatic="auto-replied")
    assert (seen.event, seen.channel, seen.client) == ("notice", None, "山田商店")
    assert "auto-replied" in seen.why


def test_her_own_mail_to_a_client_is_contact_by_her() -> None:
    to = (address("friend@example.org"), address("yamada@example.co.jp"))
    for sender, in_sent in (("me@example.com", False), ("other@example.com", True)):
        seen = read("記事の件", sender, to=to, in_sent=in_sent)
        assert (seen.event, seen.by, seen.client, seen.outgoing) == ("contact", "me", "山田商店", True)


def test_her_own_mail_to_others_is_outgoing_and_nothing_more() -> None:
    seen = read(PAID, "me@example.com", to=(address("friend@example.org"),), in_sent=True)
    assert (seen.platform, seen.event, seen.outgoing, seen.suspicious) == (None, None, True, None)


def test_a_secret_mail_leaves_no_word_of_itself() -> None:
    seen = read("[ランサーズ] ログイン認証コード 482913", text="482913", links=(JOB,))
    assert seen.event == "secret"
    assert (seen.title, seen.client, seen.url, seen.project) == (None,) * 4
    assert "482913" not in repr(seen)


def test_a_comment_on_a_job_about_login_codes_is_contact() -> None:
    assert read("[ランサーズ] 山田 さんから ログイン認証コードの解説 のコメントが届いています").event == "contact"


def test_a_secret_in_front_of_a_captured_name_stays_secret() -> None:
    assert read("ログイン認証コード").event == "secret"
    assert read("パスワードの再発行について").event == "secret"


def test_a_stated_deadline_is_read_in_the_platforms_zone() -> None:
    seen = read("[ランサーズ] 取引期限のお知らせ", text="取引期限：2027年3月4日\n支払期限：2027年5月1日")
    assert seen.due_at == datetime(2027, 3, 4, 15, 0, tzinfo=UTC)


@settings(max_examples=300, deadline=None)
@given(
    subject=st.text(max_size=60)
    | st.text(alphabet=st.sampled_from("[ランサーズ] さんからがのコメト届いてますFwd:転送"), max_size=60),
    name=st.text(max_size=20),
    domain=st.text(max_size=30)
    | st.sampled_from(["lancers.jp", "lancers.co.jp", "xn--", "xn--\u3042", "..", "xn--999999999b"]),
    links=st.lists(
        st.text(max_size=40) | st.sampled_from(["https://[", "http://www.lancers.jp/work/detail/", JOB]), max_size=4
    ),
)
def test_classifying_never_raises(subject: str, name: str, domain: str, links: list[str]) -> None:
    seen = read(subject, f"x@{domain}", name, links=tuple(links), text=subject)
    assert seen.why
    assert not (seen.platform == "lancers" and SHIPPED.of_domain(domain) is None)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit",
    [
        "Re: ",
        "さんから ",
        "[ランサーズ] ",
        " のコメントが届いています",
        "か\u3099",
        "㈱",
        "From: a@lancers.jp\n",
        "取引期限",
    ],
)
@pytest.mark.parametrize("sender", ["noreply@lancers.co.jp", "friend@example.org"])
def test_a_hostile_mail_takes_little_time(unit: str, sender: str) -> None:
    evil = unit * (100_000 // len(unit))
    started = time.process_time()
    read(evil, sender, evil[:10_000], text=evil, links=(JOB + evil,))
    read("[ランサーズ] " + evil + " さんから x のコメントが届いています", sender, text=evil)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("sender", "name", "suspicion"),
    [
        ("noreply@1ancers.co.jp", "事務局", ("imitates_domain", "1ancers.co.jp", "lancers", "lancers.co.jp")),
        ("info@mail.example.net", "ランサーズ", ("shows_name", "mail.example.net", "lancers", "")),
        ("notice@mail.example.net", "通知", ("has_subject", "mail.example.net", "lancers", "")),
    ],
)
def test_a_suspicion_is_told_as_a_code_with_its_arguments_too(
    sender: str, name: str, suspicion: tuple[str, ...]
) -> None:
    assert read(COMMENT, sender, name).suspicion == suspicion


def test_a_forged_mail_and_one_of_several_senders_have_their_codes() -> None:
    assert read(PAID, authentication_results=FORGED).suspicion == ("forged",)
    assert read(PAID, sender_count=2).suspicion == ("several_senders",)
    assert read(PAID).suspicion == ()


@pytest.mark.parametrize(
    ("subject", "event"),
    [
        ("「中古車サイトの記事作成」の仮払いが完了しました", "escrow_funded"),
        ("「小学校前のカフェ紹介文」の仮払いが完了しました", "escrow_funded"),
        ("『ロゴ制作のお願い（急ぎ）』の契約が成立しました", "started"),
        ("「連絡催促メール文面の作成」の契約が成立しました", "started"),
        ("「キャンセル依頼対応マニュアルの作成」の仮払いが完了しました", "escrow_funded"),
        ("「連絡催促申請」のお知らせ", "reminder_received"),
        ("「商品紹介記事の作成」について連絡催促が届いています", "reminder_received"),
        ("「連絡催促申請が届いています」", "reminder_received"),
        ("「支払い確定」のお知らせ", "payment_confirmed"),
    ],
)
def test_the_words_of_a_quoted_title_decide_nothing_where_the_platforms_own_words_do(subject: str, event: str) -> None:
    assert classify(a_mail(subject), SHIPPED, KNOWN).event == event

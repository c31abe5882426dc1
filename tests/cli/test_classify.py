"""`classify`: the keys of CONTRACT, secrets, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

from tests.cli.support import GOLDEN, Commands, a_mail, comment, jst, write_config, write_mails

_KEYS = {
    "file", "message_id", "platform", "event", "by", "grade", "rule", "project", "title", "client", "trust", "sent_at",
    "charset", "why",
}  # fmt: skip


def test_a_line_has_the_keys_of_the_contract_and_their_values(bare: Commands) -> None:
    path = GOLDEN / "s2_plain.eml"
    (line,) = bare.lines("classify", path)
    assert set(line) >= _KEYS
    assert line["file"] == str(path)
    assert line["message_id"] == "<20260601.0007.s2_plain@mail.example.net>"
    assert (line["platform"], line["event"], line["by"]) == ("lancers", "contact", "client")
    assert (line["grade"], line["rule"], line["trust"]) == ("attested", "lancers/2", "unverified")
    assert (line["project"], line["title"], line["client"]) == ("lancers/5545030", "健康食品の記事作成", "山田太郎")
    assert (line["sent_at"], line["charset"]) == ("2026-06-02T21:05:00+09:00", "utf-8")


def test_of_a_secret_mail_nothing_but_instant_domain_and_rule_is_printed(bare: Commands) -> None:
    path = GOLDEN / "s9_plain.eml"
    (line,) = bare.lines("classify", path)
    told = {key for key, value in line.items() if value is not None}
    assert told == {"file", "platform", "event", "grade", "rule", "sent_at", "sender_domain"}
    assert (line["event"], line["rule"], line["sender_domain"]) == ("secret", "lancers/secret/1", "lancers.co.jp")
    for printed in (bare("classify", path), bare("classify", path, "--json")):
        assert "ログイン認証コード" not in printed
        assert "482913" not in printed
        assert "noreply" not in printed


def test_mail_of_no_platform_has_a_null_platform_and_unrecognised_mail_a_null_event(bare: Commands) -> None:
    line = bare.lines("classify", GOLDEN / "n_other_services_login.eml")[0]
    assert (line["platform"], line["event"], line["project"]) == (None, None, None)
    line = bare.lines("classify", GOLDEN / "f_unknown_subject.eml")[0]
    assert line["platform"] is None or line["event"] is None


def test_what_cannot_be_read_is_a_line_of_its_own_and_the_rest_is_read(tmp_path: Path, bare: Commands) -> None:
    empty, missing = tmp_path / "empty.eml", tmp_path / "missing.eml"
    empty.write_bytes(b"")
    lines = bare.lines("classify", missing, empty, GOLDEN / "s2_plain.eml", code=1)
    assert [set(line) == {"file", "error"} for line in lines] == [True, True, False]
    assert lines[0]["file"] == str(missing)


def test_a_mail_inside_a_folder_is_named_as_given_joined_with_its_name(tmp_path: Path, bare: Commands) -> None:
    write_mails(Path("mails"), a_mail(comment(), jst("2026-06-01T10:00")))
    (line,) = bare.lines("classify", "mails")
    assert line["file"] == "mails/000.eml"


def test_a_title_with_line_separators_stays_on_one_line(tmp_path: Path, bare: Commands) -> None:
    odd = write_mails(tmp_path / "m\u2028x", a_mail(comment(), jst("2026-06-01T10:00")))
    (line,) = bare.lines("classify", odd)
    assert "\u2028" in line["file"]


def test_text_for_people_shows_no_escape_sequences(tmp_path: Path, bare: Commands) -> None:
    folder = write_mails(tmp_path / "m", a_mail(comment(title="\x1b[31m赤い仕事"), jst("2026-06-01T10:00")))
    printed = bare("classify", folder)
    assert "赤い仕事" in printed
    assert "\x1b" not in printed


def test_a_known_clients_own_mail_is_contact_of_the_platform_direct(tmp_path: Path, commands: Commands) -> None:
    write_config(
        tmp_path,
        "clients:",
        "  - name: 青空商店",
        "    addresses: [aozora@example.org]",
        f"    projects: [{'lancers/1'}]",
    )
    mail = a_mail("明日お送りします", jst("2026-06-01T10:00"), sender="aozora@example.org")
    (line,) = commands.lines("classify", write_mails(tmp_path / "m", mail))
    assert (line["platform"], line["event"], line["client"]) == ("direct", "contact", "青空商店")


def test_a_broken_configuration_is_said_even_where_none_is_needed(bare: Commands) -> None:
    Path("config.yaml").write_text("langauge: ja\n")
    bare("classify", GOLDEN / "s2_plain.eml", code=78)
    assert "config.yaml:1: langauge" in bare.err

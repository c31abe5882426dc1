"""The JSON Schema agrees with what is read: it takes the example and refuses what the configuration refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from inboxwatch.config import json_schema, yaml_lines

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
SCHEMA = json_schema()
_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None),
}  # fmt: skip
#: Words of the schema that say nothing about validity.
_NOTES = {"$schema", "$defs", "title", "description", "default", "examples"}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """A validator for the few words that the schema uses; a word it does not know fails the test."""
    return all(_holds(word, wanted, value, schema) for word, wanted in schema.items() if word not in _NOTES)


def _holds(word: str, wanted: Any, value: Any, schema: dict[str, Any]) -> bool:
    match word:
        case "$ref":
            return fits(value, SCHEMA["$defs"][wanted.rpartition("/")[2]])
        case "type":
            return isinstance(value, _TYPES[wanted]) and (wanted != "integer" or not isinstance(value, bool))
        case "enum":
            return any(value == one and type(value) is type(one) for one in wanted)
        case "const":
            return bool(value == wanted)
        case "anyOf":
            return any(fits(value, one) for one in wanted)
        case "oneOf":
            return sum(fits(value, one) for one in wanted) == 1
        case "properties":
            return not isinstance(value, dict) or all(fits(value[key], wanted[key]) for key in value if key in wanted)
        case "required":
            return not isinstance(value, dict) or all(key in value for key in wanted)
        case "additionalProperties":
            if not isinstance(value, dict):
                return True
            others = [value[key] for key in value if key not in schema.get("properties", {})]
            return not others if wanted is False else all(fits(other, wanted) for other in others)
        case "propertyNames":
            return not isinstance(value, dict) or all(fits(key, wanted) for key in value)
        case "items":
            return not isinstance(value, list) or all(fits(item, wanted) for item in value)
        case "minItems":
            return not isinstance(value, list) or len(value) >= wanted
        case "uniqueItems":
            return not isinstance(value, list) or len({json.dumps(item) for item in value}) == len(value)
        case "minLength":
            return not isinstance(value, str) or len(value) >= wanted
        case "pattern":
            return not isinstance(value, str) or bool(re.search(wanted, value))
        case "minimum" | "maximum":
            return not isinstance(value, int) or (value >= wanted if word == "minimum" else value <= wanted)
    raise AssertionError(f"the schema uses {word}, which this test does not know")


def test_the_schema_is_plain_json() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_the_schema_takes_the_example_with_and_without_what_is_switched_off() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert fits(yaml_lines.parse(text).value, SCHEMA)
    assert fits(yaml_lines.parse(re.sub(r"(?m)^( *)#(?=\S)", r"\1", text)).value, SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "langage: ja",
        "language: jp",
        "mailboxes: [{host: localhost}]",
        "mailboxes: [{host: localhost, username: u, password: {fiel: x}}]",
        "mailboxes: [{host: localhost, username: u, password: {file: x, env: Y}}]",
        "mailboxes: [{maildir: x, port: 0}]",
        "mailboxes: [{maildir: x, poll: 60}]",
        "mailboxes: [{maildir: x, folders: []}]",
        "platforms: {lancers: maybe}",
        "platforms: {lancers: {contact: some}}",
        "clients: [{name: x}]",
        "clients: [{name: x, addresses: [x]}]",
        "alerts: {targets: [{kinds: [expiry]}]}",
        "alerts: {targets: [{journal: true, kinds: [nothing]}]}",
        "alerts: {targets: [{journal: true, command: [x]}]}",
        "alerts: {quiet_hours: 22}",
        "alerts: {repeat: {nothing: 3d}}",
        "alerts: {silence: 3d}",
    ],
)
def test_the_schema_refuses_what_the_configuration_refuses(text: str) -> None:
    assert not fits(yaml_lines.parse(text).value, SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "platforms: {lancers: off, upwork: false, fiverr: {}, coconala: {require_verified: true}}",
        "mailboxes: [{maildir: x, authserv_id: [a, b], sent: null}]",
        "mailboxes: [{host: localhost, username: u, password: {command: [pass, show]}}]",
        "alerts: {targets: [{url: {env: X}}], silence: [], quiet_hours: null}",
    ],
)
def test_the_schema_takes_what_the_configuration_takes(text: str) -> None:
    assert fits(yaml_lines.parse(text).value, SCHEMA)


def test_defaults_are_shown_as_one_would_write_them() -> None:
    mailbox = SCHEMA["$defs"]["Mailbox"]["properties"]
    assert (mailbox["poll"]["default"], mailbox["since"]["default"]) == ("60s", "400d")
    assert SCHEMA["properties"]["zone"]["default"] == "Asia/Tokyo"
    assert SCHEMA["$defs"]["Alerts"]["properties"]["silence"]["default"] == ["3d", "5d"]

"""What a configuration file may say: the settings, their defaults and their JSON Schema."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    WithJsonSchema,
    model_validator,
)

from inboxwatch.alerts.model import ALERT_KINDS
from inboxwatch.config import values as read
from inboxwatch.config.credentials import Secret
from inboxwatch.config.secrets import password, ping_url, target_url
from inboxwatch.config.urls import shown_url

Language = Literal["ja", "en"]
Tls = Literal["implicit", "starttls", "none"]
Auth = Literal["password", "xoauth2"]
ContactReading = Literal["any", "platform"]

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
_SPAN_SCHEMA: dict[str, Any] = {
    "type": "string",
    "pattern": "^[0-9]{1,9}[smhd]$",
    "examples": ["60s", "5m", "3h", "3d"],
}
_COMMAND_SCHEMA: dict[str, Any] = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_SECRET_SCHEMA: dict[str, Any] = {
    "oneOf": [
        {"type": "string", "minLength": 1},
        *(
            {"type": "object", "properties": {form: schema}, "required": [form], "additionalProperties": False}
            for form, schema in (
                ("file", _TEXT),
                ("credential", {"type": "string", "pattern": "^[A-Za-z0-9_@-][A-Za-z0-9_.@-]*$"}),
                ("env", {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}),
                ("command", _COMMAND_SCHEMA),
            )
        ),
    ]
}


def _one_of(*names: str) -> tuple[PlainValidator, WithJsonSchema]:
    return PlainValidator(read.choice(*names)), WithJsonSchema({"type": "string", "enum": list(names)})


Text = Annotated[str, PlainValidator(read.text), WithJsonSchema(_TEXT)]
Truth = Annotated[bool, PlainValidator(read.truth), WithJsonSchema({"type": "boolean"})]
Span = Annotated[timedelta, PlainValidator(read.span), WithJsonSchema(_SPAN_SCHEMA)]
PollSpan = Annotated[timedelta, PlainValidator(read.poll_span), WithJsonSchema(_SPAN_SCHEMA)]
SpanOrNever = Annotated[
    timedelta | None,
    PlainValidator(read.span_or_never),
    WithJsonSchema({"anyOf": [_SPAN_SCHEMA, {"enum": ["off", False, None]}]}),
]
Zone = Annotated[ZoneInfo, PlainValidator(read.zone), WithJsonSchema({**_TEXT, "examples": ["Asia/Tokyo"]})]
Host = Annotated[str, PlainValidator(read.host), WithJsonSchema(_TEXT)]
Port = Annotated[int, PlainValidator(read.port), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 65535})]
Address = Annotated[
    str, PlainValidator(read.address), WithJsonSchema({"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+$"})
]
Project = Annotated[
    str,
    PlainValidator(read.project),
    WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*/[^/]+$", "examples": ["lancers/5545030"]}),
]
FilePath = Annotated[Path, PlainValidator(read.path), WithJsonSchema(_TEXT)]
Password = Annotated[Secret, PlainValidator(password), WithJsonSchema(_SECRET_SCHEMA)]
TargetUrl = Annotated[Secret, PlainValidator(target_url), WithJsonSchema(_SECRET_SCHEMA)]
PingUrl = Annotated[Secret, PlainValidator(ping_url), WithJsonSchema(_SECRET_SCHEMA)]
SafeUrl = Annotated[
    str, PlainValidator(read.safe_url), WithJsonSchema({"type": "string", "pattern": "^https?://[^@#\\s]+$"})
]
Command = Annotated[tuple[str, ...], PlainValidator(read.command), WithJsonSchema(_COMMAND_SCHEMA)]
AlertKind = Annotated[str, *_one_of(*ALERT_KINDS)]
Folders = Annotated[
    str | tuple[str, ...],
    PlainValidator(read.folders),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "array", "items": _TEXT, "minItems": 1}]}),
]
Ids = Annotated[
    frozenset[str],
    PlainValidator(read.ids),
    WithJsonSchema({"anyOf": [{"type": "null"}, _TEXT, {"type": "array", "items": _TEXT}]}),
]
Nameserver = Annotated[
    read.Nameserver, PlainValidator(read.nameserver), WithJsonSchema({**_TEXT, "examples": ["192.0.2.53"]})
]
QuietHours = Annotated[
    tuple[time, time] | None,
    PlainValidator(read.quiet_hours),
    WithJsonSchema(
        {"anyOf": [{"type": "null"}, {"type": "string", "pattern": r"^[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}$"}]}
    ),
]


def _written(default: str | list[str]) -> dict[str, Any]:
    # The schema's own rendering of a default would be ISO 8601 and the like, which the file does not take.
    return {"default": default}


_OAUTH_EXAMPLE = "{provider: google, client_id: 1234.apps.googleusercontent.com}"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OAuth(_Section):
    """Permission to read the mailbox without its password (OAuth2). It is given with `inboxwatch login MAILBOX`."""

    provider: Annotated[
        Literal["google", "microsoft"] | None,
        PlainValidator(lambda name: None if name is None else read.choice("google", "microsoft")(name)),
        WithJsonSchema({"enum": ["google", "microsoft", None]}),
        Field(description="Whose addresses to use; for any other provider leave it out and give them below"),
    ] = None
    client_id: Annotated[Text, Field(description="What the provider calls your own registration of this program")]
    client_secret: Annotated[Password | None, Field(description="Google's desktop clients have one")] = None
    refresh_token: Annotated[
        Password | None, Field(description="If left out, `inboxwatch login` keeps it in the state folder")
    ] = None
    authorise_url: Annotated[SafeUrl | None, Field(description="Where a browser asks for the permission")] = None
    token_url: Annotated[SafeUrl | None, Field(description="Where tokens are given")] = None
    device_url: Annotated[SafeUrl | None, Field(description="Where codes for other devices are given")] = None
    scope: Annotated[Text | None, Field(description="What is asked for: to read mail by IMAP, now and later")] = None


class Mailbox(_Section):
    """One place where mail comes from: an account on a server (host), or a folder of files (maildir)."""

    name: Annotated[Text, Field(description="What it is called in status and alerts")] = "main"
    host: Annotated[Host | None, Field(description="The IMAP server's name")] = None
    port: Annotated[Port, Field(description="993 with tls: implicit, else 143", json_schema_extra={"default": 993})] = (
        993
    )
    tls: Annotated[
        Tls, *_one_of("implicit", "starttls", "none"), Field(description="none: for a server on this machine only")
    ] = "implicit"
    ca_file: Annotated[FilePath | None, Field(description="Certificates to trust instead of the system's")] = None
    username: Annotated[Text | None, Field(description="The login, usually the address")] = None
    password: Annotated[Password | None, Field(description="Better kept elsewhere: {file: PATH} and the like")] = None
    auth: Annotated[
        Auth, *_one_of("password", "xoauth2"), Field(description="xoauth2: a token instead of a password")
    ] = "password"
    oauth: Annotated[
        OAuth | None,
        BeforeValidator(lambda oauth: None if oauth is None else read.a_mapping(_OAUTH_EXAMPLE)(oauth)),
        Field(description="With auth: xoauth2 and no password: permission given with `inboxwatch login`"),
    ] = None
    folders: Annotated[Folders, Field(description="auto, or a list")] = "auto"
    sent: Annotated[Text | None, Field(description="auto, a folder's name, or null for none")] = "auto"
    poll: Annotated[PollSpan, Field(description="How often to ask, at least 5s", json_schema_extra=_written("60s"))] = (
        timedelta(seconds=60)
    )
    idle: Annotated[Truth, Field(description="Let the server tell of new mail at once, where it can")] = True
    since: Annotated[
        Span, Field(description="How far back the first run reads", json_schema_extra=_written("400d"))
    ] = timedelta(days=400)
    # As a default, not within Annotated: only so does the type checker know that code writes `authserv_id=`, too.
    authserv_ids: Ids = Field(
        default=frozenset(),
        alias="authserv_id",
        description="Whose Authentication-Results to believe: one or a list",
        json_schema_extra={"default": None},
    )
    forwarders: Annotated[
        Ids,
        Field(
            description="Domains through which you have mail forwarded to here, and whose ARC seals you believe",
            json_schema_extra={"default": None},
        ),
    ] = frozenset()
    maildir: Annotated[FilePath | None, Field(description="A Maildir on this machine, instead of a server")] = None

    @model_validator(mode="before")
    @classmethod
    def _what_follows(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("oauth") is not None:
            data = {"auth": "xoauth2", **data}
        if isinstance(data, dict) and "port" not in data and data.get("tls") in ("starttls", "none"):
            return {**data, "port": 143}
        return data


class PlatformSettings(_Section):
    """How one platform is read. `{}` is as shipped, `off` is not at all."""

    enabled: Annotated[Truth, Field(description="false is the same as off")] = True
    contact: Annotated[
        ContactReading,
        *_one_of("any", "platform"),
        Field(description="platform: only contact on the platform itself delays its clocks"),
    ] = "any"
    require_verified: Annotated[Truth, Field(description="Mails whose origin is not proved wait in review")] = False

    @model_validator(mode="before")
    @classmethod
    def _off_or_as_shipped(cls, data: Any) -> Any:
        if data is None or data is True or data == "on":
            return {}
        if data is False or data == "off":
            return {"enabled": False}
        if isinstance(data, dict | PlatformSettings):
            return data
        raise read.Unfit(
            f"is {read.kind_of(data)}; write {{}} for as shipped, off, or settings such as {{contact: any}}"
        )


class Client(_Section):
    """Somebody who mails directly, without a platform."""

    name: Annotated[Text, Field(description="What the client is called in status and alerts")]
    addresses: Annotated[
        frozenset[Address],
        BeforeValidator(read.a_list("[yamada@example.co.jp]", null_is_empty=False, may_be_empty=False)),
        Field(description="From where the client writes"),
    ]
    projects: Annotated[
        tuple[Project, ...],
        BeforeValidator(read.a_list("[lancers/5545030]")),
        Field(description="Projects that the client's mails belong to"),
    ] = ()


class Target(_Section):
    """Where alerts go: exactly one of url, command and journal."""

    url: Annotated[TargetUrl | None, Field(description="Any Apprise URL, or where it is kept")] = None
    command: Annotated[
        Command,
        Field(description="Gets the alert as JSON on its standard input", json_schema_extra={"default": None}),
    ] = ()
    journal: Annotated[Truth, Field(description="The system's journal")] = False
    kinds: Annotated[
        frozenset[AlertKind] | None,
        BeforeValidator(lambda kinds: _some_kinds(kinds)),
        Field(description="All, if left out"),
    ] = None

    #: The how-manieth target of its base name this is; set by Alerts, which sees them all.
    _ordinal: int = PrivateAttr(default=1)

    @property
    def name(self) -> str:
        """What the target is called in the store and on the screen: without secrets, unique within the file.

        The second and further targets of the same name carry #2, #3, …, so that adding one at the end renames none.
        """
        return self._base_name if self._ordinal == 1 else f"{self._base_name}#{self._ordinal}"

    @property
    def _base_name(self) -> str:
        if self.url is not None:
            return shown_url(self.url.reveal()) if self.url.source == "plain" else f"url from {self.url.described()}"
        return self.command[0] if self.command else "journal"


def _some_kinds(kinds: object) -> object:
    if kinds is None:
        return None
    if not read.a_list("[reminder_available, payment_confirmed]")(kinds):
        raise read.Unfit("is an empty list, so this target would get nothing; leave kinds out for all, or name some")
    return kinds


class Alerts(_Section):
    """Whom to tell, when, and how often."""

    targets: Annotated[tuple[Target, ...], BeforeValidator(read.a_list("[{journal: true}]"))] = ()
    quiet_hours: Annotated[QuietHours, Field(description="Only urgent alerts come then, on the clock of zone")] = None
    repeat: Annotated[
        dict[AlertKind, Span],
        BeforeValidator(read.a_mapping("{reminder_available: 3d}")),
        Field(description="Again after this long, three times at most"),
    ] = Field(default_factory=dict)
    silence: Annotated[
        tuple[Span, ...],
        BeforeValidator(read.a_list("[3d, 5d], or [] for none", null_is_empty=False)),
        AfterValidator(lambda spans: tuple(sorted(set(spans)))),
        Field(description="Nudges, after the client's last contact", json_schema_extra=_written(["3d", "5d"])),
    ] = (timedelta(days=3), timedelta(days=5))
    no_platform_mail: Annotated[
        SpanOrNever,
        Field(
            description="When an open project's platform has sent no mail of any kind for this long; off for never",
            json_schema_extra=_written("30d"),
        ),
        # Longer than a reminder request takes to its result with no mail in between (7 + 7 days, and support's check):
        # a client's silence must not pass for mails that are switched off.
    ] = timedelta(days=30)

    @model_validator(mode="after")
    def _number_the_targets(self) -> Alerts:
        seen: dict[str, int] = {}
        for target in self.targets:
            base = target._base_name
            seen[base] = target._ordinal = seen.get(base, 0) + 1
        return self


class Ping(_Section):
    """A dead man's switch: a URL that is asked for while all is well, so that somebody notices when it stops."""

    url: Annotated[PingUrl, Field(description="An http or https URL, or where it is kept")]
    every: Annotated[PollSpan, Field(description="How often, at least 5s", json_schema_extra=_written("5m"))] = (
        timedelta(minutes=5)
    )


_MAILBOX_EXAMPLE = "[{host: imap.example.com, username: me@example.com, password: {file: PATH}}]"


class Written(_Section):
    """A configuration file of inboxwatch."""

    language: Annotated[Language, *_one_of("ja", "en"), Field(description="The language of every sentence")] = "ja"
    zone: Annotated[Zone, Field(description="Your time zone", json_schema_extra=_written("Asia/Tokyo"))] = ZoneInfo(
        "Asia/Tokyo"
    )
    me: Annotated[
        frozenset[Address] | None,
        BeforeValidator(lambda me: None if me is None else read.a_list("[me@example.com]")(me)),
        Field(description="Your own addresses; if left out, every username that is one"),
    ] = None
    state: Annotated[FilePath | None, Field(description="The folder that holds the database")] = None
    mailboxes: Annotated[tuple[Mailbox, ...], BeforeValidator(read.a_list(_MAILBOX_EXAMPLE))] = ()
    platforms: Annotated[dict[str, PlatformSettings], BeforeValidator(read.a_mapping("{lancers: {}}"))] = Field(
        default_factory=dict
    )
    profiles: Annotated[
        tuple[FilePath, ...],
        BeforeValidator(read.a_list("[profiles/]")),
        Field(description="Further profile files or folders of your own"),
    ] = ()
    clients: Annotated[
        tuple[Client, ...], BeforeValidator(read.a_list("[{name: 山田商店, addresses: [yamada@example.co.jp]}]"))
    ] = ()
    alerts: Annotated[Alerts, BeforeValidator(read.a_mapping("{targets: [{journal: true}]}"))] = Field(
        default_factory=Alerts
    )
    dkim: Annotated[
        Truth, Field(description="Ask the sender's domain (by DNS) whether a platform's mail is signed by it")
    ] = True
    nameservers: Annotated[
        tuple[Nameserver, ...],
        BeforeValidator(read.a_list("[192.0.2.53]")),
        Field(description="Where DNS is asked, instead of the system's"),
    ] = ()
    ping: Annotated[
        Ping | None, BeforeValidator(lambda ping: None if ping is None else read.a_mapping("{url: {file: PATH}}")(ping))
    ] = None


#: Where each section stands, for suggestions: `[]` is any position of a list, `*` any key.
SECTIONS: dict[tuple[str, ...], type[BaseModel]] = {
    (): Written,
    ("mailboxes", "[]"): Mailbox,
    ("mailboxes", "[]", "oauth"): OAuth,
    ("platforms", "*"): PlatformSettings,
    ("clients", "[]"): Client,
    ("alerts",): Alerts,
    ("alerts", "targets", "[]"): Target,
    ("ping",): Ping,
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a configuration file, for editors."""
    schema = Written.model_json_schema(by_alias=True)
    schema["title"] = "inboxwatch configuration"
    parts = schema["$defs"]
    parts["Mailbox"]["oneOf"] = [
        {"required": ["host", "username", "password"]},
        {"required": ["host", "username", "oauth"]},
        {"required": ["maildir"]},
    ]
    parts["OAuth"]["anyOf"] = [{"required": ["provider"]}, {"required": ["token_url", "scope"]}]
    parts["Target"]["oneOf"] = [{"required": [key]} for key in ("url", "command", "journal")]
    settings = parts["PlatformSettings"]
    parts["PlatformSettings"] = {
        "description": settings.pop("description"),
        "anyOf": [settings, {"enum": ["off", False, "on", True, None]}],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

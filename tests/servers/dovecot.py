"""A real Dovecot on loopback, in a folder of its own, as an ordinary user (as nobody, when the tests run as root)."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import SystemRandom

from imapclient import IMAPClient
from imapclient.exceptions import LoginError
from imapclient.imap_utf7 import encode as encode_folder_name

PASSWORD = "secret"
JAPANESE_USER = "yamada"
JAPANESE_PASSWORD = "ひみつ ぱすわーど"
START_SECONDS = 15.0

_CONFIGURATION = """\
base_dir = {rig}/run
state_dir = {rig}/state
log_path = {rig}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
ssl = yes
ssl_cert = <{rig}/tls/cert.pem
ssl_key = <{rig}/tls/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login {mechanisms}
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 50
namespace inbox {{
  inbox = yes
  mailbox Outgoing {{
    special_use = \\Sent
  }}
  mailbox Junk {{
    special_use = \\Junk
  }}
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {rig}/passwords
}}
{tokens}passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={rig}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


#: For access tokens: whoever gave them is asked whether they are good, and whose they are.
_TOKENS = """\
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {rig}/oauth.ext
}}
"""
_INTROSPECTION = """\
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


class Dovecot:
    """One server; any user name logs in with PASSWORD and finds an empty mailbox of his own.

    With `introspection`, the address of a sign-in server, it takes access tokens (XOAUTH2) that are good there, too.
    """

    def __init__(self, introspection: str | None = None) -> None:
        self._introspection = introspection
        self.rig = Path(tempfile.mkdtemp(prefix="inboxwatch-dovecot-"))
        self.port, self.tls_port = _free_ports(2)
        self.certificate = self.rig / "tls" / "cert.pem"
        self._as_root = os.geteuid() == 0
        self._owner = pwd.getpwnam("nobody") if self._as_root else pwd.getpwuid(os.geteuid())
        self._process: subprocess.Popen[bytes] | None = None
        self._prepare()

    def start(self) -> None:
        """Start and wait until both ports answer. Raises RuntimeError with the server's own log when they do not."""
        shutil.rmtree(self.rig / "run", ignore_errors=True)  # an old penalty socket delays the first login by 5 s
        self._make_folder(self.rig / "run")
        command = [_program("dovecot"), "-F", "-c", str(self.rig / "dovecot.conf")]
        if self._as_root:  # Dovecot refuses mail of root
            drop = [f"--reuid={self._owner.pw_uid}", f"--regid={self._owner.pw_gid}", "--clear-groups"]
            command = [_program("setpriv"), *drop, *command]
        with (self.rig / "output").open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while not (_answers(self.port) and _answers(self.tls_port)):
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError(f"Dovecot did not start. Its words: {self._words()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill the server and all its sessions at once, as a crash does."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Kill it and remove all that it wrote."""
        self.kill()
        shutil.rmtree(self.rig, ignore_errors=True)

    def client(self, user: str) -> IMAPClient:
        """A second client of this user's mailbox, free to change it."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=20)
        client.login(user, PASSWORD)
        return client

    def set_passwords(self, passwords: Mapping[str, str]) -> None:
        """Give users passwords of their own, and wait until it takes them: it reads them anew once a second at most."""
        with (self.rig / "passwords").open("a", encoding="utf-8") as file:
            file.writelines(f"{user}:{{PLAIN}}{password}\n" for user, password in passwords.items())
        end = time.monotonic() + START_SECONDS
        for user, password in passwords.items():
            while not self._takes(user, password):
                if time.monotonic() > end:
                    raise RuntimeError(f"Dovecot does not take the password of {user}. Its words: {self._words()}")
                time.sleep(0.1)

    def _takes(self, user: str, password: str) -> bool:
        with IMAPClient("127.0.0.1", self.port, ssl=False, timeout=20) as client:
            try:
                client.login(user, password)
            except LoginError:
                return False
            return True

    def append(self, user: str, *mails: bytes, folder: str = "INBOX", when: datetime | None = None) -> None:
        """Put mails into a folder, which is made when it is not there; `when` is their INTERNALDATE."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for mail in mails:
                client.append(folder, mail, msg_time=when or datetime.now(UTC))

    def append_many(self, user: str, mails: list[bytes]) -> None:
        """Put many mails into INBOX quickly."""
        with self.client(user) as client:
            client.multiappend("INBOX", mails)

    def flags(self, user: str, folder: str = "INBOX") -> dict[int, tuple[bytes, ...]]:
        """The flags of all mails by UID, looked at without changing them."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            return {uid: entry[b"FLAGS"] for uid, entry in client.fetch(client.search(), ["FLAGS"]).items()}

    def make_certificate(self, days: int) -> None:
        """A certificate that is good for so many days from now; fewer than none, and it has expired."""
        key, request, names = (str(self.rig / "tls" / name) for name in ("key.pem", "request.pem", "names"))
        Path(names).write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        ask = [
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-keyout",
            key,
            "-out",
            request,
        ]
        sign = ["x509", "-req", "-in", request, "-signkey", key, "-days", str(days), "-extfile", names]
        for command in (ask, [*sign, "-out", str(self.certificate)]):
            subprocess.run([_program("openssl"), *command], check=True, capture_output=True)
        for path in (self.rig / "tls").iterdir():
            self._give(path)

    def maildir(self, user: str, folder: str = "INBOX") -> Path:
        """Where this user's folder lies on the disk."""
        root = self.rig / "mail" / user / "Maildir"
        return root if folder == "INBOX" else root / f".{encode_folder_name(folder).decode('ascii')}"

    def _prepare(self) -> None:
        self.rig.chmod(0o755)
        for name in ("state", "mail", "tls"):
            self._make_folder(self.rig / name)
        self.make_certificate(days=30)
        (self.rig / "passwords").write_text(f"{JAPANESE_USER}:{{PLAIN}}{JAPANESE_PASSWORD}\n", encoding="utf-8")
        if self._introspection:
            (self.rig / "oauth.ext").write_text(_INTROSPECTION.format(url=self._introspection))
        configuration = _CONFIGURATION.format(
            rig=self.rig,
            mechanisms="xoauth2 oauthbearer" if self._introspection else "",
            tokens=_TOKENS.format(rig=self.rig) if self._introspection else "",
            user=self._owner.pw_name,
            group=grp.getgrgid(self._owner.pw_gid).gr_name,
            password=PASSWORD,
            port=self.port,
            tls_port=self.tls_port,
        )
        (self.rig / "dovecot.conf").write_text(configuration, encoding="utf-8")
        for path in (self.rig, *self.rig.rglob("*")):
            self._give(path)

    def _make_folder(self, path: Path) -> None:
        path.mkdir()
        self._give(path)

    def _give(self, path: Path) -> None:
        if self._as_root:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def _words(self) -> str:
        files = (self.rig / "output", self.rig / "dovecot.log")
        return " ".join(file.read_text(errors="replace")[-2000:] for file in files if file.exists()) or "none"


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin")
    if found is None:
        package = {"dovecot": "dovecot-imapd", "setpriv": "util-linux"}.get(name, name)
        raise RuntimeError(f"The tests need the program {name!r}: install the Debian package {package}.")
    return found


def _free_ports(count: int) -> list[int]:
    """Ports of no one, and below those that the system gives to outgoing connections: such a one could otherwise take
    a port while its server is down, to be started again."""
    free = (port for port in SystemRandom().sample(range(15_000, 32_000), 500) if _is_free(port))
    return list(islice(free, count))


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True

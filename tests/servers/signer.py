"""Signs mails as a platform would, with keys made for the test run: DKIM, and the seal of a forwarder (ARC)."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import dkim

#: Where the public key of a domain stands.
SELECTOR = "test1"


@cache
def private_key(bits: int) -> bytes:
    """An RSA key of this test run, as PEM."""
    # `-traditional` is what dkimpy reads; an older openssl writes it without being asked.
    made = subprocess.run(["openssl", "genrsa", "-traditional", str(bits)], check=False, capture_output=True)
    if made.returncode:
        made = subprocess.run(["openssl", "genrsa", str(bits)], check=True, capture_output=True)
    return made.stdout


@cache
def record(bits: int) -> bytes:
    """The TXT record in which the public half of that key stands."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(private_key(bits))
        made = subprocess.run(
            ["openssl", "rsa", "-in", file.name, "-pubout", "-outform", "DER"], check=True, capture_output=True
        )
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(made.stdout)


def name_of(domain: str) -> str:
    """The name of that record."""
    return f"{SELECTOR}._domainkey.{domain}"


def signed(
    raw: bytes,
    domain: str,
    *,
    headers: tuple[bytes, ...] = (b"from", b"to", b"subject", b"date", b"message-id"),
    length: bool = False,
    algorithm: bytes = b"rsa-sha256",
    bits: int = 2048,
) -> bytes:
    """The mail with the signature of this domain above it."""
    header: bytes = dkim.sign(
        raw,
        SELECTOR.encode(),
        domain.encode(),
        private_key(bits),
        include_headers=list(headers),
        length=length,
        signature_algorithm=algorithm,
        canonicalize=(b"relaxed", b"relaxed"),
    )
    return header.replace(b"\r\n", b"\n") + raw


def sealed(raw: bytes, domain: str, results: str, instance: int = 1, headers: str = "from:to:subject:date") -> bytes:
    """The mail as a forwarder of this domain hands it on: with what he found, and his seal."""
    key = private_key(2048)
    results_header = f"ARC-Authentication-Results: i={instance}; {results}\n".encode()
    signature = _ams(raw, domain, key, instance, headers)
    seal = _as(results_header, signature, domain, key, instance)
    return seal + signature + results_header + raw


def _ams(raw: bytes, domain: str, key: bytes, instance: int, headers: str) -> bytes:
    mail = dkim.DKIM(raw)
    body = dkim.canonicalization.Relaxed.canonicalize_body(mail.body)
    body_hash = base64.b64encode(hashlib.sha256(body).digest()).decode()
    fields = (
        f" i={instance}; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={SELECTOR}; h={headers}; bh={body_hash}; b="
    )
    names = [name.encode() for name in headers.split(":")]
    relaxed = dkim.canonicalization.Relaxed.canonicalize_headers(mail.headers)
    chosen = dkim.select_headers(relaxed, names)
    text = b"".join(name + b":" + value for name, value in chosen)
    return _signed_header(b"ARC-Message-Signature", fields, text, key)


def _as(results: bytes, signature: bytes, domain: str, key: bytes, instance: int) -> bytes:
    fields = f" i={instance}; a=rsa-sha256; cv=none; d={domain}; s={SELECTOR}; b="
    text = b"".join(_relaxed(header) + b"\r\n" for header in (results, signature))
    return _signed_header(b"ARC-Seal", fields, text, key)


def _signed_header(name: bytes, fields: str, text: bytes, key: bytes) -> bytes:
    """The header with its signature over the text and over itself without the signature."""
    own = _relaxed(name + b":" + fields.encode())
    hasher = hashlib.sha256()
    hasher.update(text + own)
    made = dkim.crypto.RSASSA_PKCS1_v1_5_sign(hasher, dkim.crypto.parse_pem_private_key(key))
    return name + b":" + fields.encode() + base64.b64encode(bytes(made)) + b"\n"


def _relaxed(header: bytes) -> bytes:
    name, _, value = header.partition(b":")
    return (
        name.strip().lower() + b":" + re.sub(rb"[\t ]+", b" ", value.replace(b"\r\n", b"").replace(b"\n", b"")).strip()
    )

"""What the configuration says of the seats in the browser."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ivr.settings import Settings

CERTIFICATE_DAYS = 825
HOLD_MAX_S = 600
"""A caller whom the agent forgets on hold is at the front of the queue after so long."""


def desk_values(settings: Settings, manager_secret: str, passwords: dict[str, str]) -> dict[str, object]:
    """Placeholder → text, for the templates."""
    names = [name for name in passwords if int(name.removeprefix("web")) <= settings.desk.seats]
    return {
        "desk_secret": manager_secret,
        "phone_protocol": "ws" if settings.desk.loopback else "wss",
        "phone_tls": "" if settings.desk.loopback else _tls(settings),
        "web_media_address": settings.sip.host if settings.desk.loopback else settings.desk.host,
        "web_seats": "\n".join(phone_section(name, passwords[name], "web") for name in names),
        "web_transfers": "\n".join(_transfer(name) for name in names),
    }


def phone_section(name: str, password: str, template: str) -> str:
    """The phone of a seat in pjsip.conf: its endpoint by that template, its password, its place."""
    return f"""[{name}]({template})
auth = {name}
aors = {name}
callerid = {name} <{name}>
[{name}]
type = auth
auth_type = digest
username = {name}
password = {password}
[{name}](seat-aor)
"""


def _transfer(name: str) -> str:
    return f"exten => {name},1,Gosub(desk-seat,s,1({name}))\n same => n,Goto(desk-front,s,1)"


def consults(settings: Settings, web_seats: list[str]) -> str:
    """Whom an agent can ask while the caller waits: the seats, and with a trunk the fixed table and interpreters."""
    asked = [(seat, f"PJSIP/{seat}", "carry") for seat in (*web_seats, *settings.phones)]
    if settings.sip.trunk_out:
        numbers = {digits: target.number for digits, target in settings.routing.targets.items()}
        numbers |= {number: number for lines in settings.routing.interpreters.values() for number in lines}
        asked += [
            (digits, f"PJSIP/trunk/sip:{number}@{settings.sip.trunk_out}", "outgoing")
            for digits, number in numbers.items()
        ]
    return "\n".join(
        f"exten => {target},1,Gosub(desk-ask,s,1({target},{dialled},{prepare}))\n same => n,Goto(desk-next,s,1)"
        for target, dialled, prepare in asked
    )


def _tls(settings: Settings) -> str:
    certificate, key = certificate_files(settings)
    return (
        f"tlsenable = yes\ntlsbindaddr = {settings.desk.host}:{settings.desk.phone_port}\n"
        f"tlscertfile = {certificate}\ntlsprivatekey = {key}"
    )


def certificate_files(settings: Settings) -> tuple[Path, Path]:
    """Certificate and key of the pages and of the phones in them: the town's own, or one that is made here once."""
    desk = settings.desk
    if desk.certificate is not None and desk.key is not None:
        return desk.certificate, desk.key
    certificate, key = settings.var_dir / "tls/desk.pem", settings.var_dir / "tls/desk.key"
    if not (certificate.exists() and key.exists()):
        make_certificate(certificate, key, [desk.host, *desk.names])
    return certificate, key


def make_certificate(certificate: Path, key: Path, names: list[str]) -> None:
    """A self-signed certificate for these names and addresses. The key is ours to read only."""
    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Yinling")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))  # a browser whose clock is behind
        .not_valid_after(now + dt.timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    certificate.parent.mkdir(parents=True, exist_ok=True)
    pem = secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(pem)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)

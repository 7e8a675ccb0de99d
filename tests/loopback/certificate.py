"""A self-signed certificate, made when a test needs it."""

import datetime as dt
import ipaddress
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

NAME = "localhost"


class Certificate(NamedTuple):
    """Paths of a certificate and its key, both PEM."""

    certificate: Path
    key: Path


def make_certificate(folder: Path) -> Certificate | None:
    """Make a certificate for localhost and 127.0.0.1, valid for a day.

    Args:
        folder: Where to put the two files.

    Returns:
        None if there is neither the `cryptography` library nor the `openssl` program: skip, and say so.
    """
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    try:
        _with_library(made)
    except ImportError:
        if shutil.which("openssl") is None:
            return None
        _with_program(made)
    return made


def _with_library(made: Certificate) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _with_program(made: Certificate) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1"]
    command += ["-keyout", str(made.key), "-out", str(made.certificate)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)

"""A throwaway PKI for one run: a CA, a server and a client, with keys on P-256."""

import os
import subprocess

from failure import Failed

_DAYS = "1"
_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def issue(folder, openssl):
    """Makes ca.crt, and crt, key and pem (both together) of server and client."""
    with open(f"{folder}/ca.cnf", "w") as file:
        file.write(
            "[req]\ndistinguished_name = name\n[name]\n"
            "[ca]\nbasicConstraints = critical, CA:true\n"
            "keyUsage = critical, keyCertSign, cRLSign\n"
        )
    _openssl(
        openssl, "req", "-x509", *_KEY, "-config", f"{folder}/ca.cnf", "-extensions", "ca",
        "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.crt", "-subj", "/CN=benchmark CA",
        "-days", _DAYS,
    )  # fmt: skip
    _leaf(folder, openssl, "server", "serverAuth, clientAuth")
    _leaf(folder, openssl, "client", "clientAuth")


def _leaf(folder, openssl, name, purpose):
    _openssl(
        openssl, "req", *_KEY, "-config", f"{folder}/ca.cnf", "-keyout", f"{folder}/{name}.key",
        "-out", f"{folder}/{name}.csr", "-subj", f"/CN={name}",
    )  # fmt: skip
    with open(f"{folder}/{name}.ext", "w") as file:
        file.write(
            f"subjectAltName = DNS:localhost, IP:127.0.0.1, URI:spiffe://benchmark/{name}\n"
            f"extendedKeyUsage = {purpose}\n"
            "basicConstraints = critical, CA:false\nkeyUsage = critical, digitalSignature\n"
        )
    _openssl(
        openssl, "x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/ca.crt",
        "-CAkey", f"{folder}/ca.key", "-CAcreateserial", "-out", f"{folder}/{name}.crt",
        "-days", _DAYS, "-extfile", f"{folder}/{name}.ext",
    )  # fmt: skip
    with open(os.open(f"{folder}/{name}.pem", os.O_WRONLY | os.O_CREAT, 0o600), "w") as both:
        for part in ("crt", "key"):
            with open(f"{folder}/{name}.{part}") as file:
                both.write(file.read())


def _openssl(*line):
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(line[:2])}: {done.stderr.strip()}")

"""A TLS client or server by Python's ssl. Its arguments and output are those of peer.go:

peer.py client ADDRESS CA MAX [CERT KEY]   twice: sends a line, tells what was settled and answered
peer.py server CA MAX CERT KEY CLIENTS     answers a line; CLIENTS is require or none
"""

import socket
import ssl
import sys

VERSIONS = {
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def configure(context, greatest, key_pair):
    if greatest == "1.1":
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("DEFAULT@SECLEVEL=0")  # OpenSSL 3 has no TLS 1.1 above it
    else:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = VERSIONS[greatest]
    if key_pair:
        context.load_cert_chain(*key_pair)


def client(address, ca, greatest, *key_pair):
    context = ssl.create_default_context(cafile=ca)
    configure(context, greatest, key_pair)
    host, port = address.rsplit(":", 1)
    session = None
    for _ in range(2):
        with socket.create_connection((host, int(port))) as plain:
            with context.wrap_socket(plain, server_hostname=host, session=session) as connection:
                connection.sendall(b"hello\n")
                answer = b""
                # Fails when the end is not told by close_notify.
                while part := connection.recv(4096):
                    answer += part
                session = connection.session
                print(settled(connection), "answer=" + answer.decode().strip(), flush=True)


def server(ca, greatest, certificate, key, clients):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_verify_locations(ca)
    configure(context, greatest, (certificate, key))
    if clients == "require":
        context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print("listening", listener.getsockname()[1], flush=True)
        while True:
            plain, _ = listener.accept()
            with plain:
                try:
                    answer(context.wrap_socket(plain, server_side=True))
                except OSError as error:
                    print("failed:", error, flush=True)


def answer(connection):
    with connection:
        line = connection.makefile().readline()
        subject = (connection.getpeercert() or {}).get("subject", ())
        name = next((value for ((key, value),) in subject if key == "commonName"), "none")
        connection.sendall(f"{settled(connection)} client={name} line={line}".encode())
        connection.unwrap()


def settled(connection):
    version = connection.version().replace("TLSv", "")
    return f"tls={version} resumed={str(connection.session_reused).lower()} group=unknown"


try:
    {"client": client, "server": server}[sys.argv[1]](*sys.argv[2:])
except OSError as error:
    print("failed:", error, flush=True)
    sys.exit(1)

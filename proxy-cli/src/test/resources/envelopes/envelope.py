"""Seals and opens with Python's cryptography, from the description of the formats alone.

envelope.py seal|open raw|direct|wrapped ID KEYFILE AADHEX, from standard input to standard output.
"""

import base64
import os
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
CHUNK = 16384


def derive(key, salt, context):
    okm = HKDFExpand(hashes.SHA512(), 76, LABEL + salt + context).derive(key)
    return AESGCM(okm[:32]), int.from_bytes(okm[32:44], "big"), okm[44:]


def nonce(base, index):
    return (base ^ index).to_bytes(12, "big")


def header(mode, key_id, wrapped):
    fixed = b"\x89SLD\x01\x01" + bytes([mode, len(key_id)])
    return fixed + key_id + len(wrapped).to_bytes(2, "big") + wrapped


def context(head, mode, aad):
    return (head[:7] if mode else head) + aad


def seal(mode, key_id, key, aad, plain):
    data_key = os.urandom(32) if mode else key
    head = header(mode, key_id, aes_key_wrap(key, data_key) if mode else b"")
    salt = os.urandom(24)
    cipher, base, commitment = derive(data_key, salt, context(head, mode, aad))
    out = head + salt + commitment
    for i in range(len(plain) // CHUNK + 1):
        out += cipher.encrypt(nonce(base, i), plain[i * CHUNK : (i + 1) * CHUNK], None)
    return out


def open_sealed(mode, key_id, key, aad, sealed):
    id_end = 8 + sealed[7]
    start = id_end + 2 + int.from_bytes(sealed[id_end : id_end + 2], "big")
    head, wrapped = sealed[:start], sealed[id_end + 2 : start]
    assert head == header(mode, key_id, wrapped)
    salt, committed = sealed[start : start + 24], sealed[start + 24 : start + 56]
    data_key = aes_key_unwrap(key, wrapped) if mode else key
    cipher, base, commitment = derive(data_key, salt, context(head, mode, aad))
    assert commitment == committed
    chunks, out = sealed[start + 56 :], b""
    for i in range(len(chunks) // (CHUNK + 16) + 1):
        chunk = chunks[i * (CHUNK + 16) : (i + 1) * (CHUNK + 16)]
        out += cipher.decrypt(nonce(base, i), chunk, None)
    return out


def main():
    action, kind, key_id, key_file, aad = sys.argv[1:]
    with open(key_file, "rb") as file:
        key = base64.b64decode(file.read())
    data = sys.stdin.buffer.read()
    if kind == "raw":
        cipher = AESGCM(key)
        if action == "seal":
            random = os.urandom(12)
            result = random + cipher.encrypt(random, data, None)
        else:
            result = cipher.decrypt(data[:12], data[12:], None)
    else:
        step = seal if action == "seal" else open_sealed
        mode = 1 if kind == "wrapped" else 0
        result = step(mode, key_id.encode(), key, bytes.fromhex(aad), data)
    sys.stdout.buffer.write(result)


main()

#!/usr/bin/env python3
"""Makes vectors.json: the three envelope formats, written down a second time with Python's `cryptography`.

Everything in it follows from the label of a vector, so that two runs make the same file.
"""
import hashlib, json, struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

CHUNK = 16384


def stream(label, length):
    return hashlib.shake_256(label.encode()).digest(length)


def expand(key, info, length):
    return HKDFExpand(algorithm=hashes.SHA512(), length=length, info=info).derive(key)


def raw(length):
    label = f"raw {length}"
    key, nonce, plaintext = stream(label + " key", 32), stream(label + " nonce", 12), stream(label, length)
    sealed = nonce + AESGCM(key).encrypt(nonce, plaintext, None)
    return {"label": label, "key": key.hex(), "plaintext": plaintext.hex(), "envelope": sealed.hex()}


def sealed(length, key_id, wrapped, aad):
    label = f"sealed {length} {key_id} {'wrapped' if wrapped else 'direct'} {aad}"
    key, salt, plaintext = stream(label + " key", 32), stream(label + " salt", 24), stream(label, length)
    data_key = stream(label + " data key", 32) if wrapped else key
    wrapped_key = aes_key_wrap(key, data_key) if wrapped else b""
    header = b"\x89SLD\x01\x01" + bytes([int(wrapped), len(key_id)]) + key_id.encode()
    header += struct.pack(">H", len(wrapped_key)) + wrapped_key
    context = (header[:7] if wrapped else header) + aad.encode()
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
    derived = expand(data_key, info, 76)
    gcm, base, commitment = AESGCM(derived[:32]), int.from_bytes(derived[32:44], "big"), derived[44:]
    message = header + salt + commitment
    for index in range(length // CHUNK + 1):
        nonce = (base ^ index).to_bytes(12, "big")
        message += gcm.encrypt(nonce, plaintext[index * CHUNK:(index + 1) * CHUNK], None)
    return {"label": label, "keyId": key_id, "wrapped": wrapped, "key": key.hex(), "aad": aad,
            "plaintext": plaintext.hex() if length < 100 else None, "plaintextLength": length,
            "plaintextSha256": hashlib.sha256(plaintext).hexdigest(),
            "envelope": message.hex() if length < 100 else None, "envelopeSha256": hashlib.sha256(message).hexdigest(),
            "salt": salt.hex(), "dataKey": data_key.hex()}


def frames():
    label = "frames"
    keys = {"a": stream(label + " key a", 32), "b": stream(label + " key b", 32)}
    salts = [stream(label + " salt " + side, 24) for side in ("initiator", "responder")]
    preambles = [b"\x89SLF\x01\x01" + bytes([role, 1]) + key_id.encode() + salts[role]
                 for role, key_id in enumerate(("a", "b"))]
    said = [["HELO", "x" * 20000], ["220 ready", "", "bye"]]
    wires = []
    for role, key_id in enumerate(("a", "b")):
        info = b"sallyport frames v1 AES-256-GCM\0" + bytes([role]) + preambles[0] + preambles[1]
        gcm = AESGCM(expand(keys[key_id], info, 32))
        pieces = [text[at:at + CHUNK].encode() for text in said[role] for at in range(0, len(text), CHUNK)] + [b""]
        wire = b""
        for counter, piece in enumerate(pieces):
            nonce = counter.to_bytes(12, "big")
            aad = bytes([role]) + salts[0] + salts[1] + counter.to_bytes(8, "big")
            frame = nonce + gcm.encrypt(nonce, piece, aad)
            wire += struct.pack(">I", len(frame)) + frame
        wires.append(wire)
    return {"keys": {k: v.hex() for k, v in keys.items()}, "preambles": [p.hex() for p in preambles],
            "salts": [s.hex() for s in salts], "said": said,
            "wiresSha256": [hashlib.sha256(w).hexdigest() for w in wires],
            "responderWire": wires[1].hex()}


if __name__ == "__main__":
    vectors = {
        "raw": [raw(length) for length in (0, 1, 16, 40)],
        "sealed": [sealed(length, key_id, wrapped, aad)
                   for length, key_id, aad in ((0, "k", ""), (1, "2026.primary", "bucket/object"), (40, "k" * 64, "é"),
                                               (CHUNK - 1, "k", ""), (CHUNK, "k", "aad"), (3 * CHUNK + 7, "k", ""))
                   for wrapped in (False, True)],
        "frames": frames(),
    }
    print(json.dumps(vectors, indent=1))

"""Encrypted memory files, read and written without Mneme: safetensors, scrypt, HKDF and AES-256-GCM of other libraries.

    pip install cryptography safetensors numpy
    python Tools/golden/sealed_file.py make Tests/MemoryModulesTests/Fixtures     # the golden file of SealedGoldenTests
    python Tools/golden/sealed_file.py open FILE.mneme PLAIN.mneme --passphrase-file PATH

The format is Models/FORMAT.md's, section "Encrypted files"; Tools/peers/memory_format.py reads files with `unseal`.
"""

import argparse
import hashlib
import json
import os
import struct
import sys
import unicodedata
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from safetensors.numpy import save

# In normalisation form D, as some systems type it: the key is that of form C.
PASSPHRASE = unicodedata.normalize("NFD", "Grüße an Fräulein Ångström \N{DOG FACE}")
TAG = 16


def split(data):
    """A safetensors file's metadata, tensors {name: (dtype, shape, bytes)} in order of their data, and data section."""
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    body = data[8 + length :]
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, end = entry["data_offsets"]
        tensors[name] = (entry["dtype"], entry["shape"], body[start:end])
    return metadata, tensors, body


def header_checksum(metadata, tensors):
    """SHA-256 over all other metadata entries and the tensors' names, types and shapes."""
    text = b""
    for key in sorted(metadata, key=lambda k: k.encode()):
        if key != "mneme.header_sha256":
            key, value = key.encode(), metadata[key].encode()
            text += b"%d:%s=%d:%s;" % (len(key), key, len(value), value)
    lines, start = [], 0
    for name, (kind, shape, raw) in tensors.items():
        line = f"{name} {kind} [{', '.join(map(str, shape))}]".encode()
        # Format 1 sorted them; since then they stand in the order of their data.
        lines.append((line,) if metadata["mneme.format"] == "1" else (start, start + len(raw), name.encode(), line))
        start += len(raw)
    layout = [line[-1] for line in sorted(lines)]
    return hashlib.sha256(text + b";".join(layout)).hexdigest()


def keys(passphrase, d):
    """The check value and the file's key."""
    if d["kdf"] != "scrypt" or d["cipher"] != "AES-256-GCM":
        raise ValueError("unknown cipher or key derivation")
    n, r, p = d["n"], d["r"], d["p"]
    if not (2**15 <= n <= 2**18 and n & (n - 1) == 0 and r == 8 and 1 <= p <= 4):
        raise ValueError("the cost of scrypt is out of bounds")
    secret = unicodedata.normalize("NFC", passphrase).encode()
    key = Scrypt(salt=bytes.fromhex(d["salt"]), length=32, n=n, r=r, p=p).derive(secret)
    check = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mneme.passphrase").derive(key)
    own = HKDF(algorithm=SHA256(), length=32, salt=bytes.fromhex(d["nonce"]), info=b"mneme.sealed").derive(key)
    return check, own


def padded(count):
    """The length that is seen of `count` bytes, their length included: Padme, in steps of at least 4096."""
    exponent = count.bit_length() - 1
    step = max(4096, 1 << max(0, exponent - exponent.bit_length()))
    return -(-count // step) * step


def nonce(index, last):
    return index.to_bytes(11, "big") + bytes([1 if last else 0])


def seal(content, passphrase, n=2**15, chunk=4096):
    """A sealed file of `content`."""
    d = {"cipher": "AES-256-GCM", "kdf": "scrypt", "n": n, "r": 8, "p": 1, "salt": os.urandom(16).hex(),
         "nonce": os.urandom(32).hex(), "chunk": chunk, "check": ""}
    check, key = keys(passphrase, d)
    d["check"] = check.hex()
    metadata = {"mneme.format": "2", "mneme.encryption": json.dumps(d)}
    public = f"{metadata['mneme.format']}\n{metadata['mneme.encryption']}".encode()
    plain = struct.pack("<Q", len(content)) + content
    plain += bytes(padded(len(plain)) - len(plain))
    parts = [plain[start : start + chunk] for start in range(0, len(plain), chunk)]
    sealed = b"".join(AESGCM(key).encrypt(nonce(i, i == len(parts) - 1), part, public) for i, part in enumerate(parts))
    metadata["mneme.sha256"] = hashlib.sha256(sealed).hexdigest()
    metadata["mneme.header_sha256"] = header_checksum(metadata, {"mneme.sealed": ("U8", [len(sealed)], sealed)})
    return save({"mneme.sealed": np.frombuffer(sealed, dtype=np.uint8)}, metadata=metadata)


def unseal(data, passphrase):
    """The bytes inside; ValueError or cryptography's InvalidTag for whatever is wrong."""
    metadata, tensors, body = split(data)
    if sorted(metadata) != ["mneme.encryption", "mneme.format", "mneme.header_sha256", "mneme.sha256"]:
        raise ValueError(f"metadata of a sealed file: {sorted(metadata)}")
    if list(tensors) != ["mneme.sealed"] or tensors["mneme.sealed"][0] != "U8":
        raise ValueError(f"tensors of a sealed file: {list(tensors)}")
    if metadata["mneme.header_sha256"] != header_checksum(metadata, tensors):
        raise ValueError("mneme.header_sha256 differs")
    if metadata["mneme.sha256"] != hashlib.sha256(body).hexdigest():
        raise ValueError("mneme.sha256 differs")
    d = json.loads(metadata["mneme.encryption"])
    check, key = keys(passphrase, d)
    if check.hex() != d["check"]:
        raise ValueError("wrong passphrase")
    public = f"{metadata['mneme.format']}\n{metadata['mneme.encryption']}".encode()
    step = d["chunk"] + TAG
    starts = range(0, len(body), step)
    plain = b"".join(AESGCM(key).decrypt(nonce(i, i == len(starts) - 1), body[start : start + step], public)
                     for i, start in enumerate(starts))
    count = struct.unpack("<Q", plain[:8])[0]
    if padded(count + 8) != len(plain) or any(plain[8 + count :]):
        raise ValueError("the padding is not what it should be")
    return plain[8 : 8 + count]


def small_memory():
    """A sound memory file: of no real model, with a journal and nothing learned."""
    rng = np.random.default_rng(7)
    tensors = {
        "journal.tokens": rng.integers(0, 100, 2500).astype(np.int32),
        "journal.surprisals": rng.random(2500).astype(np.float32),
        "journal.source_indices": np.zeros(2500, dtype=np.int32),
        "journal.sources": np.frombuffer(
            json.dumps([{"conversation": "golden", "role": "document", "source": "golden", "time": 0, "turn": 1}]).encode(),
            dtype=np.uint8),
    }
    metadata = {"mneme.format": "1", "mneme.model_fingerprint": "5a" * 32, "mneme.adapter_fingerprint": "a5" * 32,
                "mneme.modules": '[{"entries":3,"kind":"neural","rejected_updates":0,"state_bytes":12}]',
                "mneme.tokens_seen": "2500", "mneme.created": "1700000000.0", "mneme.updated": "1700000001.5"}
    _, found, body = split(save(tensors, metadata=metadata))
    metadata["mneme.sha256"] = hashlib.sha256(body).hexdigest()
    metadata["mneme.header_sha256"] = header_checksum(metadata, found)
    return save(tensors, metadata=metadata)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = p.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make")
    make.add_argument("folder", type=Path)
    reader = commands.add_parser("open")
    reader.add_argument("file", type=Path)
    reader.add_argument("plain", type=Path)
    reader.add_argument("--passphrase-file", type=Path, required=True)
    o = p.parse_args()
    if o.command == "open":
        secret = o.passphrase_file.read_text().split("\n")[0].rstrip("\r")
        o.plain.write_bytes(unseal(o.file.read_bytes(), secret))
        print(f"{o.plain}: {o.plain.stat().st_size} bytes")
        return
    content = small_memory()
    sealed = seal(content, PASSPHRASE)
    assert unseal(sealed, PASSPHRASE) == content
    (o.folder / "sealed.mneme").write_bytes(sealed)
    record = {"passphrase": PASSPHRASE, "content_sha256": hashlib.sha256(content).hexdigest(), "content_bytes": len(content)}
    (o.folder / "sealed.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"{len(sealed)} bytes with {len(content)} inside")


if __name__ == "__main__":
    sys.exit(main())

"""Our Ed25519 against RFC 8032 and against the library, and the key of the site."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.test import override_settings
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from conversations.transcripts.chain import keys
from conversations.transcripts.chain.verify import CONTEXT, is_signed

ORDER = 2**252 + 27742317777372353535851937790883648493
VECTORS = [  # RFC 8032, section 7.1: TEST 1, 2, 3 and SHA(abc)
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_standard(key: str, message: str, signature: str) -> None:
    found, text, owner = bytes.fromhex(signature), bytes.fromhex(message), bytes.fromhex(key)

    assert is_signed(text, found, owner)
    assert not is_signed(text + b"x", found, owner)
    assert not is_signed(text, found[:-1] + bytes([found[-1] ^ 1]), owner)
    assert not is_signed(text, bytes([found[0] ^ 1]) + found[1:], owner)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
@examples(max_examples=25, deadline=None)
def test_it_agrees_with_the_library(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8

    assert is_signed(message, signature, key)
    assert not is_signed(message, bytes(flipped), key)


def test_a_signature_has_one_form_only() -> None:
    """S + L would pass the equation: whoever takes it lets others make second signatures."""
    key, message, signature = (bytes.fromhex(each) for each in VECTORS[1])
    larger = int.from_bytes(signature[32:], "little") + ORDER

    assert not is_signed(message, signature[:32] + larger.to_bytes(32, "little"), key)


@pytest.mark.parametrize("key", [b"", b"\xff" * 32, (2).to_bytes(32, "little"), b"\x00" * 31])
def test_what_is_no_key_signs_nothing(key: bytes) -> None:
    assert not is_signed(b"", bytes.fromhex(VECTORS[0][2]), key)


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    with override_settings(DATA_DIR=tmp_path):
        key, signature = keys.public_key(), keys.sign(b"\x01" * 32)
        assert (keys.public_key(), keys.sign(b"\x01" * 32)) == (key, signature)

    assert [path.name for path in tmp_path.iterdir()] == ["signing_key"]
    assert stat.S_IMODE((tmp_path / "signing_key").stat().st_mode) == 0o600
    assert is_signed(CONTEXT + b"\x01" * 32, bytes.fromhex(signature), bytes.fromhex(key))


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "verify", "--public-key"]
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    started = [
        subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE) for _ in range(4)
    ]
    found = [process.communicate()[0] for process in started]

    assert [process.returncode for process in started] == [0] * 4
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.glob("*signing_key*")] == ["signing_key"]

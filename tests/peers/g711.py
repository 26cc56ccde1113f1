"""G.711 mu-law and A-law (ITU-T G.711): pcm16 in, one byte a sample out, and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.peers.sdp import Codec


def _mu_law_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law_table() -> NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, (code & 0x0F) << 4
    magnitude = np.where(exponent, (mantissa + 0x108) << np.maximum(exponent - 1, 0), mantissa + 8)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _inverse(table: NDArray[np.int16]) -> NDArray[np.uint8]:
    """For each of the 65,536 samples (index: sample + 32768) the code that decodes nearest to it."""
    order = np.argsort(table, kind="stable")
    values = table[order].astype(np.int32)
    samples = np.arange(-32768, 32768)
    edges = (values[1:] + values[:-1]) // 2
    return order[np.searchsorted(edges, samples, side="left")].astype(np.uint8)


_DECODE: dict[Codec, NDArray[np.int16]] = {"PCMU": _mu_law_table(), "PCMA": _a_law_table()}
_ENCODE = {codec: _inverse(table) for codec, table in _DECODE.items()}


def encode(pcm16: bytes, codec: Codec) -> bytes:
    samples = np.frombuffer(pcm16, dtype="<i2").astype(np.int32)
    return _ENCODE[codec][samples + 32768].tobytes()


def decode(payload: bytes, codec: Codec) -> NDArray[np.int16]:
    return _DECODE[codec][np.frombuffer(payload, dtype=np.uint8)]

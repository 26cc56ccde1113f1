"""Speech of Debian's voices enters; means and variances of PocketSphinx's model for telephones leave.

    .venv/bin/python models/en-us-telephone/adapt.py OUTPUT_FOLDER

texts -> voices -> line without noise -> cepstra -> aligned to states --+
                -> line with noise    -> cepstra -----------------------+-> posteriors -> MAP

Gauvain and Lee, "Maximum a posteriori estimation for multivariate Gaussian mixture observations of
Markov chains", 1994. Two rounds; both start from the stock model.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import wave
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder
from scipy.signal import resample_poly

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "audio_fixtures"), str(FOLDER)]

import corpus  # noqa: E402
import make_fixtures  # noqa: E402
import telephone  # noqa: E402
from corpus import Spoken  # noqa: E402

from ivr.asr import sphinx  # noqa: E402
from ivr.asr.frontend import FrontEnd  # noqa: E402

Array = NDArray[np.float64]

STOCK = sphinx._MODEL / "en-us"
CODEBOOKS, STREAMS, DENSITIES, WIDTH = 42, 3, 128, 13
WEIGHT_STEP = 1024 * np.log(1.0001)
"""nats a step of the quantised mixture weights"""
TAU = 10.0
"""how many frames the stock model counts for, for each Gaussian"""
FORMANT_WEIGHT = 0.2
"""of espeak-ng's speech, which is least like a person's"""
ROUNDS = 2


@dataclass(frozen=True)
class Aligned:
    """Frames of one phone in one utterance."""

    codebook: int
    weight: float
    features: Array
    states: NDArray[np.int64]


# --- audio ---------------------------------------------------------------------------------------


def synthesise(said: list[Spoken], folder: Path) -> None:
    """All texts into WAV files; festival speaks all of its own in one process."""
    scheme = []
    for spoken in {wav_of(spoken, folder): spoken for spoken in said}.values():
        voice, path = corpus.VOICES[spoken.voice][0], wav_of(spoken, folder)
        if voice["engine"] == "festival":
            scheme.append(
                f"(voice_{voice['name']}) (Parameter.set 'Duration_Stretch {spoken.stretch})"
                f'(utt.save.wave (utt.synth (Utterance Text "{spoken.text}")) "{path}" \'riff)'
            )
        else:
            make_fixtures.speak(voice, spoken.text, spoken.stretch, path)
    subprocess.run(["festival", "--pipe"], input="\n".join(scheme), text=True, check=True)


def wav_of(spoken: Spoken, folder: Path) -> Path:
    return folder / f"{spoken.voice}-{zlib.crc32(f'{spoken.text}{spoken.stretch}'.encode()):08x}.wav"


def sound_of(spoken: Spoken, folder: Path) -> Array:
    rng = np.random.default_rng(spoken.seed)
    sound = read(wav_of(spoken, folder))
    if spoken.warp != 1:
        sound = equalised(resample_poly(sound, round(100 * spoken.warp), 100), rng)
    return telephone.at_level(sound, make_fixtures.LEVEL_DB)


def read(path: Path) -> Array:
    with wave.open(str(path), "rb") as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2") / 32768
        samples = telephone.to_8khz(samples, wav.getframerate())
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() / 100)
    return np.asarray(samples[loud[0] : loud[-1] + 1])


def equalised(sound: Array, rng: np.random.Generator) -> Array:
    """Another microphone: a tilt of up to 2 dB a kHz and two bumps of up to 4 dB."""
    spectrum = np.fft.rfft(sound)
    khz = np.linspace(0, 4, len(spectrum))
    gain_db = rng.uniform(-2, 2) * (khz - 1.5)
    for _ in range(2):
        gain_db += rng.uniform(-4, 4) * np.exp(-(((khz - rng.uniform(0.3, 3.4)) / 0.5) ** 2))
    return np.asarray(np.fft.irfft(spectrum * 10 ** (gain_db / 20), len(sound)))


# --- alignment -----------------------------------------------------------------------------------


def aligned(said: list[Spoken], folder: Path) -> Iterator[Aligned]:
    front_end, decoder, phones = FrontEnd(STOCK), stock_decoder(), phone_names()
    for spoken in said:
        sound, condition = sound_of(spoken, folder), spoken.condition
        lines = ({"law": condition["law"]}, condition)
        quiet, noisy = (
            front_end.cepstra(make_fixtures.through_line(sound, line, np.random.default_rng(spoken.seed)))[0]
            for line in lines
        )
        for name, states in align(decoder, spoken.text, quiet).items():
            at = np.flatnonzero(states >= 0)
            yield Aligned(
                phones.index(name), weight_of(spoken), features(noisy.astype(float))[at], states[at]
            )


def weight_of(spoken: Spoken) -> float:
    return FORMANT_WEIGHT if spoken.voice.startswith("espeak") else 1.0


def stock_decoder() -> Decoder:
    with NamedTemporaryFile("w", suffix=".params") as features_file:
        features_file.write(sphinx._FEATURES)
        features_file.flush()
        return Decoder(lm=None, loglevel="FATAL", featparams=features_file.name)


def align(decoder: Decoder, text: str, cepstra: NDArray[np.float32]) -> dict[str, NDArray[np.int64]]:
    """For each phone the state (senone) of each frame, -1 in others; nothing where the words do not fit."""
    decoder.set_align_text(text)
    for final in (False, True):
        if final:
            decoder.set_alignment()
        decoder.start_utt()
        decoder.process_cep(cepstra.tobytes(), False, True)
        try:
            decoder.end_utt()
        except RuntimeError:  # no path through the words
            return {}
        if not final and not decoder.hyp():
            return {}
    found: dict[str, NDArray[np.int64]] = {}
    alignment = decoder.get_alignment()  # keeps what its parts point to
    for word in alignment:
        for phone in word:
            states = found.setdefault(phone.name, np.full(len(cepstra), -1))
            for state in phone:
                states[state.start : state.start + state.duration] = int(state.name)
    return found


def features(cepstra: Array) -> Array:
    """frames x 3 streams x 13: static, delta and delta of delta, as 1s_c_d_dd makes them."""
    padded = np.pad(cepstra, ((3, 3), (0, 0)), "edge")

    def at(offset: int) -> Array:
        return padded[3 + offset : 3 + offset + len(cepstra)]

    return np.stack([cepstra, at(2) - at(-2), (at(3) - at(-1)) - (at(1) - at(-3))], axis=1)


# --- the model -----------------------------------------------------------------------------------


def phone_names() -> list[str]:
    content = (STOCK / "mdef").read_bytes()
    return [
        name.decode() for name in content[content.index(b"+NSN+\0") :].split(b"\0", CODEBOOKS)[:CODEBOOKS]
    ]


def gaussians(path: Path) -> Array:
    """codebooks x streams x densities x cepstra"""
    content = path.read_bytes()
    at = content.index(b"endhdr\n") + 7 + 4 + 4 * (3 + STREAMS + 1)  # header, byte order, sizes
    count = CODEBOOKS * STREAMS * DENSITIES * WIDTH
    return (
        np.frombuffer(content, "<f4", count, at).reshape(CODEBOOKS, STREAMS, DENSITIES, WIDTH).astype(float)
    )


def write_gaussians(path: Path, values: Array) -> None:
    sizes = (CODEBOOKS, STREAMS, DENSITIES, *[WIDTH] * STREAMS, values.size)
    header = b"s3\nversion 1.0\nendhdr\n" + struct.pack("<I", 0x11223344)
    path.write_bytes(header + struct.pack(f"<{len(sizes)}i", *sizes) + values.astype("<f4").tobytes())


def log_weights() -> Array:
    """states x streams x densities"""
    content, at = (STOCK / "sendump").read_bytes(), 0
    while length := struct.unpack_from("<i", content, at)[0]:  # strings of the header
        at += 4 + length
    _, states = struct.unpack_from("<2i", content, at + 4)
    steps = np.frombuffer(content, np.uint8, STREAMS * DENSITIES * states, at + 12)
    return -WEIGHT_STEP * steps.reshape(STREAMS, DENSITIES, states).transpose(2, 0, 1).astype(float)


def estimate(data: list[Aligned], means: Array, variances: Array, weights: Array) -> tuple[Array, Array]:
    """One round of MAP: posteriors from `means` and `variances`, priors from the stock model."""
    count, first, second = np.zeros(means.shape[:3]), np.zeros_like(means), np.zeros_like(means)
    for part in data:
        x, m, v = part.features, means[part.codebook], variances[part.codebook]
        score = weights[part.states] - 0.5 * (np.log(v).sum(-1) + (m * m / v).sum(-1))
        score += np.einsum("tsw,skw->tsk", x, m / v) - 0.5 * np.einsum("tsw,skw->tsk", x * x, 1 / v)
        posterior = np.exp(score - score.max(-1, keepdims=True))
        posterior *= part.weight / posterior.sum(-1, keepdims=True)
        count[part.codebook] += posterior.sum(0)
        first[part.codebook] += np.einsum("tsk,tsw->skw", posterior, x)
        second[part.codebook] += np.einsum("tsk,tsw->skw", posterior, x * x)
    prior, spread = gaussians(STOCK / "means"), gaussians(STOCK / "variances")
    n = count[..., None]
    mean = (TAU * prior + first) / (TAU + n)
    variance = (TAU * (spread + (prior - mean) ** 2) + second - 2 * mean * first + n * mean**2) / (TAU + n)
    return mean, np.maximum(variance, 1e-3)


def main() -> None:
    output = Path(sys.argv[1])
    with TemporaryDirectory() as folder:
        said = corpus.corpus()
        synthesise(said, Path(folder))
        data = list(aligned(said, Path(folder)))
    means, variances, weights = gaussians(STOCK / "means"), gaussians(STOCK / "variances"), log_weights()
    for _ in range(ROUNDS):
        means, variances = estimate(data, means, np.maximum(variances, 1e-4), weights)
    output.mkdir(parents=True, exist_ok=True)
    write_gaussians(output / "means", means)
    write_gaussians(output / "variances", variances)


if __name__ == "__main__":
    main()

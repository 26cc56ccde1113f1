"""Trains what tells an interruption from an "uh-huh" and a cough: bench/material.py enters, weights leave.

    python models/onset/train.py train ivr/listen/data/onset.npz     a quarter of an hour on two cores
    python models/onset/train.py measure                             the test half, by the runtime

Needs torch besides the project's own requirements; README.md has the commands.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1]))

from audio_fixtures import telephone  # noqa: E402
from bench.material import LEVEL_DB, Half, Material, Sound, Wave, warped  # noqa: E402
from bench.turn_line import some_line  # noqa: E402
from bench.turn_scenes import NOISES, SceneMaker, bot_track  # noqa: E402
from ivr.audio import FRAME_SAMPLES, RATE_HZ, split_frames  # noqa: E402
from ivr.listen import onset  # noqa: E402
from ivr.listen.echo import EchoCanceller  # noqa: E402

FLOOR, BACKCHANNEL, NOISE = range(3)
LABELS = {"interruption": FLOOR, "command": FLOOR, "continued": FLOOR, "talker": FLOOR,
          "backchannel": BACKCHANNEL, "cough": NOISE, "noise": NOISE, "music": NOISE,
          "nothing": NOISE}  # fmt: skip
SHARES = {"interruption": 0.14, "talker": 0.1, "command": 0.16, "continued": 0.1, "backchannel": 0.27,
          "cough": 0.09, "noise": 0.07, "music": 0.05, "nothing": 0.02}  # fmt: skip
"""of the training scenes"""
FRAMES = 84
"""of a scene: as much as 0.28 s before the onset, at most 1.2 s of the sound, and 0.24 s after it"""
LEAD_MS, HEARD_MS, AFTER_MS = 280, 1200, 240
CALL_S = 60
SILENT_BOT = 0.15
"""of the calls: the listener judges those without a canceller in between"""
SEEDS = 6
CALLS = 60
"""of the measurement"""
SIZE = 96


@dataclass(frozen=True)
class Scene:
    """One burst as the listener hears it."""

    kind: str
    wave: Wave
    onset: int
    """sample in which the burst begins"""
    end: int
    label: int


class Stage:
    """Puts sounds on a line while the bot talks, and takes the echo out again, as in a call."""

    def __init__(self, half: Half, seeds: int) -> None:
        self.sounds: dict[str, list[Sound]] = {}
        for seed in range(1, seeds + 1):
            material = Material(half, seed)
            made = {
                "interruption": material.interruptions(),
                "talker": material.talkers(),
                "command": material.commands(),
                "continued": material.continued(),
                "backchannel": material.backchannels(),
                "cough": material.coughs(),
                "noise": material.noises(),
                "music": material.music(),
            }
            for kind, sounds in made.items():
                self.sounds.setdefault(kind, []).extend(sounds)
        self._lines = SceneMaker(half, 1)

    def call(self, rng: np.random.Generator, vary: bool) -> Iterator[Scene]:
        """`vary`: other throats and microphones, for training."""
        whole = np.zeros(CALL_S * RATE_HZ)
        usual_db = LEVEL_DB + rng.uniform(-3, 3)
        at, placed = 2 * RATE_HZ, list[tuple[str, int, int]]()
        kinds, shares = list(SHARES), list(SHARES.values())
        while True:
            at += int(RATE_HZ * rng.uniform(0.5, 1.2))
            kind = str(rng.choice(kinds, p=shares))
            wave = self._wave(kind, rng, vary) * 10 ** ((usual_db - LEVEL_DB + rng.uniform(-8, 5)) / 20)
            if at + len(wave) + AFTER_MS * 8 > len(whole):
                break
            whole[at : at + len(wave)] += wave
            placed.append((kind, at, at + len(wave)))
            at += len(wave)
        silent = rng.random() < SILENT_BOT
        bot = np.zeros(len(whole)) if silent else bot_track(len(whole), rng)
        line = some_line(rng, NOISES)
        caller, played = self._lines._audio(np.clip(whole, -1, 1), bot, line, usual_db, rng)
        cancel = EchoCanceller()
        pairs = zip(split_frames(caller.tobytes()), split_frames(played.tobytes()), strict=True)
        clean = np.frombuffer(b"".join(cancel(*pair) for pair in pairs), "<i2") / 32768
        for kind, first, last in placed:
            begin = first - int(rng.integers(0, LEAD_MS * 8 + 1))
            window = np.zeros(FRAMES * FRAME_SAMPLES)
            heard = clean[begin : begin + len(window)]
            window[: len(heard)] = heard
            yield Scene(kind, window, first - begin, last - begin, LABELS[kind])

    def _wave(self, kind: str, rng: np.random.Generator, vary: bool) -> Wave:
        if kind == "nothing":
            return np.zeros(RATE_HZ)
        sound = self.sounds[kind][int(rng.integers(len(self.sounds[kind])))]
        wave = sound.pcm16[sound.onset : sound.end] / 32768
        if vary:
            if rng.random() < 0.5:
                wave = warped(wave, float(rng.choice([0.88, 0.92, 0.96, 1.04, 1.08, 1.14])))
            if rng.random() < 0.5:
                wave = _coloured(wave, rng)
            if kind == "interruption" and rng.random() < 0.1:
                wave = wave[int(rng.integers(0, max(1, len(wave) - RATE_HZ))) :]
        wave = wave[: HEARD_MS * 8].copy()
        wave[-80:] *= np.linspace(1, 0, 80)
        return wave


def _coloured(wave: Wave, rng: np.random.Generator) -> Wave:
    """Another microphone: a tilt and one resonance or notch."""
    wave = np.asarray(lfilter([1, rng.uniform(-0.5, 0.5)], [1], wave))
    middle = rng.uniform(400, 3000)
    band = butter(1, (middle * 0.8, middle * 1.25), "bandpass", fs=RATE_HZ, output="sos")
    wave = wave + rng.uniform(-0.7, 1.5) * np.asarray(sosfilt(band, wave))
    return telephone.at_level(wave, -26.0)


# --- training ------------------------------------------------------------------------------------------


def weights_of(scene: Scene) -> NDArray[np.float32]:
    """What each frame counts: nothing until 60 ms of the burst were heard or after it is long over."""
    ends = (np.arange(FRAMES) + 1) * FRAME_SAMPLES
    since, after = ends - scene.onset, ends - scene.end
    counts = np.where((since >= 480) & (after <= AFTER_MS * 8), 1.0, 0.0)
    counts = np.where((since >= 800) & (since <= 4000) & (counts > 0), 1.6, counts)
    return counts.astype(np.float32)


def _made(job: tuple[int, int]) -> tuple[NDArray[np.float16], NDArray[np.int8], NDArray[np.float32]]:
    seed, count = job
    rng = np.random.default_rng(seed)
    stage = Stage("tuning", SEEDS)
    scenes = list(islice(chain.from_iterable(stage.call(rng, True) for _ in repeat(None)), count))
    rows = np.zeros((count, FRAMES, onset.FEATURES), np.float16)
    labels, counts = np.zeros(count, np.int8), np.zeros((count, FRAMES), np.float32)
    for i, scene in enumerate(scenes):
        rows[i], labels[i], counts[i] = onset.features(scene.wave), scene.label, weights_of(scene)
    return rows, labels, counts


def train(path: Path, scenes: int, epochs: int, workers: int) -> None:
    import torch
    from torch import nn

    torch.manual_seed(1)
    torch.set_num_threads(workers)
    Stage("tuning", SEEDS)  # renders what is missing, once
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(_made, [(100 + i, scenes // 8) for i in range(8)]))
    rows, labels, counts = (torch.from_numpy(np.concatenate(x)) for x in zip(*parts, strict=True))
    print(f"{len(rows)} scenes", flush=True)
    flat = rows[:4000].float().reshape(-1, onset.FEATURES)
    mean, scale = flat.mean(0), 1 / (flat.std(0) + 1e-3)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(onset.FEATURES, SIZE)
            self.gru = nn.GRU(SIZE, SIZE, num_layers=2, batch_first=True, dropout=0.15)
            self.last = nn.Linear(SIZE, 3)
            self.drop = nn.Dropout(0.1)

        def forward(self, x: Any) -> Any:
            x = self.drop(torch.tanh(self.first((x - mean) * scale)))
            return self.last(self.drop(self.gru(x)[0]))

    net = Net()
    batch = 128
    best = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
    steps = epochs * (len(rows) // batch)
    slower = torch.optim.lr_scheduler.OneCycleLR(best, 4e-3, total_steps=steps, pct_start=0.15)
    for epoch in range(epochs):
        order, total = torch.randperm(len(rows)), 0.0
        for i in range(len(rows) // batch):
            pick = order[i * batch : (i + 1) * batch]
            said = net(rows[pick].float())
            wanted = labels[pick].long()[:, None].expand(-1, FRAMES)
            loss = nn.functional.cross_entropy(
                said.reshape(-1, 3), wanted.reshape(-1), reduction="none", label_smoothing=0.01
            )
            loss = (loss.reshape(-1, FRAMES) * counts[pick]).sum() / counts[pick].sum()
            best.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            best.step()
            slower.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: {total / (len(rows) // batch):.4f}", flush=True)
        if epoch % 4 == 3 or epoch == epochs - 1:
            _write(path, net, mean, scale)


def _write(path: Path, net: Any, mean: Any, scale: Any) -> None:
    kept = {"mean": mean, "scale": scale, "in": net.first.weight, "in_bias": net.first.bias,
            "out": net.last.weight, "out_bias": net.last.bias}  # fmt: skip
    for i in range(2):
        kept[f"gru{i}_x"], kept[f"gru{i}_h"] = (getattr(net.gru, f"weight_{x}_l{i}") for x in ("ih", "hh"))
        kept[f"gru{i}_x_bias"], kept[f"gru{i}_h_bias"] = (
            getattr(net.gru, f"bias_{x}_l{i}") for x in ("ih", "hh")
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{k: v.detach().numpy().astype(np.float32) for k, v in kept.items()})


# --- the test half ---------------------------------------------------------------------------------------


def measure(half: Half, calls: int) -> None:
    """Through the runtime, frame by frame; from 100 ms after the onset two frames in a row count."""
    stage, scorer = Stage(half, 1), onset.OnsetScorer()
    rng = np.random.default_rng(5)
    tracks: dict[str, list[tuple[Scene, list[onset.Onset]]]] = {}
    for scene in chain.from_iterable(stage.call(rng, False) for _ in range(calls)):
        scorer.begin()
        pcm16 = telephone.to_pcm16(scene.wave)
        tracks.setdefault(scene.kind, []).append((scene, [scorer.hear(x) for x in split_frames(pcm16)]))
    wants = ("interruption", "command", "continued", "talker")
    print(f"half {half}; floor at or above the threshold in two frames, ms after the onset")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        print(f"\nthreshold {threshold}")
        for kind, made in tracks.items():
            ends = [_crossed_ms(scene, heard, threshold) for scene, heard in made]
            within = [100 * np.mean([x <= limit for x in ends]) for limit in (250, 400, 600, 2000)]
            line = f"  {kind:13s} n={len(ends):4d} within 250/400/600/ever: " + " ".join(
                f"{x:5.1f}" for x in within
            )
            if kind in wants:
                found = [x for x in ends if x <= 2000]
                line += f"   p50 {np.median(found):.0f} p95 {np.percentile(found, 95):.0f}" if found else ""
            print(line + " %")
    _calibration(tracks)


def _crossed_ms(scene: Scene, heard: list[onset.Onset], threshold: float) -> float:
    run = 0
    for i, said in enumerate(heard):
        since_ms = ((i + 1) * FRAME_SAMPLES - scene.onset) / 8
        if (i + 1) * FRAME_SAMPLES - scene.end > AFTER_MS * 8:
            break
        run = run + 1 if said.floor >= threshold else 0
        if run >= 2 and since_ms >= 100:
            return since_ms
    return 9999.0


def _calibration(tracks: dict[str, list[tuple[Scene, list[onset.Onset]]]]) -> None:
    """At 300 ms after the onset: of the bursts given a score, how many want the floor? Classes weigh
    alike."""
    said, true, weight = [], [], []
    groups = {FLOOR: ("interruption", "command", "continued"), BACKCHANNEL: ("backchannel",),
              NOISE: ("cough", "noise", "music")}  # fmt: skip
    for label, kinds in groups.items():
        made = [x for kind in kinds for x in tracks[kind]]
        for scene, heard in made:
            said.append(heard[(scene.onset + 2400) // FRAME_SAMPLES].floor)
            true.append(label == FLOOR)
            weight.append((0.5 if label == FLOOR else 0.25) / len(made))
    scores, truth, weights = np.array(said), np.array(true), np.array(weight)
    print("\nat 300 ms: score -> share that wants the floor (floor 50, backchannel 25, noise 25 %)")
    for low, high in ((0, 0.05), (0.05, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        hit = (scores >= low) & (scores < high)
        if hit.any():
            print(f"  {low:.2f}-{min(high, 1):.2f}  {np.average(truth[hit], weights=weights[hit]):.2f}"
                  f"  ({100 * weights[hit].sum():.0f} % of the bursts)")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("do", choices=("train", "measure"))
    parser.add_argument("path", type=Path, nargs="?", default=onset.WEIGHTS)
    parser.add_argument("--scenes", type=int, default=28000)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--half", choices=("tuning", "test"), default="test")
    args = parser.parse_args()
    if args.do == "train":
        train(args.path, args.scenes, args.epochs, args.workers)
    measure(args.half, CALLS)


if __name__ == "__main__":
    main()

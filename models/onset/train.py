"""Trains what tells an interruption from an "uh-huh" and a cough: bench/material.py enters, weights leave.

    python models/onset/train.py train ivr/listen/data/onset.npz     some minutes on two cores
    python models/onset/train.py measure                             the test half, by the runtime

Needs torch besides the project's own requirements; README.md has the commands.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parents[1]))

from audio_fixtures import telephone  # noqa: E402
from bench.material import Half, Material, Sound, Wave, warped  # noqa: E402
from ivr.audio import FRAME_SAMPLES, RATE_HZ  # noqa: E402
from ivr.listen import onset  # noqa: E402

FLOOR, BACKCHANNEL, NOISE = range(3)
LABELS = {"interruption": FLOOR, "command": FLOOR, "talker": FLOOR, "backchannel": BACKCHANNEL,
          "cough": NOISE, "noise": NOISE, "music": NOISE}  # fmt: skip
SHARES = {"interruption": 0.14, "talker": 0.1, "command": 0.16, "continued": 0.1, "backchannel": 0.27,
          "cough": 0.09, "noise": 0.07, "music": 0.05, "nothing": 0.02}  # fmt: skip
"""of the training scenes"""
FRAMES = 84
"""of a scene: as much as 0.24 s before the onset, 1.2 s of the sound, 0.24 s after it"""
LEAD_MS, HEARD_MS, AFTER_MS = 240, 1200, 240
SEEDS = 6
SIZE = 64


@dataclass(frozen=True)
class Scene:
    """One burst as a server hears it."""

    wave: Wave
    onset: int
    """sample in which the burst begins; below zero if its beginning is missing"""
    end: int
    label: int


class Stage:
    """Puts sounds on a line, with noise, another level, and what is left of the bot's echo."""

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
        self._speech = [x.pcm16 / 32768 for x in self.sounds["command"] if x.end > 6000]
        self._room = [x.pcm16 / 32768 for x in self.sounds["noise"] if x.source.endswith(".wav")]
        self._people = [x.pcm16 / 32768 for x in self.sounds["talker"]]

    def scene(self, kind: str, rng: np.random.Generator) -> Scene:
        if kind == "nothing":
            wave, first, end = np.zeros(FRAMES * FRAME_SAMPLES), 0, FRAMES * FRAME_SAMPLES
            return Scene(self._on_line(wave, rng), first, end, NOISE)
        sounds = self.sounds[kind]
        return self.of(sounds[int(rng.integers(len(sounds)))], rng, vary=True)

    def of(self, sound: Sound, rng: np.random.Generator, vary: bool) -> Scene:
        """`vary`: another throat, cut begins and the like, for training."""
        wave = sound.pcm16[sound.onset : sound.end] / 32768
        lead = int(rng.integers(0, LEAD_MS * 8 + 1))
        if vary:
            if rng.random() < 0.5:
                wave = warped(wave, float(rng.choice([0.88, 0.92, 0.96, 1.04, 1.08, 1.14])))
            if rng.random() < 0.5:
                wave = _coloured(wave, rng)
            if rng.random() < 0.15:
                wave, lead = wave[int(rng.integers(0, 480)) :], 0
            if sound.kind == "interruption" and rng.random() < 0.1:
                wave = wave[int(rng.integers(0, max(1, len(wave) - RATE_HZ))) :]
        heard = wave[: HEARD_MS * 8]
        end = lead + (len(heard) if len(wave) == len(heard) else FRAMES * FRAME_SAMPLES)
        whole = np.zeros(FRAMES * FRAME_SAMPLES)
        room = wave[: len(whole) - lead]
        whole[lead : lead + len(room)] = room
        return Scene(self._on_line(whole, rng), lead, min(end, len(whole)), LABELS[sound.kind])

    def _on_line(self, wave: Wave, rng: np.random.Generator) -> Wave:
        level_db = rng.uniform(-8, 8)
        wave = wave * 10 ** (level_db / 20)
        loud_db = -26 + level_db
        if rng.random() < 0.75:
            wave = wave + self._noise(len(wave), loud_db - rng.uniform(2, 25), rng)
        if rng.random() < 0.35:  # the bot's voice, as the echo canceller leaves it
            left = self._speech[int(rng.integers(len(self._speech)))]
            left = np.resize(np.roll(left, -int(rng.integers(len(left)))), len(wave))
            wave = wave + left * 10 ** (rng.uniform(-34, -14) / 20)
        wave = wave + rng.standard_normal(len(wave)) * 10 ** (rng.uniform(-80, -62) / 20)
        if rng.random() < 0.7:
            wave = telephone.telephone_band(wave)
        if rng.random() < 0.85:
            wave = telephone.g711(np.clip(wave, -1, 1), str(rng.choice(["mu-law", "a-law"])))
        return np.asarray(np.clip(np.rint(wave * 32768), -32768, 32767) / 32768)

    def _noise(self, size: int, level_db: float, rng: np.random.Generator) -> Wave:
        kind = rng.choice(["white", "pink", "room", "babble"], p=[0.25, 0.35, 0.25, 0.15])
        if kind == "room":
            made = np.resize(self._room[int(rng.integers(len(self._room)))], size)
        elif kind == "babble":
            people = [self._people[i] for i in rng.integers(len(self._people), size=5)]
            made, level_db = telephone.babble(size, people, rng), min(level_db, -36.0)
        else:
            made = telephone.white(size, rng) if kind == "white" else telephone.pink(size, rng)
        rms = np.sqrt((made**2).mean())
        return np.asarray(made * 10 ** (level_db / 20) / (rms + 1e-9))


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
    kinds = rng.choice(list(SHARES), size=count, p=list(SHARES.values()))
    rows = np.zeros((count, FRAMES, onset.FEATURES), np.float16)
    labels, counts = np.zeros(count, np.int8), np.zeros((count, FRAMES), np.float32)
    for i, kind in enumerate(kinds):
        scene = stage.scene(str(kind), rng)
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


def measure(half: Half, times: int) -> None:
    """Through the runtime, frame by frame; from 100 ms after the onset two frames in a row count."""
    stage, scorer = Stage(half, 1), onset.OnsetScorer()
    rng = np.random.default_rng(5)
    tracks: dict[str, list[tuple[Scene, list[onset.Onset]]]] = {}
    for kind, sounds in stage.sounds.items():
        for sound in sounds * times:
            scene = stage.of(sound, rng, vary=False)
            scorer.begin()
            pcm16 = telephone.to_pcm16(scene.wave)
            heard = [scorer.hear(pcm16[i : i + 320]) for i in range(0, len(pcm16), 320)]
            tracks.setdefault(kind, []).append((scene, heard))
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
    parser.add_argument("--scenes", type=int, default=24000)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--half", choices=("tuning", "test"), default="test")
    args = parser.parse_args()
    if args.do == "train":
        train(args.path, args.scenes, args.epochs, args.workers)
    measure(args.half, 2)


if __name__ == "__main__":
    main()

"""Makes the WAV files: the utterances of manifest.yaml enter, wav/*.wav leaves.

    .venv/bin/python audio_fixtures/make_fixtures.py            make all files anew
    .venv/bin/python audio_fixtures/make_fixtures.py --check    compare with what is there, write nothing

Needs Debian's flite, festival, festvox-kallpc16k, festvox-us-slt-hts and espeak-ng. The same
manifest gives the same bytes: the noise of each file is seeded by its id.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import wave
import zlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import telephone
import yaml
from telephone import Wave

FOLDER = Path(__file__).parent
ROOM_MS = 300
"""silence or noise before and after what is said"""
LEVEL_DB = -26.0
"""active speech level where a condition says nothing else: usual for telephone speech (ITU-T P.56)"""
BABBLE_TALKERS = {
    "flite-slt": "we could meet at the station after lunch and walk over to the market together",
    "flite-rms": "the weather has been rather dull for weeks and nobody really knows when it will change",
    "flite-awb": "he told me that the garden needs more water than the old well can give in summer",
    "flite-kal16": "there were several boxes on the table and one of them was open all the time",
    "festival-kal": "on the second floor you will find the library and behind it a small kitchen",
    "espeak-gb": "most of the trains were late again because of leaves on the line near the river",
}


def speak(voice: dict[str, Any], text: str, stretch: float, wav: Path) -> None:
    """One text by one voice into a WAV of the engine's own rate. `stretch` 0.8 is a fast talker."""
    name = str(voice["name"])
    if voice["engine"] == "flite":
        speed = ["--setf", f"duration_stretch={stretch}"] if stretch != 1 else []
        command = ["flite", "-voice", name, *speed, "-t", text, "-o", str(wav)]
        subprocess.run(command, check=True)
    elif voice["engine"] == "espeak-ng":
        words_per_minute = str(round(155 / stretch))
        command = ["espeak-ng", "-v", name, "-s", words_per_minute, "-w", str(wav), text]
        subprocess.run(command, check=True)
    else:
        scheme = f"""
            (voice_{name})
            (Parameter.set 'Duration_Stretch {stretch})
            (utt.save.wave (utt.synth (Utterance Text "{text}")) "{wav}" 'riff)"""
        subprocess.run(["festival", "--pipe"], input=scheme, text=True, check=True)


@cache
def speech(voice_name: str, text: str, stretch: float = 1.0) -> Wave:
    """What was spoken, at 8 kHz, without the silence around it, at the usual level."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        speak(manifest()["voices"][voice_name], text, stretch, path)
        with wave.open(str(path), "rb") as wav:
            samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2") / 32768
            samples = telephone.to_8khz(samples, wav.getframerate())
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() / 100)
    return telephone.at_level(samples[loud[0] : loud[-1] + 1], LEVEL_DB)


def said(entry: dict[str, Any], rng: np.random.Generator) -> Wave:
    """The parts of an utterance one behind the other: texts, pauses in ms, sounds."""
    parts = []
    for part in entry.get("parts", [entry["words"]]):
        match part:
            case str():
                parts.append(speech(entry["voice"], part, entry.get("stretch", 1.0)))
            case int():
                parts.append(telephone.silence(part))
            case {"sound": str(name)}:
                parts.append(telephone.at_level(telephone.SOUNDS[name](rng), LEVEL_DB))
    whole = np.concatenate(parts)
    return whole[: round(len(whole) * entry.get("keep", 1.0))]


def noise(kind: str, samples: int, rng: np.random.Generator) -> Wave:
    if kind == "babble":
        talkers = [speech(voice, text) for voice, text in BABBLE_TALKERS.items()]
        return telephone.babble(samples, talkers, rng)
    return {"white": telephone.white, "pink": telephone.pink}[kind](samples, rng)


def through_line(sound: Wave, condition: dict[str, Any], rng: np.random.Generator) -> bytes:
    """The line's whole effect, ending on a whole frame."""
    level_db = float(condition.get("level_db", LEVEL_DB))
    law = condition.get("law")
    if law:
        sound = telephone.telephone_band(sound)
    room = telephone.silence(ROOM_MS)
    sound = np.concatenate([room, telephone.at_level(sound, level_db), room])
    sound = np.concatenate([sound, np.zeros(-len(sound) % telephone.FRAME)])
    if "noise" in condition:
        made = noise(condition["noise"], len(sound), rng)
        sound = sound + telephone.in_band_at_rms(made, level_db - condition["snr_db"])
    return telephone.to_pcm16(telephone.g711(sound, law) if law else sound)


def fixture(entry: dict[str, Any]) -> bytes:
    """One utterance of the manifest as the bytes of its WAV file."""
    rng = np.random.default_rng(zlib.crc32(entry["id"].encode()))
    pcm16 = through_line(said(entry, rng), manifest()["conditions"][entry["condition"]], rng)
    content = io.BytesIO()
    with wave.open(content, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(telephone.RATE_HZ)
        wav.writeframes(pcm16)
    return content.getvalue()


@cache
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))
    return loaded


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the WAV files that manifest.yaml describes.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    check = parser.parse_args().check
    changed = []
    for entry in manifest()["utterances"]:
        path, content = FOLDER / entry["wav"], fixture(entry)
        if not path.exists() or path.read_bytes() != content:
            changed.append(entry["wav"])
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
    named = {entry["wav"] for entry in manifest()["utterances"]}
    stray = [path for path in sorted(FOLDER.glob("wav/*.wav")) if f"wav/{path.name}" not in named]
    print(f"{len(named)} files, {len(changed)} {'differ' if check else 'written'}: {' '.join(changed)}")
    for path in stray:
        print(f"{path.name} is in no entry of manifest.yaml")
    return 1 if stray or (check and changed) else 0


if __name__ == "__main__":
    sys.exit(main())

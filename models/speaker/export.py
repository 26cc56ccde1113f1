"""Resemblyzer's speaker encoder (GE2E, Wan et al. 2018) as ONNX: the package's weights enter, the file
that ivr/listen/speaker.py loads leaves.

    python models/speaker/export.py OUT.onnx      needs torch, onnx, onnxruntime and pip; README.md
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

PACKAGE = "resemblyzer==0.1.4"
FRAMES = 160
BANDS, UNITS, LAYERS = 40, 256, 3


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, UNITS, LAYERS, batch_first=True)
        self.linear = nn.Linear(UNITS, UNITS)

    def forward(self, mels: torch.Tensor) -> torch.Tensor:
        _, (hidden, _) = self.lstm(mels)
        return nn.functional.normalize(torch.relu(self.linear(hidden[-1])), dim=1)


def weights() -> dict[str, torch.Tensor]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
        subprocess.run(command, check=True)
        wheel = next(Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            saved = archive.read("resemblyzer/pretrained.pt")
    state: dict[str, torch.Tensor] = torch.load(io.BytesIO(saved), map_location="cpu")["model_state"]
    return state


def main() -> None:
    out = Path(sys.argv[1])
    encoder = Encoder()
    encoder.load_state_dict(weights(), strict=False)  # without the training's similarity weights
    encoder.eval()
    example = torch.rand(1, FRAMES, BANDS)
    torch.onnx.export(
        encoder, (example,), str(out), input_names=["mels"], output_names=["voice"],
        dynamic_axes={"mels": {1: "frames"}}, opset_version=17, dynamo=False,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(str(out))
    for frames in (30, 100, FRAMES):
        mels = torch.rand(1, frames, BANDS)
        (voice,) = session.run(None, {"mels": mels.numpy()})
        worst = float(np.abs(voice - encoder(mels).detach().numpy()).max())
        print(f"{frames} frames: differs from torch by {worst:.1e}")
        assert worst < 1e-4
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

import pytest

from ivr import config
from ivr.tts.espeak import EspeakSynthesiser


def pytest_configure(config):
    # wyoming 1.10 imports audioop; Python 3.11, the only one supported here, still has it
    config.addinivalue_line("filterwarnings", "ignore:'audioop' is deprecated:DeprecationWarning")


@pytest.fixture(scope="session")
def espeak():
    return EspeakSynthesiser(config.Tts())

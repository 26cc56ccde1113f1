"""config.yaml enters; typed settings leave. An unknown key is an error that names its line."""

from __future__ import annotations

import ipaddress
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ivr import located
from ivr.located import Key, YamlError


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Account(_Section):
    """A trunk or PBX: registered with digest authentication when `registrar` is set."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    uri: str
    """our address there: sip:ivr@pbx.example.com"""
    registrar: str = ""
    username: str = ""
    password: str = Field(default="", repr=False)
    realm: str = "*"
    proxy: str = ""
    expires_s: int = Field(default=300, ge=30)
    srtp: Literal["off", "optional", "mandatory"] = "off"
    allow: tuple[str, ...] = ()
    """networks that may call through this account, besides the registrar's own address"""
    flow: str = ""
    """flow file for calls of this account; empty: as in `flows`"""

    _networks = field_validator("allow")(lambda value: _checked_networks(value))


class Sip(_Section):
    host: str = "127.0.0.1"
    port: int = Field(default=5060, ge=1, le=65535)
    transports: tuple[Literal["udp", "tcp"], ...] = ("udp", "tcp")
    public_host: str = ""
    """address told to others when we sit behind NAT"""
    rtp_port: int = Field(default=20000, ge=1024, le=65000)
    """first of 100 RTP ports of the first node; the next node takes the next 100"""
    allow: tuple[str, ...] = ("127.0.0.0/8",)
    codecs: tuple[Literal["PCMU", "PCMA", "G722"], ...] = ("PCMU", "PCMA", "G722")
    srtp: Literal["off", "optional", "mandatory"] = "off"
    session_expires_s: int = Field(default=1800, ge=90)
    ring_timeout_s: int = Field(default=30, ge=1)
    """outbound calls: how long it may ring"""
    accounts: tuple[Account, ...] = ()

    _networks = field_validator("allow")(lambda value: _checked_networks(value))


class Listen(_Section):
    vad_aggressiveness: int = Field(default=2, ge=0, le=3)
    start_ms: int = Field(default=60, ge=20)
    """voiced audio before speech counts as begun"""
    complete_timeout_ms: int = Field(default=260, ge=100)
    """silence that ends a turn after a whole answer"""
    end_ms: int = Field(default=800, ge=100)
    """silence that ends a turn in which nothing was recognised so far"""
    incomplete_timeout_ms: int = Field(default=1200, ge=100)
    """silence that ends a turn after the beginning of an answer"""
    pre_roll_ms: int = Field(default=460, ge=300)
    echo_cancelling: bool = True
    noise_suppression: bool = False
    floor_score: float = Field(default=0.92, ge=0, le=1)
    """how much a sound must resemble speech that takes the floor to stop the voice at once"""
    sustained_ms: int = Field(default=700, ge=100)
    """speech that stops the voice by its length alone"""
    other_talker_db: float = Field(default=-8.0, le=0)
    """speech so much weaker than the caller's is taken for somebody else's"""
    no_input_ms: int = Field(default=6000, ge=500)
    max_speech_ms: int = Field(default=15000, ge=1000)
    inter_key_ms: int = Field(default=3000, ge=200)


class Asr(_Section):
    engine: Literal["pocketsphinx", "none"] = "pocketsphinx"
    reject_below: float = Field(default=0.5, ge=0, le=1)
    """transcripts with less confidence count as not understood"""
    timeout_ms: int = Field(default=3000, ge=500)
    """a recogniser that is silent for so long after the end of speech is lost"""


class Tts(_Section):
    engine: Literal["espeak"] = "espeak"
    voices: dict[str, str] = {"en": "en-us", "zh": "cmn"}
    rate_wpm: int = Field(default=160, ge=80, le=400)
    cache: Path = Path("var/prompts")


class Speech(_Section):
    services: tuple[str, ...] = ()
    """Wyoming services elsewhere (tcp://host:port); empty: our own processes"""
    processes: int = Field(default=1, ge=1, le=32)
    socket_dir: Path = Path("var/run")
    nice: int = Field(default=10, ge=0, le=19)


class Service(_Section):
    """A system that flows may ask over HTTP."""

    url: str = Field(pattern=r"^https?://[^/]+")
    token: str = Field(default="", repr=False)
    """sent as a bearer token"""


class Profile(_Section):
    """Where the caller is looked up by number when a call begins."""

    service: str
    path: str = Field(default="/customers/by-number/{number}", pattern=r"^/.*\{number\}")
    timeout_ms: int = Field(default=700, ge=100, le=3000)
    """the call goes on without it after that"""


class Flows(_Section):
    default: Path = Path("flows/hotline_en.yaml")
    numbers: dict[str, Path] = {}
    """called number -> flow file"""
    transfers: dict[str, str] = {}
    """name used in flows -> SIP URI"""
    services: dict[str, Service] = {}
    """name used in flows -> HTTP service"""
    functions: dict[str, str] = {}
    """name used in flows -> package.module:function"""
    profile: Profile | None = None
    classifiers: Path = Path("var/classifiers")
    """keeps what was learnt from the examples of the flows"""
    releases: Path = Path("var/releases")
    """versions of flows that `ivr flow release` gave to calls"""
    messages: Path = Path("var/messages")
    """keeps what callers leave by the step voicemail"""

    @field_validator("transfers")
    @classmethod
    def _are_uris(cls, value: dict[str, str]) -> dict[str, str]:
        for name, uri in value.items():
            if not uri.startswith(("sip:", "sips:")):
                raise ValueError(f"'{name}: {uri}' is no SIP address; it begins with sip:")
        return value

    @model_validator(mode="after")
    def _profile_is_known(self) -> Flows:
        if self.profile and self.profile.service not in self.services:
            raise ValueError(f"'profile.service: {self.profile.service}' is not among 'services'")
        return self


class Store(_Section):
    url: str = "sqlite:///var/ivr.db"
    journal_days: int = Field(default=365, ge=1)
    recordings: bool = False
    recordings_dir: Path = Path("var/recordings")
    recording_days: int = Field(default=30, ge=1)


class Console(_Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)


class Settings(_Section):
    nodes: int = Field(default=1, ge=1, le=64)
    drain_s: int = Field(default=30, ge=0)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    sip: Sip = Sip()
    listen: Listen = Listen()
    asr: Asr = Asr()
    tts: Tts = Tts()
    speech: Speech = Speech()
    flows: Flows = Flows()
    store: Store = Store()
    console: Console = Console()


def load(path: Path) -> Settings:
    """Raises YamlError naming file, line and key."""
    source = located.read(path)
    try:
        return Settings.model_validate(source.data)
    except ValidationError as error:
        raise YamlError(located.schema_problems(source, error, _known_keys(Settings))) from error


def _known_keys(model: type[BaseModel], at: Key = ()) -> dict[Key, Sequence[str]]:
    known: dict[Key, Sequence[str]] = {at: list(model.model_fields)}
    for name, info in model.model_fields.items():
        for inner in _models_in(info.annotation):
            is_list = typing.get_origin(info.annotation) is tuple
            known |= _known_keys(inner, (*at, name, -1) if is_list else (*at, name))
    return known


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in _models_in(part)]


def _checked_networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    for network in networks:
        ipaddress.ip_network(network)  # raises ValueError that names the text
    return networks

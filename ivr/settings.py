"""One typed settings tree. Units are in the names. File (`yinling.toml`) first, environment (`YINLING_…`) over it."""

from __future__ import annotations

import os
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ivr.settings_desk import Desk
from ivr.settings_messages import Messages
from ivr.settings_routing import Callbacks, Hours, Rating, Recording, Routing, Seat, Section
from voices.languages.pack import FOLDER

PROJECT_DIR = Path(__file__).resolve().parent.parent
Port = int
DEMO_SEATS = ("seat1", "seat2")


class SettingsError(Exception):
    """The settings cannot be used. `str()` names the file, the key and what to write instead."""

    code = "settings_invalid"


class Sip(Section):
    """Where the hotline is dialled, and from where calls are taken."""

    host: str = "127.0.0.1"
    port: Port = Field(default=5060, ge=1, le=65535)
    service_number: str = Field(default="12349", pattern=r"^\d{3,15}$")
    trunk_addresses: list[str] = Field(default=["127.0.0.0/8"])
    """Addresses of the carrier, in CIDR notation. Calls from elsewhere are refused."""
    rtp_first_port: Port = Field(default=20000, ge=1024, le=65000)
    rtp_last_port: Port = Field(default=20999, ge=1024, le=65535)
    seat_silent_s: int = Field(default=60, ge=5, le=600)
    """A desk phone from which no sound has come for so long is gone, and its caller goes to a colleague. Phones that
    send nothing while their agent is silent need more than the default."""
    trunk_out: str = Field(default="", pattern=r"^([0-9A-Za-z.\-]+:\d{2,5})?$")
    """host:port of the carrier for calls that we place. Empty: none are placed; call-backs stay owed and listed."""


class Asterisk(Section):
    """Our own Asterisk and how we speak with it."""

    http_port: Port = Field(default=8088, ge=1, le=65535)
    manager_port: Port = Field(default=5038, ge=1, le=65535)
    answer_wait_s: float = Field(default=1.0, ge=0.3, le=10)
    """How long the dialplan waits for the program to take the media before it goes to a person."""
    minimum_version: str = "22.6"


class Guardian(Section):
    """The small process that moves callers to a person when the program hangs."""

    heartbeat_every_s: float = Field(default=0.25, gt=0, le=5)
    missed_after_s: float = Field(default=1.5, ge=0.5, le=10)
    restart_hung_after_s: float = Field(default=90.0, ge=10)


class Speech(Section):
    """Hearing and speaking."""

    recognisers: dict[str, list[str]] = Field(default={})
    """Language → who hears it in place of what its pack names, the best first; when one is lost, the next takes over.
    Those of `*` come before what the packs of all other languages name. Names: `yinling models list`, `KIND:FOLDER`,
    `vosk-server:ws://HOST:PORT`, `funasr:ws://HOST:PORT`."""
    recogniser_workers: int = Field(default=0, ge=0, le=64)
    """Processes for each recogniser of this machine; 0 means one per core."""
    recogniser_wait_max_s: float = Field(default=2.0, gt=0, le=60)
    """When a turn would wait longer than this for a recogniser, new calls go straight to a person."""
    recogniser_timeout_s: float = Field(default=8.0, gt=0, le=60)
    voice: str = "zf_xiaobei"
    mirror_dir: Path | None = None
    """A folder with the model files (or the packages that carry them); looked in first."""


class Listening(Section):
    """When a turn begins and ends."""

    silence_s: float = Field(default=6.0, gt=1, le=60)
    pause_s: float = Field(default=0.87, ge=0.2, le=5)
    """Silence that ends a turn when the words do not tell, until a caller's own pauses are known."""
    utterance_max_s: float = Field(default=20.0, gt=2, le=60)
    barge_in_speech_s: float = Field(default=0.096, ge=0.06, le=2)
    """Speech over a prompt that makes it fall silent; what was no answer lets it go on."""


class Examples(Section):
    """Phrases taught by example (`yinling examples`)."""

    from_calls: bool = False
    """Keep what a caller said, where the call made sure of it by key or by reading back, as an example of that phrase.
    These are recordings of callers: say so where you announce the hotline before you switch it on."""
    per_phrase: int = Field(default=40, ge=1, le=500)
    """Examples from calls of each phrase, at most."""
    per_caller: int = Field(default=3, ge=1, le=20)
    """Of these, by one caller."""
    keep_days: int = Field(default=365, ge=1)
    """Days until they are deleted. `yinling examples forget` deletes them at once."""
    number: str = Field(default="", pattern=r"^(\d{3,15})?$")
    """A further number of the trunk at which native speakers teach phrases with a code (`yinling examples invite`).
    Empty: at a seat's phone only, which dials 603."""


class Nlu(Section):
    """What reads the caller's words."""

    engine: Literal["embedded", "rasa"] = "embedded"
    """embedded: in the program. rasa: the server of `make rasa`; while it is slow or gone, the embedded one reads."""
    rasa_url: str = Field(default="http://127.0.0.1:5005", pattern=r"^https?://[^\s/?#@]+/?$")
    rasa_timeout_s: float = Field(default=0.4, ge=0.05, le=3)
    """How long a caller waits for Rasa before the embedded engine reads the sentence."""
    sentence_vectors: bool = False
    """Mix vectors of whole sentences into the embedded engine: more is understood, for 10 to 20 ms a sentence. Needs
    the package of `pip install 'yinling[vectors]'`; where that is absent the engine reads without, and says so."""


class Queueing(Section):
    """The queue for a person."""

    ring_s: int = Field(default=15, ge=5, le=120)
    comfort_every_s: int = Field(default=20, ge=10, le=300)
    place_every_s: int = Field(default=30, ge=15, le=600)
    """How often a waiting caller hears their place."""
    max_wait_s: int = Field(default=900, ge=30)
    message_max_s: int = Field(default=120, ge=10, le=600)
    wrapup_s: int = Field(default=0, ge=0, le=600)
    """Rest of a seat after a call."""


class Appointments(Section):
    """Rules of the embedded appointment office."""

    last_day_ahead: int = Field(default=14, ge=1, le=90)
    cancel_until_hour: int = Field(default=15, ge=0, le=23)


class Logs(Section):
    """How much of what is logged is kept; of each file."""

    file_max_mb: int = Field(default=10, ge=1, le=10_000)
    kept: int = Field(default=4, ge=0, le=100)
    """Older files: `app.log.1` is the newest of them."""
    keep_days: int = Field(default=14, ge=1, le=365)
    """No line is kept longer, nor longer than any class of recordings: a log names callers' numbers."""
    dialplan: bool = False
    """Asterisk also writes each step of each call into its log, with the caller's number and what they want: to find a
    fault, and then off again."""


class _TomlSource(PydanticBaseSettingsSource):
    def __init__(self, cls: type[BaseSettings], file: Path) -> None:
        super().__init__(cls)
        self._file = file

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the base class asks for this signature
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        if not self._file.exists():
            return {}
        return tomllib.loads(self._file.read_text(encoding="utf-8"))


class Settings(BaseSettings):
    """The whole tree. Environment variables: `YINLING_SIP__PORT=5070`."""

    model_config = SettingsConfigDict(
        env_prefix="YINLING_", env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True
    )

    var_dir: Path = PROJECT_DIR / "var"
    """State of this hotline: database, configuration, logs, recordings."""
    parts_dir: Path = PROJECT_DIR / "parts"
    """What can be made again: Asterisk, models, rendered prompts. Shared by every hotline on this machine."""
    timezone: str = "Asia/Shanghai"
    language: str = "zh"
    """In which calls begin: the code of a language pack."""
    database_url: str = ""
    """SQLAlchemy address; empty means SQLite in `var_dir`."""
    sip: Sip = Sip()
    asterisk: Asterisk = Asterisk()
    guardian: Guardian = Guardian()
    speech: Speech = Speech()
    listening: Listening = Listening()
    examples: Examples = Examples()
    nlu: Nlu = Nlu()
    queueing: Queueing = Queueing()
    appointments: Appointments = Appointments()
    desk: Desk = Desk()
    seats: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")], Seat] = {}
    """Name (small letters, digits, hyphen) → seat. `--demo` adds seat1 and seat2 when there is none."""
    routing: Routing = Routing()
    hours: Hours = Hours()
    callbacks: Callbacks = Callbacks()
    recording: Recording = Recording()
    logs: Logs = Logs()
    messages: Messages = Messages()
    rating: Rating = Rating()
    calls_max: int = Field(default=50, ge=1, le=1000)
    """Calls that the dialogue takes at once; those beyond go straight to a person."""
    dialogue: bool = True
    """The dialogue by voice. Without it every caller goes to a person."""
    demo: bool = False

    @field_validator("language")
    @classmethod
    def _known_language(cls, code: str) -> str:
        if not (FOLDER / f"{code}.yaml").exists():
            known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
            raise ValueError(f"there is no language pack “{code}”; known: {known}")
        return code

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class asks for this signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class asks for this signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _TomlSource(settings_cls, settings_file())

    @field_validator("examples")
    @classmethod
    def _number_of_its_own(cls, examples: Examples, info: ValidationInfo) -> Examples:
        sip = info.data.get("sip")
        if sip is not None and examples.number == sip.service_number:
            raise ValueError(f"number: {examples.number} is the service number; teaching needs another one")
        return examples

    @cached_property
    def database_address(self) -> str:
        """SQLAlchemy address of the database."""
        return self.database_url or f"sqlite:///{self.var_dir / 'yinling.db'}"

    @property
    def phones(self) -> dict[str, Seat]:
        """All seats, with those of the demonstration."""
        return self.seats or ({name: Seat() for name in DEMO_SEATS} if self.demo else {})

    @property
    def languages(self) -> list[str]:
        """Languages that have a queue, the default first."""
        spoken = {one for seat in self.phones.values() for one in seat.languages}
        spoken |= {*self.routing.languages, *self.routing.interpreters}
        return [self.language, *sorted(spoken - {self.language})]

    @property
    def log_days(self) -> int:
        """How long a line of a log is kept."""
        return max(1, min([self.logs.keep_days, *self.recording.keep_days.values()]))

    @property
    def recordings_dir(self) -> Path:
        """Recordings of conversations."""
        return self.var_dir / "recordings"

    @property
    def sentences_dir(self) -> Path:
        """The last sentence of each live call; emptied as calls end."""
        return self.run_dir / "sentences"

    @property
    def ratings_dir(self) -> Path:
        """Spoken answers to the question at the end, until the recogniser has heard them."""
        return self.var_dir / "ratings"

    @property
    def taps_dir(self) -> Path:
        """The sound of talks that are written down but not recorded: each file is unlinked when it is opened."""
        return self.run_dir / "taps"

    @property
    def run_dir(self) -> Path:
        """Sockets and process numbers."""
        return self.var_dir / "run"

    @property
    def flows_dir(self) -> Path:
        """Published flows, by content."""
        return self.var_dir / "flows"

    @property
    def drafts_dir(self) -> Path:
        """Flows that are being worked on."""
        return self.flows_dir / "draft"

    @property
    def models_dir(self) -> Path:
        """Speech models."""
        return self.parts_dir / "models"

    @property
    def prompts_dir(self) -> Path:
        """Rendered prompts, by content."""
        return self.parts_dir / "prompts"

    @property
    def voices_dir(self) -> Path:
        """Prompts spoken by people: LANGUAGE/PROMPT.wav."""
        return self.var_dir / "voices"

    @property
    def examples_dir(self) -> Path:
        """Phrases taught by example: LANGUAGE/PHRASE/SPEAKER-N.wav."""
        return self.var_dir / "examples"

    @property
    def invitations_file(self) -> Path:
        """Codes of native speakers who teach phrases by calling."""
        return self.var_dir / "invitations.json"

    @property
    def rescue_dir(self) -> Path:
        """Announcements that Asterisk plays by itself: 8 kHz WAV files."""
        return self.parts_dir / "rescue"


def settings_file() -> Path:
    """The settings file: YINLING_SETTINGS, or yinling.toml in the project's folder."""
    return Path(os.environ.get("YINLING_SETTINGS", PROJECT_DIR / "yinling.toml"))


def load(**overrides: Any) -> Settings:
    """Read the settings. Raises SettingsError with one sentence for each thing that is wrong."""
    file = settings_file()
    try:
        return Settings(**overrides)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: not valid TOML: {error}. Correct that line and start again.") from error
    except ValidationError as error:
        lines = []
        for e in error.errors():
            key = ".".join(str(p) for p in e["loc"])
            if e["type"] == "extra_forbidden":
                lines.append(f"{key}: there is no such setting; ivr/settings.py lists the names")
            else:
                lines.append(f"{key} = {e['input']!r}: {e['msg']}")
        raise SettingsError(f"{file} (or YINLING_… in the environment): " + "; ".join(lines)) from error

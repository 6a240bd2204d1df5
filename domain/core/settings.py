"""Every setting of every process: one typed, frozen object read from the environment and `.env`.

Names are `MOMENTS_…` except where a convention exists (`DATABASE_URL`, `REDIS_URL`, `S3_…`). The
README's table is generated from these descriptions.
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can configure."""

    model_config = SettingsConfigDict(
        env_prefix="MOMENTS_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        populate_by_name=True,
    )

    home: Path = Field(
        default_factory=lambda: Path.home() / ".moments",
        description="Folder for all state.",
    )
    host: str = Field("127.0.0.1", description="Web address.")
    port: int = Field(8000, description="Web port.")
    public_url: str | None = Field(
        None,
        description="Base URL of links, such as https://moments.example; default is host:port.",
    )
    tls_certificate: Path | None = Field(
        None,
        description="Serve HTTPS with this certificate (PEM, followed by its chain); `moments up "
        "--tls` creates one.",
    )
    tls_key: Path | None = Field(None, description="The certificate's private key (PEM).")
    secret: SecretStr | None = Field(
        None,
        description="At least 32 characters; signs sessions, tokens and links. Default: "
        "generated in the home on first start. Machines that work together need the "
        "same one.",
    )
    demo: bool = Field(
        default=True,
        description="Give the first account a demo stream. The home remembers the choice.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Log verbosity."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Log format: for people or for programs."
    )
    sign_up: Literal["closed", "open"] = Field(
        "closed",
        description="Who can sign up: anyone, or only people with an invitation.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server for forgotten passwords, invitations and notifications, such as "
        "smtp://user:password@mail.example:587 or smtps://…:465; default is an admin's link.",
    )
    mail_from: str | None = Field(
        None, description="Sender of emails; default is moments@ and the host of the base URL."
    )
    push_key: SecretStr | None = Field(
        None,
        description="Signs notifications that browsers show; `moments push key` prints a new one. "
        "Default: none are sent.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins of other front ends that may call the API, separated by commas.",
    )

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks of reverse proxies, separated by commas: their "
        "X-Forwarded-For is trusted, so that limits count visitors and not the proxy.",
    )

    connections_per_address: int = Field(
        500,
        ge=1,
        description="Connections per process that one address (in IPv6 one /64) may open; this "
        "machine and MOMENTS_TRUSTED_PROXIES are exempt.",
    )

    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL server; default is the embedded one in the home.",
    )
    redis_url: SecretStr | None = Field(
        None, validation_alias="REDIS_URL", description="Deliver jobs through Redis Streams."
    )

    s3_endpoint_url: str | None = Field(
        None, validation_alias="S3_ENDPOINT_URL", description="S3-compatible object store."
    )
    s3_public_url: str | None = Field(
        None,
        validation_alias="S3_PUBLIC_URL",
        description="The store's URL for browsers, if it differs.",
    )
    s3_access_key: str | None = Field(
        None, validation_alias="S3_ACCESS_KEY", description="Access key of the store."
    )
    s3_secret_key: SecretStr | None = Field(
        None, validation_alias="S3_SECRET_KEY", description="Secret key of the store."
    )
    s3_region: str = Field(
        "us-east-1", validation_alias="S3_REGION", description="Region of the store."
    )
    s3_bucket_name: str | None = Field(
        None,
        validation_alias=AliasChoices("S3_BUCKET_NAME", "GCS_BUCKET_NAME"),
        description="One bucket for all organisations; default is a bucket for each.",
    )

    media_host: str = Field("127.0.0.1", description="Listen address of a media node.")
    media_port: int = Field(0, description="Port for viewer traffic; 0 picks a free port.")
    media_control_port: int = Field(
        0,
        description="Port for the web process; 0 picks a free port.",
    )
    media_control_host: str = Field(
        "127.0.0.1",
        description="Listen address of the node's control routes; keep it on a private network.",
    )
    media_url: str | None = Field(
        None,
        description="The node's URL for browsers; default is through the web process.",
    )
    media_name: str | None = Field(
        None,
        description="Name of a node, if several share a home; default is `node`.",
    )
    media_nodes: int = Field(
        0,
        ge=0,
        le=64,
        description="Media nodes that `moments up` runs; 0 means one per core except one, at "
        "most 4.",
    )
    ring_bytes: int = Field(
        512 * 1024 * 1024,
        description="Memory limit of one stream's buffer, in bytes.",
    )
    pull_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Loopback or link-local networks that pulls may reach anyway, such as "
        "127.0.0.0/8, separated by commas.",
    )
    pull_folder: Path | None = Field(
        None,
        description="Folder whose files can be pulled as streams (file:///…); default is none.",
    )
    ice_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="STUN and TURN servers for WebRTC, such as stun:stun.example:3478 or "
        "turn:user:password@turn.example:3478?transport=udp, separated by commas.",
    )
    webrtc_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Listen addresses for WebRTC, separated by commas; default is all interfaces "
        "except loopback.",
    )
    webrtc_announced: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Behind NAT: public addresses to announce to WebRTC peers, separated by "
        "commas.",
    )
    webrtc_ports: str | None = Field(
        None,
        pattern=r"^\d{1,5}(-\d{1,5})?$",
        description="UDP ports for WebRTC, such as 50000-50999; default is any.",
    )
    webrtc_peers: int = Field(1000, description="Limit of WebRTC peers per node.")
    whep_transcode: bool = Field(
        default=False,
        description="Transcode streams with B-frames while WebRTC viewers watch (about a fifth "
        "of a core for 720p); default is to play them by HLS.",
    )
    rtmp_host: str = Field("0.0.0.0", description="Listen address for RTMP.")  # noqa: S104 (cameras and OBS are elsewhere)
    rtmp_port: int = Field(
        1935,
        ge=0,
        le=65535,
        description="Port for RTMP publishers such as OBS, ffmpeg and cameras; 0 turns RTMP off.",
    )
    rtmp_publishers: int = Field(200, description="Limit of RTMP publishers per node.")
    second_publisher: Literal["refuse", "takeover"] = Field(
        "refuse",
        description="What to do when a second publisher connects: refuse it, or take over.",
    )
    still_workers: int = Field(
        2, description="Limit of decoder processes per node; they run on demand."
    )
    demo_height: int = Field(
        720,
        ge=180,
        le=720,
        multiple_of=2,
        description="Height of the demo stream's video in pixels; a smaller one takes less CPU.",
    )
    provider_metadata: bool = Field(
        default=True,
        description="Ask providers for titles and lengths of what people mark.",
    )
    ytdlp_sites: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Sites that yt-dlp may read and download from, by its names for them, such as "
        "`generic,archive.org,peertube`, or `all`; default is none. YouTube's and Spotify's terms "
        "forbid downloads, so `all` leaves them out: add `youtube` only with their permission.",
    )
    youtube_api_key: SecretStr | None = Field(
        None,
        validation_alias="YOUTUBE_API_KEY",
        description="Key of the YouTube Data API: lengths, and why a video cannot be played.",
    )
    spotify_client_id: str | None = Field(
        None, validation_alias="SPOTIFY_CLIENT_ID", description="Client id of a Spotify app."
    )
    spotify_client_secret: SecretStr | None = Field(
        None,
        validation_alias="SPOTIFY_CLIENT_SECRET",
        description="Its secret: artists, lengths and ISRCs of Spotify's tracks.",
    )
    youtube_player_url: str = Field(
        "https://www.youtube-nocookie.com",
        description="Origin of YouTube's player; pages that show it load it from there alone.",
    )
    spotify_player_url: str = Field(
        "https://open.spotify.com", description="Origin of Spotify's player, likewise."
    )
    soundcloud_player_url: str = Field(
        "https://w.soundcloud.com", description="Origin of SoundCloud's player, likewise."
    )
    vimeo_player_url: str = Field(
        "https://player.vimeo.com", description="Origin of Vimeo's player, likewise."
    )
    speech_model: str | None = Field(
        None,
        description="Folder with a Whisper model for CTranslate2, or the name of one if downloads "
        "are allowed; default is the installed base model.",
    )
    model_downloads: bool = Field(
        default=False,
        description="Download models that are not on this machine from the Hugging Face Hub.",
    )
    insight_threads: int = Field(
        1, ge=1, le=64, description="Threads of speech recognition and other analyses."
    )
    ai_url: str | None = Field(
        None,
        description="Base URL of an OpenAI-compatible endpoint, such as http://localhost:11434/v1; "
        "transcripts are sent there to find moments.",
    )
    ai_key: SecretStr | None = Field(None, description="Its API key.")
    ai_model: str | None = Field(None, description="Its model that chooses moments.")
    ai_speech_model: str | None = Field(
        None, description="Its model that transcribes; default is speech recognition here."
    )
    ai_context: int = Field(
        8192, ge=2048, description="Tokens that fit into one question with its answer."
    )
    ai_tokens: int = Field(
        200_000, ge=0, description="Tokens that may be sent for one video; more is not started."
    )
    privacy_threshold: int = Field(
        3,
        ge=1,
        description="Sums over marks of fewer people than this are shown only to those who can "
        "see these marks.",
    )
    video_bytes: int = Field(
        4 * 1024**3,
        ge=1,
        description="Size limit of one video, uploaded or fetched, in bytes.",
    )
    video_hours: int = Field(4, ge=1, description="Length limit of one video, in hours.")
    video_fetch_s: int = Field(
        1800, ge=1, description="Time limit for fetching a video from an address, in seconds."
    )
    understand_captures: bool = Field(
        default=True,
        description="Transcribe clips of streams and files that are added to moments, too.",
    )
    video_jobs: int = Field(
        0,
        ge=0,
        le=64,
        description="Video stages that run at the same time, in all workers; 0 means one for every "
        "two cores.",
    )
    retention_days: int = Field(
        30,
        description="Days until deleted items are purged.",
    )

    @field_validator(
        "cors_origins",
        "pull_networks",
        "trusted_proxies",
        "ice_servers",
        "webrtc_addresses",
        "webrtc_announced",
        "ytdlp_sites",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("home", "pull_folder", "tls_certificate", "tls_key", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value and value.expanduser().absolute()

    @field_validator("ytdlp_sites", mode="after")
    @classmethod
    def _site_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(name.lower() for name in value)
        if not all(re.fullmatch(r"[a-z0-9][a-z0-9.:_+-]*", name) for name in names):
            raise ValueError("use names of yt-dlp's extractors, or all")
        return names

    @field_validator("push_key", mode="after")
    @classmethod
    def _push_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[\w-]{43}=?", value.get_secret_value(), re.A):
            raise ValueError("use what `moments push key` prints")
        return value

    def chosen(self) -> dict[str, Any]:
        """Return the configured values, whatever their origin, by name."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def changed(self, **values: object) -> Self:
        """Return settings with these values replaced; unset values keep their defaults."""
        return self.model_validate({**self.chosen(), **values, "_env_file": None})

    @cached_property
    def origin(self) -> str:
        """Base of absolute links, without a trailing slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "localhost" if self.host in {"0.0.0.0", "127.0.0.1", "::"} else self.host  # noqa: S104
        scheme = "https" if self.tls_certificate else "http"
        return f"{scheme}://{host}:{self.port}"

    @property
    def is_tls(self) -> bool:
        """Whether browsers reach the app over HTTPS, so cookies can be `Secure`."""
        return self.origin.startswith("https://")

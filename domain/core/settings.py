"""Every setting of every process: one typed, frozen object read from the environment and `.env`.

Names are `MOMENTS_…` except where a deployment's habit is stronger (`DATABASE_URL`, `REDIS_URL`,
`S3_…`). The README's table is made from these descriptions.
"""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can choose."""

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
        description="The one folder that all state lives under.",
    )
    host: str = Field("127.0.0.1", description="Web address.")
    port: int = Field(8000, description="Web port.")
    public_url: str | None = Field(
        None,
        description="What links begin with, such as https://moments.example; default is host:port.",
    )
    tls_certificate: Path | None = Field(
        None,
        description="Serve HTTPS with this certificate (PEM, its chain behind it); "
        "`moments up --tls` makes one.",
    )
    tls_key: Path | None = Field(None, description="The certificate's private key (PEM).")
    secret: SecretStr | None = Field(
        None,
        description="At least 32 characters; signs sessions, tokens and links. Default: made in the"
        " home on first start. Machines that work together need the same one.",
    )
    demo: bool = Field(
        default=True,
        description="Give the first account a demo stream. The home remembers the choice.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged."
    )
    log_format: Literal["text", "json"] = Field("text", description="For people or for programs.")
    sign_up: Literal["closed", "open"] = Field(
        "closed",
        description="Whether anybody may make an account, or only who was invited.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins of other front ends that may call the API, separated by commas.",
    )

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks of the proxies in front, separated by commas: their"
        " X-Forwarded-For is believed, so that limits count visitors and not the proxy.",
    )

    connections_per_address: int = Field(
        500,
        ge=1,
        description="Most connections that one address (in IPv6 one /64) may have open to a "
        "process; this machine and MOMENTS_TRUSTED_PROXIES are exempt.",
    )

    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="A PostgreSQL server; default is the embedded one in the home.",
    )
    redis_url: SecretStr | None = Field(
        None, validation_alias="REDIS_URL", description="Carry jobs over Redis Streams."
    )

    s3_endpoint_url: str | None = Field(
        None, validation_alias="S3_ENDPOINT_URL", description="An S3-compatible store."
    )
    s3_public_url: str | None = Field(
        None,
        validation_alias="S3_PUBLIC_URL",
        description="The store's address as browsers reach it, where it differs.",
    )
    s3_access_key: str | None = Field(
        None, validation_alias="S3_ACCESS_KEY", description="The store's access key."
    )
    s3_secret_key: SecretStr | None = Field(
        None, validation_alias="S3_SECRET_KEY", description="The store's secret key."
    )
    s3_region: str = Field("us-east-1", validation_alias="S3_REGION", description="Its region.")
    s3_bucket_name: str | None = Field(
        None,
        validation_alias=AliasChoices("S3_BUCKET_NAME", "GCS_BUCKET_NAME"),
        description="One bucket for all organisations; default is a bucket for each.",
    )

    media_host: str = Field("127.0.0.1", description="A media node's address.")
    media_port: int = Field(0, description="Its port for viewers; 0 picks one.")
    media_control_port: int = Field(
        0,
        description="Its port for the web; 0 picks.",
    )
    media_control_host: str = Field(
        "127.0.0.1",
        description="Where the node's control routes listen; keep it on a private network.",
    )
    media_url: str | None = Field(
        None,
        description="This node's address as browsers reach it; default is through the web process.",
    )
    media_name: str | None = Field(
        None,
        description="A node's own name where several share a home; default is `node`.",
    )
    media_nodes: int = Field(
        0,
        ge=0,
        le=64,
        description="Media nodes that `moments up` runs; 0 is by cores: one for each but one, and "
        "at most 4.",
    )
    ring_bytes: int = Field(
        512 * 1024 * 1024,
        description="The most that one stream's buffer may hold in memory, in bytes.",
    )
    pull_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Networks that pulls may reach although they are loopback or link-local, "
        "such as 127.0.0.0/8, separated by commas.",
    )
    pull_folder: Path | None = Field(
        None,
        description="A folder whose files may be pulled as streams (file:///…); default is none.",
    )
    ice_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="STUN and TURN servers for WebRTC, such as stun:stun.example:3478 or "
        "turn:user:password@turn.example:3478?transport=udp, separated by commas.",
    )
    webrtc_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses that WebRTC listens at, separated by commas; default is those of "
        "all interfaces but loopback.",
    )
    webrtc_announced: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Behind NAT: the addresses that peers are told instead, separated by commas.",
    )
    webrtc_ports: str | None = Field(
        None,
        pattern=r"^\d{1,5}(-\d{1,5})?$",
        description="UDP ports for WebRTC, such as 50000-50999; default is any.",
    )
    webrtc_peers: int = Field(1000, description="The most WebRTC peers that a node takes.")
    whep_transcode: bool = Field(
        default=False,
        description="Transcode a stream with B-frames for WebRTC viewers while there are any "
        "(about a fifth of a core for 720p); default is to play it by HLS.",
    )
    rtmp_host: str = Field("0.0.0.0", description="Where RTMP is listened for.")  # noqa: S104 (cameras and OBS are elsewhere)
    rtmp_port: int = Field(
        1935,
        ge=0,
        le=65535,
        description="The port that OBS, ffmpeg and cameras publish to by RTMP; 0: none.",
    )
    rtmp_publishers: int = Field(200, description="The most RTMP publishers that a node takes.")
    second_publisher: Literal["refuse", "takeover"] = Field(
        "refuse",
        description="What happens to who publishes into a stream that has a publisher.",
    )
    still_workers: int = Field(
        2, description="The most decoder processes of a node; they run while they are needed."
    )
    retention_days: int = Field(
        30,
        description="After how many days what was deleted is purged.",
    )

    @field_validator(
        "cors_origins",
        "pull_networks",
        "trusted_proxies",
        "ice_servers",
        "webrtc_addresses",
        "webrtc_announced",
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

    def chosen(self) -> dict[str, Any]:
        """Return what was set, by whatever way, by name."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def changed(self, **values: object) -> Self:
        """Return settings that differ in these values; what is at its default stays there."""
        return self.model_validate({**self.chosen(), **values, "_env_file": None})

    @cached_property
    def origin(self) -> str:
        """What absolute links begin with, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "localhost" if self.host in {"0.0.0.0", "127.0.0.1", "::"} else self.host  # noqa: S104
        scheme = "https" if self.tls_certificate else "http"
        return f"{scheme}://{host}:{self.port}"

    @property
    def is_tls(self) -> bool:
        """Whether browsers reach the app over HTTPS, so cookies can be `Secure`."""
        return self.origin.startswith("https://")

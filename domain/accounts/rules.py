"""Rules for names, addresses and passwords; a sentence for each invalid field."""

import re
import unicodedata

from domain.accounts.passwords import password_problem
from domain.core.errors import BadFields

_EMAIL = re.compile(r"[^\s@<>\"',;:\\\[\]()]{1,64}@[^\s@.]+(\.[^\s@.]+)*")
_MAX_NAME = 100


def clean_email(email: str) -> str:
    """Return an address in its canonical form."""
    return unicodedata.normalize("NFKC", email).strip().lower()


def clean_name(name: str) -> str:
    """Return a name on one line, without control characters."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in name)
    return " ".join(kept.split())


def check_account(
    *,
    email: str | None = None,
    password: str | None = None,
    name: str | None = None,
    organization: str | None = None,
) -> None:
    """Validate the given fields, already cleaned.

    Raises:
        BadFields: One or more are invalid.
    """
    problems = {
        "email": None if email is None else _email_problem(email),
        "password": None if password is None else password_problem(password),
        "name": None if name is None else name_problem(name),
        "organization": None if organization is None else name_problem(organization),
    }
    wrong = {field: problem for field, problem in problems.items() if problem}
    if wrong:
        raise BadFields(wrong, "Please check: " + _sentence(wrong))


def name_problem(name: str) -> str | None:
    """Return the problem with a cleaned name, or None."""
    if not name:
        return "is required"
    return f"must have at most {_MAX_NAME} characters" if len(name) > _MAX_NAME else None


def _email_problem(email: str) -> str | None:
    if not email:
        return "is required"
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        return "is not an email address"
    return None


def _sentence(wrong: dict[str, str]) -> str:
    return ", ".join(f"{field} {problem}" for field, problem in wrong.items())

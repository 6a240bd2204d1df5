"""Hides secrets in text, in one pass of one compiled expression.

The last four characters of a long secret stay, so that its owner recognises it. Nothing is masked
for looking random alone: commits and checksums would be.
"""

import re
from dataclasses import dataclass

_MASK = "****"
_SHOWN = 4
_LONG = 16  # of shorter secrets nothing is shown

# Tokens that their issuers mark. Ours first: mt_ (API), vmt_ (VM).
_TOKENS = (
    r"v?mt_[\w-]{20,}",
    r"gh[pousr]_\w{30,}",
    r"github_pat_\w{22,}",
    r"gl(?:pat|dt|rt|cbt|ptt|soat|ft|imt|agent|oas)-[\w-]{20,}",
    r"sk-(?:proj|svcacct|admin|ant|or)-[\w-]{20,}",
    r"sk-[A-Za-z0-9]{32,}",
    r"[srp]k_(?:live|test)_\w{16,}",
    r"whsec_\w{20,}",
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
    r"AIza[\w-]{35}",
    r"ya29\.[\w-]{20,}",
    r"GOCSPX-[\w-]{20,}",
    r"xox[abeoprs]-[\w-]{10,}",
    r"xapp-\d-[\w-]{20,}",
    r"npm_\w{30,}",
    r"pypi-[\w-]{40,}",
    r"dckr_(?:pat|oat)_[\w-]{20,}",
    r"hf_[A-Za-z]{30,}",
    r"SG\.[\w-]{16,}\.[\w-]{16,}",
    r"key-[0-9a-f]{32}",
    r"do[oprt]_v1_[0-9a-f]{40,}",
    r"dapi[0-9a-f]{32}",
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    r"sq0(?:atp|csp)-[\w-]{22,}",
    r"hv[sbr]\.[\w-]{20,}",
    r"glsa_\w{30,}",
    r"lin_api_\w{30,}",
    r"ntn_\w{30,}",
    r"figd_[\w-]{30,}",
    r"sntry[su]_[\w=+/-]{30,}",
    r"rubygems_[0-9a-f]{40,}",
    r"AGE-SECRET-KEY-1[A-Z0-9]{50,}",
    r"\d{8,10}:AA[\w-]{33}",  # a Telegram bot
    r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",  # a JSON Web Token
)
_KEY = (
    r"[\w.-]{0,40}(?:pass(?:word|wd|phrase)?|pwd|secret|token(?!iz)|api[_-]?key|access[_-]?key"
    r"|private[_-]?key|client[_-]?secret|credentials?|auth[_-]?key|encryption[_-]?key)[\w-]{0,20}"
)
_PATTERN = re.compile(
    rf"""
    (?P<pem>-----BEGIN[ ][A-Z0-9 ]{{0,40}}PRIVATE[ ]KEY(?:[ ]BLOCK)?-----)
        (?P<body>(?:(?!-----)[\s\S]){{0,20000}})
    | (?<![\w-])(?P<token>{"|".join(_TOKENS)})
    | ://[^\s/:@"'<>]{{0,200}}:(?P<url>[^\s/@"'<>]{{1,500}})@
    | (?i:\b(?:authorization|proxy-authorization)["']?\s{{0,3}}[:=]\s{{0,3}}["']?
        (?:bearer|basic|token|digest)?\s{{1,3}})(?P<header>[^\s"',;]{{6,4000}})
    | (?i:\bbearer\s{{1,3}})(?P<bearer>[\w.~+/=-]{{16,4000}})
    | (?i:\b(?:set-)?cookie["']?\s{{0,3}}[:=]\s{{0,3}})(?P<cookie>[^\r\n]{{4,8000}})
    | (?<![\w.-])(?i:{_KEY})["']?\s{{0,4}}(?:=>|:=|[:=])\s{{0,4}}
        (?:"(?P<double>[^"\r\n]{{1,2000}})"|'(?P<single>[^'\r\n]{{1,2000}})'
        |(?P<plain>[^\s"',;){{}}\]\[<>]{{3,2000}}))
    """,
    re.VERBOSE,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/=]{8,}")
# Values that name a secret instead of being one: ${VAR}, $(cmd), %VAR%, {{ x }}, os.environ…
_REFERENCE = re.compile(
    r"[$%{<*#]|(?:os|process|env|secrets|vars|settings|config|self|var|local|data|args|None|null"
    r"|nil|true|false|undefined|str|string|int|bool|bytes|function|required|optional)\b"
    r"|[A-Za-z_.]+\(|x{3,}$|\.{3}|\d{1,6}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets, and how many there were."""

    text: str
    findings: int


def mask(text: str, also: re.Pattern[str] | None = None) -> Masked:
    """Return a text with its secrets hidden; `also` names more to hide."""
    findings = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal findings
        hidden = _hidden(match)
        findings += hidden != match[0]
        return hidden

    text = _PATTERN.sub(replaced, text)
    if also is not None:
        text, number = also.subn(lambda match: hide(match[0]) if match[0] else "", text)
        findings += number
    return Masked(text, findings)


def hide(secret: str) -> str:
    """Return a secret as it may be shown."""
    return _MASK + (secret[-_SHOWN:] if len(secret) >= _LONG else "")


def _hidden(match: re.Match[str]) -> str:
    group = match.lastgroup or ""
    if group == "body":
        # Its lines stay, and what a diff has before them.
        return match["pem"] + _BASE64.sub(_MASK, match["body"])
    secret = match[group]
    is_named = group in {"double", "single", "plain"}
    if secret.startswith(_MASK) or (is_named and _REFERENCE.match(secret)):
        return match[0]
    start = match.start(group) - match.start()
    return match[0][:start] + hide(secret) + match[0][start + len(secret) :]

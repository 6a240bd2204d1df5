"""Skipping unwanted optional imports."""

import importlib
import sys

import pytest

from domain.core.lazy_imports import absent

_NAME = "colorsys"  # a module that nothing else here imports


def test_a_package_is_missing_inside_and_there_afterwards() -> None:
    sys.modules.pop(_NAME, None)
    with absent(_NAME), pytest.raises(ImportError):
        importlib.import_module(_NAME)
    assert importlib.import_module(_NAME).__name__ == _NAME


def test_what_is_loaded_already_stays() -> None:
    with absent("json"):
        assert importlib.import_module("json") is sys.modules["json"]
    assert sys.modules["json"] is not None


def test_an_error_inside_hides_nothing_for_good() -> None:
    sys.modules.pop(_NAME, None)
    with pytest.raises(RuntimeError, match="stop"), absent(_NAME):
        raise RuntimeError("stop")
    assert importlib.import_module(_NAME).__name__ == _NAME

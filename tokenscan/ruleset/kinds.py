"""Which kinds of built-in rule there are: the detectors, one module of ``tokenscan.detectors`` each."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable

from tokenscan.ruleset.model import CUSTOM_KINDS
from tokenscan.ruleset.problems import did_you_mean

_PACKAGE = "tokenscan.detectors"

# Gives the ``Params`` dataclass of a kind; raises ValueError that says why there is no such kind.
ParamsOf = Callable[[str], type]


def params_of(kind: str) -> type:
    """Return the ``Params`` dataclass of the detector that runs rules of ``kind``."""
    found = _params(kind.replace("-", "_")) if kind.replace("-", "_") in _modules() else None
    if found is None:
        hint = did_you_mean(kind, (*detector_kinds(), *CUSTOM_KINDS))
        raise ValueError(f"no built-in detector of that name{hint}")
    return found


def detector_kinds() -> tuple[str, ...]:
    """Return the kinds of all built-in detectors, sorted."""
    return tuple(name.replace("_", "-") for name in _modules() if _params(name) is not None)


def _modules() -> tuple[str, ...]:
    package = importlib.import_module(_PACKAGE)
    return tuple(sorted(module.name for module in pkgutil.iter_modules(package.__path__)))


def _params(module_name: str) -> type | None:
    """Return a detector module's ``Params``, or None for a module that only helps detectors."""
    module = importlib.import_module(f"{_PACKAGE}.{module_name}")
    params = getattr(module, "Params", None)
    is_detector = callable(getattr(module, "detect", None)) and dataclasses.is_dataclass(params)
    return params if is_detector and isinstance(params, type) else None

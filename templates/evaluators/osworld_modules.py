"""OSWorld's metrics and getters, each loaded from its own file: their packages' __init__ would load all of them."""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import importlib.util
import os
import sys
import types

EVALUATORS = "desktop_env.evaluators"
PACKAGES = ("desktop_env", EVALUATORS, f"{EVALUATORS}.metrics", f"{EVALUATORS}.getters", "desktop_env.controllers")


class NotInstalled(BaseException):
    """A library that is not there was used. No Exception: a metric would catch that, and answer 0.0."""

    used: NotInstalled | None = None

    def __init__(self, library: str) -> None:
        super().__init__(f"the Python library {library} is not installed")
        NotInstalled.used = self


class Broken(Exception):
    """OSWorld's own code cannot be loaded, or lacks the function."""


class OSWorld:
    """`root` is the folder that has desktop_env/ in it."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._names: dict[str, dict[str, tuple[str, str]]] = {}
        for name in PACKAGES:
            package = types.ModuleType(name)
            package.__path__ = [os.path.join(root, *name.split("."))]
            sys.modules[name] = package
        sys.meta_path.insert(0, _Finder())

    def load(self, kind: str, name: str):
        """The function of that name; kind is `metrics` or `getters`, whose functions have `get_` before their name."""
        wanted = f"get_{name}" if kind == "getters" else name
        module, defined = self._find(kind, wanted)
        try:
            return getattr(importlib.import_module(f"{EVALUATORS}.{kind}.{module}"), defined)
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise Broken(f"{wanted} of OSWorld ({kind}/{module}.py) cannot be loaded: {told}") from error

    def controller(self):
        """The class that asks a desktop's agent."""
        try:
            return importlib.import_module("desktop_env.controllers.python").PythonController
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise Broken(f"PythonController of OSWorld cannot be loaded: {told}") from error

    def _find(self, kind: str, wanted: str) -> tuple[str, str]:
        if kind not in self._names:
            self._names[kind] = self._exported(kind)
        found = self._names[kind].get(wanted)
        if found is None:
            raise Broken(f"OSWorld in {self._root} has no {wanted} in its {kind}")
        return found

    def _exported(self, kind: str) -> dict[str, tuple[str, str]]:
        """Module and name of what the package exports: two modules define check_file_exists, and the later import counts."""
        try:
            tree = _parse(os.path.join(self._root, *EVALUATORS.split("."), kind, "__init__.py"))
        except (OSError, SyntaxError, ValueError) as error:
            raise Broken(f"the {kind} of OSWorld in {self._root} cannot be read: {error}") from error
        return {
            alias.asname or alias.name: (node.module, alias.name)
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module
            for alias in node.names
        }


class _Finder:
    """Finds OSWorld's modules as Python does, and loads them also where libraries are missing that they only name."""

    def find_spec(self, name, path=None, target=None):
        if not name.startswith("desktop_env."):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module) -> None:
        stubs = _Stubs(_missing(self.path))
        sys.meta_path.append(stubs)
        try:
            super().exec_module(module)
        finally:
            sys.meta_path.remove(stubs)
            # An import inside a function, of this module or of any library, is to find that it is missing.
            for name in [name for name, there in sys.modules.items() if isinstance(there, _Stub)]:
                del sys.modules[name]


def _missing(path: str) -> set[str]:
    """Top-level packages that the file imports while it is loaded, and that are not there."""
    named: set[str] = set()
    for node in _parse(path).body:
        if isinstance(node, ast.Import):
            named.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            named.add(node.module.partition(".")[0])
    return {name for name in named if name not in sys.modules and importlib.util.find_spec(name) is None}


def _parse(path: str) -> ast.Module:
    with open(path, "rb") as file:
        return ast.parse(file.read(), path)


class _Stubs:
    def __init__(self, missing: set[str]) -> None:
        self._missing = missing

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self._missing:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return _Stub(spec.name)

    def exec_module(self, module) -> None:
        pass


class _Stub(types.ModuleType):
    """In the place of a library: what is imported from it can be named, in annotations too, and not be used."""

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Unusable(name, (), {"_library": self.__name__.partition(".")[0]})


class _Unusable(type):
    def __call__(cls, *args, **kwargs):
        raise NotInstalled(cls._library)

    def __getattr__(cls, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotInstalled(cls._library)

"""The peer: OSWorld's metrics in a bare Python process, each module imported when its first metric is called.

`python bare.py OSWORLD`: one call a line on stdin, {"func", "result", "expected", "options"}, one answer a line on fd 3:
{"value" or "raised", "cpu": seconds of this call, "total": seconds of this process}.
"""
import ast
import importlib.util
import json
import os
import sys
import time
import types
from pathlib import Path
from unittest.mock import MagicMock

# Imported at the top of modules whose other functions need them.
UNUSED = ("easyocr", "librosa", "borb", "borb.pdf", "acoustid", "pydrive", "pydrive.auth", "pydrive.drive", "fastdtw")


def packages(root: Path) -> None:
    sys.path.insert(0, str(root))
    for name in ("", ".evaluators", ".evaluators.metrics", ".evaluators.getters", ".controllers"):
        full = f"desktop_env{name}"
        package = types.ModuleType(full)
        package.__path__ = [str(root / full.replace(".", "/"))]
        sys.modules[full] = package
    missing = {name for name in UNUSED if importlib.util.find_spec(name.partition(".")[0]) is None}
    sys.modules.update({name: MagicMock() for name in missing})


def modules_of(root: Path) -> dict:
    found = {}
    for file in sorted((root / "desktop_env/evaluators/metrics").glob("[!_]*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, file.stem)
    return found


def main() -> None:
    root = Path(sys.argv[1])
    packages(root)
    modules = modules_of(root)
    answers = os.fdopen(3, "w", buffering=1)
    for line in sys.stdin:
        call = json.loads(line)
        began = time.process_time()
        try:
            function = getattr(importlib.import_module(f"desktop_env.evaluators.metrics.{modules[call['func']]}"), call["func"])
            expected = [call["expected"]] if "expected" in call else []
            outcome = {"value": float(function(call["result"], *expected, **call.get("options", {})))}
        except Exception as error:
            outcome = {"raised": f"{type(error).__name__}: {error}"}
        now = time.process_time()
        answers.write(json.dumps({**outcome, "cpu": now - began, "total": now}) + "\n")


main()

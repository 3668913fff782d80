"""CPython's own word on Python source and values: one JSON list of questions on stdin, one of answers on stdout."""
import ast
import json
import sys
import warnings

ALLOWED_CALLS = {
    "pyautogui": {
        "click", "doubleClick", "moveTo", "dragTo", "scroll", "hscroll", "hotkey", "press", "keyDown", "keyUp", "write",
    },
    "time": {"sleep"},
}


def parse(source, mode):
    """None where Python refuses the source."""
    try:
        return ast.parse(source, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def constant(node):
    """The value of a constant or of a negative number; anything else raises."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -constant(node.operand)
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bytes):
        return {"__bytes__": value.decode("latin1")}
    if type(value) not in (str, int, float):
        raise ValueError(ast.dump(node))
    return value


def call(statement):
    """[name, args, kwargs] of an allowed call; anything else raises."""
    node = statement.value if isinstance(statement, ast.Expr) else None
    function = node.func if isinstance(node, ast.Call) else None
    module = function.value.id if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) else None
    if module not in ALLOWED_CALLS or function.attr not in ALLOWED_CALLS[module]:
        raise ValueError(ast.unparse(statement))
    kwargs = {keyword.arg: constant(keyword.value) for keyword in node.keywords}
    return [f"{module}.{function.attr}", [constant(arg) for arg in node.args], kwargs]


def code(source):
    """What an action's code does: its calls, or what in it is foreign; None where it does not compile."""
    tree = parse(source, "exec")
    if tree is None:
        return None
    head, calls = tree.body[:3], tree.body[3:]
    try:
        if [ast.unparse(node) for node in head[:2]] != ["import pyautogui", "import time"]:
            raise ValueError("other imports")
        if not isinstance(head[2], ast.Expr) or not isinstance(constant(head[2].value), str):
            raise ValueError("no note")
        return {"calls": [call(statement) for statement in calls]}
    except (ValueError, IndexError) as error:
        return {"foreign": str(error)}


def compiles(source):
    try:
        compile(source, "<string>", "exec")
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def one_call(source):
    """Name and string arguments of the one call that the source is; None where it is not one."""
    tree = parse(source, "eval")
    if tree is None or not isinstance(tree.body, ast.Call):
        return None
    function = tree.body.func
    name = getattr(function, "id", None) or getattr(function, "attr", None)
    strings = {}
    for keyword in tree.body.keywords:
        value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
        strings[keyword.arg or "**"] = value if isinstance(value, str) else None
    return {"name": name, "strings": strings}


def to_float(text):
    try:
        return repr(float(text))
    except ValueError:
        return None


def number(source):
    """The float of the number that the source is, as repr; None where it is not one."""
    tree = parse(source, "eval")
    value = tree.body.value if tree is not None and isinstance(tree.body, ast.Constant) else None
    if type(value) not in (int, float, complex):
        return None
    try:
        return repr(float(value.imag if isinstance(value, complex) else value))
    except OverflowError:
        return "inf"


def strings(source):
    """The list of strings that the source is; None where it is not one."""
    tree = parse(source, "eval")
    if tree is None or not isinstance(tree.body, ast.List):
        return None
    values = [item.value if isinstance(item, ast.Constant) else None for item in tree.body.elts]
    return values if all(isinstance(value, str) for value in values) else None


def to_int(text):
    try:
        return repr(float(int(text)))
    except ValueError:
        return None


ANSWERS = {
    "code": code,
    "compiles": compiles,
    "call": one_call,
    "float": to_float,
    "int": to_int,
    "number": number,
    "strings": strings,
    "round": lambda value: repr(round(float(value), 3)),
    "repr": repr,
    "strip": str.strip,
    "split": str.split,
    "splitlines": str.splitlines,
}

warnings.simplefilter("ignore")
questions = json.load(sys.stdin)
json.dump([ANSWERS[kind](subject) for kind, subject in questions], sys.stdout)

"""Writes the accessibility tree of this session on stdout, as the XML that OSWorld's agent answers (guest-api.md §2).

Applications are hostile by assumption. What they publish is bounded in depth, width, number, length and time, and what
XML cannot carry is left out. One that does not answer at all fails the whole tree: without its windows the tree would say
that they are closed. The last line on stderr says why there is no tree.
"""

import argparse
import re
import resource
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

NAMESPACE = "https://accessibility.ubuntu.example.org/ns/"
NAMESPACES = {
    "st": "state",
    "attr": "attributes",
    "cp": "component",
    "doc": "document",
    "docattr": "document/attributes",
    "txt": "text",
    "val": "value",
    "act": "action",
}

MAX_DEPTH = 50
MAX_WIDTH = 1024
# Of an application, so that none takes the place of another.
MAX_NODES = 20_000
MAX_SECONDS = 30
MAX_CHARACTERS = 16 * 1024**2
# Of one text or name.
MAX_LENGTH = 1024**2
CALL_SECONDS = 5
# Chromium publishes a page's content only from the first question on.
PAGE_SECONDS = 5
PAGE_POLL_SECONDS = 0.05
# Rows and columns of a spreadsheet in which its first visible cell is looked for.
MAX_CELL_SEARCH = 500
MEMORY_BYTES = 2 * 1024**3

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NOT_IN_NAME = re.compile(r"[^\w.-]")
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})


class NotAnswering(Exception):
    """An application kept a call waiting."""


class Full(Exception):
    """The application's share of the tree is used up."""


def clean(text):
    return FORBIDDEN.sub("", (text or "")[:MAX_LENGTH])


def xml_name(text):
    """A name that XML allows, as near to `text` as can be."""
    name = NOT_IN_NAME.sub("-", clean(text))
    return name if name and (name[0].isalpha() or name[0] == "_") else "_" + name


def ask(function, *arguments, default=None):
    """The answer of an application, or `default` when it answers with an error or is gone."""
    started = time.monotonic()
    try:
        answer = function(*arguments)
    except (GLib.Error, RuntimeError, UnicodeDecodeError):
        answer = default
    if time.monotonic() - started >= CALL_SECONDS * 0.95:
        raise NotAnswering()
    return default if answer is None else answer


class Application:
    """One reading of an application's tree."""

    def __init__(self, root, name, deadline):
        self.name = name
        self.parts = []
        self.nodes = 0
        self.characters = 0
        self.deadline = min(deadline, time.monotonic() + MAX_SECONDS)
        self.awaits_page = False
        self.is_cut = False
        try:
            self.write(root, 1, False)
        except Full:
            self.is_cut = True

    def write(self, node, depth, in_spreadsheet):
        if self.nodes >= MAX_NODES or self.characters >= MAX_CHARACTERS or time.monotonic() >= self.deadline:
            raise Full()
        self.nodes += 1
        role = ask(node.get_role_name, default="").strip()
        tag = xml_name((role or "unknown").replace(" ", "-"))
        attributes, text = describe(node)
        if depth == 1:
            attributes["name"] = self.name
        self.add("<" + tag + "".join(f' {name}="{clean(value).translate(ESCAPES)}"' for name, value in attributes.items()) + ">")
        try:
            self.add(text.translate(ESCAPES))
            if depth < MAX_DEPTH:
                in_spreadsheet = in_spreadsheet or role == "document spreadsheet"
                children = visible_cells(node) if in_spreadsheet and role == "table" else children_of(node)
                for child in children:
                    self.write(child, depth + 1, in_spreadsheet)
            if role == "document web" and "st:showing" in attributes and is_placeholder(node, attributes):
                self.awaits_page = True
        finally:
            self.add(f"</{tag}>")

    def add(self, part):
        self.characters += len(part)
        self.parts.append(part)


def describe(node):
    """Attributes and text of a node."""
    attributes = {"name": ask(node.get_name, default="")}
    states = ask(lambda: [state.value_nick for state in node.get_state_set().get_states()], default=[])
    for state in states:
        attributes["st:" + xml_name(state.replace("-", "_"))] = "true"
    for name, value in ask(node.get_attributes, default={}).items():
        if name:
            attributes["attr:" + xml_name(name)] = value
    interfaces = set(ask(node.get_interfaces, default=[]))
    if "Component" in interfaces and "visible" in states and "showing" in states:
        box = ask(Atspi.Component.get_extents, node, Atspi.CoordType.SCREEN)
        if box is not None:
            attributes["cp:screencoord"] = str((box.x, box.y))
            attributes["cp:size"] = str((box.width, box.height))
    for interface in ("Image", "Selection"):
        if interface in interfaces:
            attributes[interface.lower()] = "true"
    if "Value" in interfaces:
        add_value(node, attributes)
    if "Action" in interfaces:
        add_actions(node, attributes)
    return attributes, text_of(node) if "Text" in interfaces else ""


def text_of(node):
    """The text without the characters that stand for embedded objects and for what could not be read."""
    length = min(ask(Atspi.Text.get_character_count, node, default=0), MAX_LENGTH)
    text = ask(Atspi.Text.get_text, node, 0, length, default="")
    return clean(text.replace("\ufffc", "").replace("\ufffd", ""))


def add_value(node, attributes):
    for name, question in (
        ("value", Atspi.Value.get_current_value),
        ("min", Atspi.Value.get_minimum_value),
        ("max", Atspi.Value.get_maximum_value),
        ("step", Atspi.Value.get_minimum_increment),
    ):
        value = ask(question, node)
        if value is not None:
            attributes["val:" + name] = str(value)


def add_actions(node, attributes):
    for index in range(min(ask(Atspi.Action.get_n_actions, node, default=0), MAX_WIDTH)):
        name = xml_name(ask(Atspi.Action.get_action_name, node, index, default="").replace(" ", "-") + "_")
        attributes[f"act:{name}desc"] = ask(Atspi.Action.get_action_description, node, index, default="")
        attributes[f"act:{name}kb"] = ask(Atspi.Action.get_key_binding, node, index, default="")


def children_of(node):
    for index in range(min(ask(node.get_child_count, default=0), MAX_WIDTH)):
        child = ask(node.get_child_at_index, index)
        if child is not None:
            yield child


def visible_cells(table):
    """Those cells that are on the screen: a spreadsheet publishes millions."""
    columns = ask(Atspi.Table.get_n_columns, table, default=0)
    rows = ask(Atspi.Table.get_n_rows, table, default=0)
    first_column = None
    for row in range(rows):
        before_first = first_column is None
        if before_first and row > MAX_CELL_SEARCH:
            return
        cells = 0
        for column in range(first_column or 0, columns):
            cell = ask(table.get_child_at_index, row * columns + column)
            if cell is not None and ask(lambda: cell.get_state_set().contains(Atspi.StateType.SHOWING), default=False):
                if first_column is None:
                    first_column = column
                cells += 1
                yield cell
            elif cells > 0 or not before_first or column >= MAX_CELL_SEARCH:
                break
        if cells == 0 and not before_first:
            return


def is_placeholder(node, attributes):
    """Stands for a page whose content has not come yet."""
    has_attributes = any(name.startswith("attr:") for name in attributes)
    return not has_attributes and ask(node.get_child_count, default=0) == 0


def read_application(root, names, deadline):
    name = ask(root.get_name, default="")
    page_deadline = time.monotonic() + PAGE_SECONDS
    while True:
        application = Application(root, names.get(name, name), deadline)
        if not application.awaits_page or time.monotonic() >= page_deadline:
            return application
        time.sleep(PAGE_POLL_SECONDS)
        root.clear_cache()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, required=True, help="for the whole tree")
    parser.add_argument("--rename", nargs=2, action="append", default=[], metavar=("NAME", "SHOWN"), help="an application")
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # The second number is for how long an application that has just come may take longer.
    Atspi.set_timeout(CALL_SECONDS * 1000, 0)
    declarations = "".join(f' xmlns:{prefix}="{NAMESPACE}{name}"' for prefix, name in NAMESPACES.items())
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    sys.stdout.write(f"<desktop-frame{declarations}>")
    for root in children_of(Atspi.get_desktop(0)):
        if time.monotonic() >= deadline:
            sys.exit(f"the accessibility tree was not complete after {options.seconds:g} s")
        try:
            application = read_application(root, dict(options.rename), deadline)
        except NotAnswering:
            sys.exit(f"an application did not answer within {CALL_SECONDS} s")
        if application.is_cut:
            print(f"the tree of an application was cut after {application.nodes} nodes", file=sys.stderr)
        sys.stdout.write("".join(application.parts))
    sys.stdout.write("</desktop-frame>")


main()

"""
A worker of OSWorld's evaluators: one evaluation after the other, each in a child process that inherits the modules which
this process has loaded, and that is limited, ended and cleared away from here.

Requests come on descriptor 3: a header, one line of JSON, and behind it as many bytes as its `size` says. A body is
handed to the child unread. Answers go out on descriptor 4, as lines: `{` begins this process's own, `>` one of the
child's, which may say what it likes. See src/evaluators/osworld/protocol.ts.
"""

from __future__ import annotations

import argparse
import os
import sys


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--osworld", required=True, help="folder that has desktop_env/ in it")
    parser.add_argument("--door", required=True, help="folder of the sockets agent, cdp and vlc")
    parser.add_argument("--temporary", required=True, help="folder to work in, empty and nobody else's")
    parser.add_argument("--alone", action="store_true", help="in a sandbox, which holds nothing but this worker")
    parser.add_argument("--own-processes", action="store_true", help="all processes that it may end are its own")
    options = parser.parse_args()
    # Neither the user's clone nor our own package gets files of ours.
    sys.dont_write_bytecode = True
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, own)
    from scratch import Scratch
    from supervision import Supervisor

    sys.path.remove(own)
    scratch = Scratch(options.temporary, options.alone)
    Supervisor(options.osworld, options.door, scratch, options.own_processes).serve()


if __name__ == "__main__":
    main()

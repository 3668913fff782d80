/** `xclip` of a desktop: copies, and comes back when what it copied can be pasted. */
import { singleQuoted } from '../../../shell-words.js';

/**
 * xclip leaves it to a child to become the owner of the selection, and ends before the child has: code that copies and pastes at
 * once, as clients of OSWorld's do with every text, would paste what was there before, or nothing. This runs it, and waits
 * until a selection has another owner.
 */
const UNTIL_IT_OWNS = `
import ctypes, subprocess, sys, time
try:
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    x.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    x.XInternAtom.restype = x.XGetSelectionOwner.restype = ctypes.c_ulong
    x.XGetSelectionOwner.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
    display = x.XOpenDisplay(None)
except OSError:
    display = None
selections = [b"PRIMARY", b"SECONDARY", b"CLIPBOARD"] if display else []
atoms = [x.XInternAtom(display, name, 0) for name in selections]
owners = lambda: [x.XGetSelectionOwner(display, atom) for atom in atoms]
before = owners()
code = subprocess.call(sys.argv[1:])
until = time.monotonic() + 1
while display and code == 0 and owners() == before and time.monotonic() < until:
    time.sleep(0.002)
sys.exit(code)
`;

/**
 * Text of the script; `xclip` and `python` are absolute paths. What copies stays behind to answer those who paste, with the outputs
 * that it was given: who reads these to their end, as Python's subprocess and the agent do, would wait until somebody else
 * copies something.
 */
export function xclipShim(xclip: string, python: string | null): string {
  const real = singleQuoted(xclip);
  const copying = python ? `${singleQuoted(python)} -I -S -c ${singleQuoted(UNTIL_IT_OWNS)} ${real}` : real;
  return `for argument do
  case "$argument" in -o*|-h*|-v*) exec ${real} "$@" ;; esac
done
exec ${copying} "$@" >/dev/null 2>&1`;
}

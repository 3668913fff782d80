/**
 * Python that joins requirements files into one and leaves out what the env machine does not need. It is Python because
 * the files come with the clone, which does not exist yet when the script of `--dry-run` is made.
 * Arguments: output (`-` is stdout), names to leave out joined by commas, files. Missing files are passed over.
 */
export const REQUIREMENTS_FILTER = `import os, re, sys

output, skipped, files = sys.argv[1], sys.argv[2], sys.argv[3:]
normal = lambda name: re.sub(r"[-_.]+", "-", name).lower()
skip = {normal(name) for name in skipped.split(",") if name}
lines, seen = [], set()

def name_of(line):
    egg = re.search(r"[#&]egg=([A-Za-z0-9._-]+)", line)
    plain = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
    return normal(egg.group(1) if egg else plain.group(0) if plain else "")

def read(path):
    real = os.path.realpath(path)
    if real in seen or not os.path.isfile(path):
        return
    seen.add(real)
    lines.append("# " + path)
    text = open(path, encoding="utf-8").read().replace("\\\\\\n", " ")
    for line in map(str.strip, text.splitlines()):
        nested = re.match(r"(?:-r|--requirement)[ =]?\\s*(\\S+)", line)
        if nested:
            read(os.path.join(os.path.dirname(path), nested.group(1)))
        elif line and not line.startswith("#"):
            lines.append("# left out: " + line if name_of(line) in skip else line)

for path in files:
    read(path)
text = "\\n".join(lines) + "\\n"
if output == "-":
    sys.stdout.write(text)
else:
    open(output, "w", encoding="utf-8").write(text)
`;

#!/usr/bin/env bash
# Writes templates/evaluators/{core,all}.txt anew: the newest versions that work together. Needs uv, and a look at what
# `npm run test:e2e` says of them.
set -euo pipefail
cd "$(dirname "$0")/../templates/evaluators"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What OSWorld's requirements name and its evaluators use, where that still holds together: numpy 2 breaks the OpenCV that it
# asks for, PyMuPDF 2 has no fitz, cryptography 48 has no wheels for Intel Macs. pygame is what some tasks' tests import.
cat >"$work/core.in" <<'END'
numpy==1.26.4
scikit-image<0.25
opencv-python-headless==4.8.1.78
pillow==11.0.0
pandas==2.2.3
pymupdf<2
cryptography<48
requests
lxml
cssselect
rapidfuzz
tldextract
pytz
pyyaml
beautifulsoup4
openpyxl
formulas
xmltodict
python-docx
python-pptx
odfpy
imagehash
pypdf
pypdf2
pdfplumber
mutagen
playwright
pygame
python-dotenv
requests-toolbelt
END
# torch comes from an index of its own; what its build for a GPU wants is left out.
cat "$work/core.in" - >"$work/all.in" <<'END'
librosa
fastdtw
scipy
easyocr
torch==2.8.0
torchvision==0.23.0
END

pin() { # pin NAME ARGUMENT…: NAME.in → NAME.txt
  uv pip compile --quiet --universal --python-version 3.9 --only-binary :all: --no-binary odfpy --no-binary fastdtw \
    --no-header --no-annotate "$work/$1.in" -o "$work/$1.txt" "${@:2}"
  # Of the systems that this runs on, with CPython.
  sed -i -E -e "s/ and (implementation_name|platform_python_implementation) != 'PyPy'//g" \
    -e "/sys_platform == 'win32'|python_full_version >= '3.13'|^(nvidia|cuda|triton)/d" \
    -e "/sys_platform == 'linux'$/d" -e "s/ or \(.*sys_platform == 'linux'\)$//" "$work/$1.txt"
}
pin core
pin all --constraint "$work/core.txt"
{
  echo "# What OSWorld's evaluators need for nearly all of its tasks, with what that needs itself, for Python 3.9 to 3.12."
  echo '# Written by scripts/pin-evaluators.sh.'
  cat "$work/core.txt"
} >core.txt
{
  echo '# What the last tasks need beside it: librosa compares sounds, easyocr reads pictures. Written by scripts/pin-evaluators.sh.'
  echo '-r core.txt'
  grep -vxFf "$work/core.txt" "$work/all.txt"
} >all.txt

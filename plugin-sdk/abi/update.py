#!/usr/bin/env python3
"""Writes abi/layout.inc and abi/v1.golden anew from the headers.

Run it only when the ABI is meant to change, read the difference, and expect to see nothing but
additions at the end of structs and new constants: everything else breaks plugins already built.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parent / "include"
HEADERS = sorted(
    path.relative_to(INCLUDE)
    for path in [*INCLUDE.glob("comms/*.h"), *INCLUDE.glob("comms/slot/*.h"), *INCLUDE.glob("comms/svc/*.h")]
)


def member_names(body):
    for declaration in filter(None, (part.strip() for part in body.split(";"))):
        pointer = re.search(r"\(\*(\w+)\)\(", declaration)
        if pointer:
            yield pointer.group(1)
        else:
            for piece in declaration.split(","):
                yield re.search(r"(\w+)$", piece.strip()).group(1)


def layout():
    lines = ["/* Written by update.py from the headers; do not edit. */"]
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", "", (INCLUDE / header).read_text(), flags=re.S)
        for match in re.finditer(r"typedef struct (\w+) \{(.*?)\n\} \1;|enum \{(.*?)\}|"
                                 r"^#define (COMMS_(?:SVC|SLOT)_\w+) \"", text, flags=re.S | re.M):
            name, body, constants, id_macro = match.groups()
            if name:
                lines.append(f"STRUCT({name})")
                lines += [f"MEMBER({name}, {member})" for member in member_names(body)]
            elif constants:
                lines += [f"CONSTANT({c})" for c in re.findall(r"(COMMS_\w+) =", constants)]
            else:
                lines.append(f"NAME({id_macro})")
    lines += ["CONSTANT(COMMS_COST_UNKNOWN)", "CONSTANT(COMMS_ABI_MAJOR)", "CONSTANT(COMMS_ABI_MINOR)",
              "NAME(COMMS_ENTRY_SYMBOL)"]
    return "\n".join(lines) + "\n"


def main():
    (HERE / "layout.inc").write_text(layout())
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "layout"
        subprocess.run(["cc", "-std=c11", f"-I{INCLUDE}", HERE / "layout.c", "-o", program], check=True)
        golden = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    (HERE / "v1.golden").write_text(golden)
    print(f"{len(golden.splitlines())} lines written; now read: git diff {HERE / 'v1.golden'}")


if __name__ == "__main__":
    sys.exit(main())

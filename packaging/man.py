#!/usr/bin/env python3
"""Writes the manual pages: packaging/man.py

docs/man/*.3, one for each header, from the comments of include/*.h; docs/man/*.1, for the tools from what
c-examples/tools/options.c says of the options, for the samples from the comments that they begin with. What is around
that is in packaging/man. `--check` compares them with what is there.
"""

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "packaging/man"
PAGES = ROOT / "docs/man"

# The tools that a template is for, and what differs: the API, and which of the option's readers the tool is.
TOOLS = {
    "paho_c_pub": ("publisher", "MQTTAsync", "PUBLISHER", "paho_c_sub", "paho-c-pub"),
    "paho_cs_pub": ("publisher", "MQTTClient", "PUBLISHER", "paho_cs_sub", "paho-cs-pub"),
    "paho_c_sub": ("subscriber", "MQTTAsync", "SUBSCRIBER", "paho_c_pub", "paho-c-sub"),
    "paho_cs_sub": ("subscriber", "MQTTClient", "SUBSCRIBER", "paho_cs_pub", "paho-cs-sub"),
}


def text(paragraph):
    """Running text as mdoc wants it: each sentence begins a line, and no line is longer than 80."""
    words = " ".join(paragraph.split()).replace("\\", "\\e")
    lines = []
    for sentence in re.split(r"(?<=[.!?:])(?<!e\.g\.) (?=\S)", words):
        # Names of functions, which have no blank in front of what follows.
        for part in re.split(r"(?:^| )(\w+\(\)[.,;:)]*)(?= |$)", sentence):
            part = part.strip()
            name = re.fullmatch(r"(\w+)\(\)([.,;:)]*)", part)
            if name:
                lines.append(f".Fn {name[1]} {' '.join(name[2])}".rstrip())
                continue
            wrapped = textwrap.wrap(part, 78, break_long_words=False, break_on_hyphens=False)
            # At the beginning of a line these two would make it a request.
            lines += ["\\&" + line if line[0] in ".'" else line for line in wrapped]
    return "\n".join(lines)


def sentence(words):
    return f"{words[0].upper()}{words[1:]}."


class Function:
    """A function of a header, or a type of callbacks: its declaration and what its comment says."""

    def __init__(self, comment, declaration, is_type):
        declaration = re.sub("^(LIBMQTT_API|typedef) ", "", " ".join(declaration.split()))
        pattern = r"(.*?)(?:\(\*(?=\w+\)))?(\w+)\)?\((.*)\)"
        self.result, self.name, arguments = re.fullmatch(pattern, declaration).groups()
        self.result = self.result.strip()
        self.is_type = is_type
        self.arguments = [] if arguments == "void" else [argument.strip() for argument in arguments.split(",")]
        lines = [re.sub(r"^ \* ?", "", line) for line in comment.splitlines()]
        body, *tags = re.split(r"^@", "\n".join(lines), flags=re.MULTILINE)
        self.paragraphs = [part for part in body.split("\n\n") if part.strip()]
        self.tags = [tag.split(None, 1) for tag in tags]

    def synopsis(self):
        arguments = "".join(f'\n.Fa "{argument}"' for argument in self.arguments or ["void"])
        return f'.Ft "{self.result}"\n.Fo {self.name}{arguments}\n.Fc'

    def description(self):
        parts = [f".Ss {self.name}"]
        if self.is_type:
            parts.append(f"{self.synopsis()}\n.Pp")
        parts.append("\n.Pp\n".join(text(paragraph) for paragraph in self.paragraphs))
        described = [rest.split(None, 1) for tag, rest in self.tags if tag == "param"]
        if described:
            parts.append(".Bl -tag -width Ds")
            parts += [f".It Fa {name}\n{text(what)}" for name, what in described]
            parts.append(".El")
        for tag, rest in self.tags:
            if tag == "return":
                parts.append(f".Pp\nReturns:\n{text(rest)}")
        return "\n".join(parts)


def functions(header):
    pattern = r"/\*\*\n((?: \*[^\n]*\n)+?) \*/\n(LIBMQTT_API[^;]*);"
    found = [Function(*found, is_type=False) for found in re.findall(pattern, header)]
    assert len(found) == len(re.findall("^LIBMQTT_API", header, re.MULTILINE)), "a function without a comment"
    return found


def callbacks(header):
    pattern = r"/\*\*\n((?: \*[^\n]*\n)+?) \*/\n(typedef [^;{]*\([^;{]*\));"
    return [Function(*found, is_type=True) for found in re.findall(pattern, header)]


def constants(header, prefix):
    """The return codes that a header defines: name, number, meaning."""
    pattern = r"/\*\*\n((?: \*[^\n]*\n)+?) \*/\n#define (\w+) (-?\d+)\n"
    found = [(name, int(number), re.sub(r"^ \* ?", "", comment, flags=re.MULTILINE))
             for comment, name, number in re.findall(pattern, header)]
    return sorted((one for one in found if one[0].startswith(prefix) and one[1] <= 0), key=lambda one: -one[1])


def fill(template, words):
    return re.sub(r"@([A-Z]+)@", lambda match: words[match[1]], template)


def example(name):
    """The program of the guide that shows this header."""
    program = {"MQTTClient": "synchronous", "MQTTAsync": "asynchronous"}.get(name)
    if program is None:
        return ""
    source = (ROOT / "docs/guide/examples" / f"{program}.c").read_text().split("\n", 1)[1].strip()
    lines = source.replace("\\", "\\e").replace("\t", "    ").splitlines()
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def header_page(template):
    name = template.name.removesuffix(".3.in")
    header = (ROOT / "include" / f"{name}.h").read_text()
    those = functions(header)
    codes = constants(header, name.upper() + "_")
    words = {
        "SYNOPSIS": "\n".join(function.synopsis() for function in those),
        "FUNCTIONS": "\n".join(function.description() for function in those),
        "CALLBACKS": "\n".join(callback.description() for callback in callbacks(header)),
        "EXAMPLE": example(name),
        "CODES": "\n".join(f".It Dv {code} Pq {number}\n{text(what)}" for code, number, what in codes),
    }
    return fill(template.read_text(), words)


def options(reader):
    """What the tools' own --help tells, from the same table."""
    source = (ROOT / "c-examples/tools/options.c").read_text()
    pattern = r'\{ (\w+), (NULL|"[^"]*"), "(--[^"]*)", \w+, [^,]*, (NULL|"[^"]*"), (NULL|"[^"]*") \}'
    rows = re.findall(pattern, source)
    assert len(rows) == len(re.findall(r"^\t\{ [A-Z]+, ", source, re.MULTILINE)), "a row that is not understood"
    parts = []
    for who, short, long, argument, meaning in rows:
        if meaning == "NULL" or who not in ("BOTH", reader):
            continue
        names = [short.strip('"')] if short != "NULL" else []
        flags = " , ".join(f"Fl {name[1:]}" for name in [*names, long])
        taken = "".join(f" Ar {word}" for word in argument.strip('"').split()) if argument != "NULL" else ""
        parts.append(f".It {flags}{taken}\n{text(sentence(meaning.strip(chr(34))))}")
    return "\n".join(parts)


def sample_page(source):
    """From the comment that the sample begins with: what it does, how it is called, what else there is to know."""
    name = source.stem
    comment = re.search(r"/\*(?! SPDX)(.*?)\*/", source.read_text(), re.DOTALL)[1]
    lines = [re.sub(r"^ \* ?", "", line) for line in comment.splitlines()]
    about, usage, *rest = "\n".join(lines).strip().split("\n\n")
    about = " ".join(about.split())
    arguments = re.findall(r"\[([a-z ]+)", usage)
    words = {
        "TITLE": name.upper(),
        "NAME": name,
        "ABOUT": re.split("[,:;(]", f"{about[0].lower()}{about[1:].rstrip('.')}")[0].strip(),
        "ARGUMENTS": " ".join(f'Op Ar "{argument.strip()}"' for argument in arguments),
        "DESCRIPTION": "\n.Pp\n".join(text(paragraph) for paragraph in [f"It {about[0].lower()}{about[1:]}", *rest]),
        "API": name.split("_")[0],
        "LIBRARY": "paho-mqtt3a" if name.startswith("MQTTAsync") else "paho-mqtt3c",
    }
    return fill((TEMPLATES / "sample.1.in").read_text(), words)


def pages():
    """Each page's name and text."""
    made = {}
    for template in sorted(TEMPLATES.glob("*.3.in")):
        made[template.name.removesuffix(".in")] = header_page(template)
    for name, (template, api, reader, other, identifier) in TOOLS.items():
        words = {"NAME": name, "API": api, "OPTIONS": options(reader), "OTHER": other, "IDENTIFIER": identifier,
                 "TITLE": name.upper()}
        made[f"{name}.1"] = fill((TEMPLATES / f"{template}.1.in").read_text(), words)
    for source in sorted((ROOT / "c-examples").glob("MQTT*.c")):
        made[f"{source.stem}.1"] = sample_page(source)
    return made


def main():
    made = pages()
    if "--check" in sys.argv:
        there = {page.name: page.read_text() for page in PAGES.iterdir()}
        if wrong := sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name)):
            sys.exit(f"{', '.join(wrong)}: not what the sources say. Run packaging/man.py")
        return
    for name, page in made.items():
        (PAGES / name).write_text(page)


if __name__ == "__main__":
    main()

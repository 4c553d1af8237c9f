"""Finds what is no longer true in the documents: C++ that no example has, commands and options that are not there,
links to nothing. Every function yields sentences, one a fault."""
import re
import shlex
import subprocess

BLOCK = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def blocks(text, *languages):
    """Code blocks in one of the languages."""
    return [match.group(3) for match in BLOCK.finditer(text) if match.group(2) in languages]


def plain(code):
    """The lines that matter, without indentation: a snippet may stand deeper in its example."""
    return [line.strip() for line in code.splitlines() if line.strip()]


def cpp_faults(text, examples):
    """A C++ snippet has to stand in an example, line by line; `...` leaves lines out."""
    sources = [plain(example) for example in examples]
    for block in blocks(text, "cpp", "c++"):
        pieces, piece = [], []
        for line in plain(block):
            if line in ("...", "// ..."):
                pieces.append(piece)
                piece = []
            else:
                piece.append(line)
        pieces.append(piece)
        for piece in filter(None, pieces):
            if not any(piece == source[at:at + len(piece)] for source in sources for at in range(len(source))):
                yield f"C++ that is in no example, from the line: {piece[0]}"


def commands(text):
    """Command lines in shell blocks, without prompts, comments and what they print."""
    for block in blocks(text, "sh", "bash", "shell"):
        for line in block.replace("\\\n", " ").splitlines():
            line = line.strip().removeprefix("$ ")
            if line and not line.startswith("#"):
                yield line
    for block in blocks(text, "console"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                yield line.removeprefix("$ ")


class Program:
    """The wats program, asked for its help once a subcommand."""

    def __init__(self, path):
        self.path, self.helps = path, {}

    def help(self, words):
        key = tuple(words)
        if key not in self.helps:
            done = subprocess.run([self.path, *words, "--help"], capture_output=True, text=True, timeout=60)
            self.helps[key] = done.stdout if done.returncode == 0 else None
        return self.helps[key]

    def faults(self, words):
        """Takes as many leading words as the program knows as subcommands; all options have to be in a help."""
        known, texts = [], [self.help([]) or ""]
        for word in words:
            if not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            text = self.help([*known, word])
            if text is None or (known and text == texts[-1]):
                break
            known.append(word)
            texts.append(text)
        if words and not known and re.fullmatch(r"[a-z][a-z-]*", words[0]):
            yield f"wats has no command '{words[0]}'"
        for word in words:
            option = word.partition("=")[0]
            if option.startswith("--") and not any(re.search(re.escape(option) + r"\b", text) for text in texts):
                yield f"wats {' '.join(known)} has no option {option}"


def command_faults(text, verbs, program):
    for line in commands(text):
        for part in re.split(r"\s(?:&&|\|\||\||;)\s", line):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:
                yield f"no shell would take: {part}"
                continue
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if words and words[0] in ("dev", "./dev"):
                rest = [word for word in words[1:] if not word.startswith("--")]
                if rest and rest[0] not in verbs:
                    yield f"./dev has no verb '{rest[0]}'"
            elif words and program and words[0].rpartition("/")[2] == "wats":
                yield from program.faults(words[1:])


def link_faults(text, folder):
    for target in LINK.findall(text):
        if not re.match(r"[a-z]+:", target) and not (folder / target).exists():
            yield f"link to nothing: {target}"


def faults(text, folder, examples, verbs, program):
    yield from cpp_faults(text, examples)
    yield from command_faults(text, verbs, program)
    yield from link_faults(text, folder)

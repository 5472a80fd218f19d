"""Where the grammar's files are: inside an installed package, or beside it in a checkout.

`grammar/` at the top of the repository is the only copy; a wheel carries it as `flowql/grammar`.
"""

from pathlib import Path

RULES_FILE = "flowql.lark"


def grammar_folder() -> Path:
    """The folder of `flowql.lark`, `tokens.lark` and the language reference, in a wheel or in a checkout."""
    package = Path(__file__).resolve().parent.parent
    candidates = (package / "grammar", package.parent / "grammar")
    for folder in candidates:
        if (folder / RULES_FILE).is_file():
            return folder
    raise FileNotFoundError(
        f"{RULES_FILE} is in none of {', '.join(map(str, candidates))}: a broken installation"
    )

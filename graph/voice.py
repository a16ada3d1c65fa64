"""What a command says beside its answer: sentences on standard error."""

import sys


def say(sentence: str) -> None:
    """One sentence for the user, at once."""
    print(f"plumbline: {sentence}", file=sys.stderr, flush=True)

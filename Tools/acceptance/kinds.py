"""The kinds of memory a built program has, as it says itself (`mneme memory kinds --json`)."""

import json
import subprocess


def described(program):
    """One dictionary a kind, in the program's order: kind, socket, summary, paper, grows, readouts, standard, facts."""
    done = subprocess.run([str(program), "memory", "kinds", "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["kinds"]


def names(program):
    """Every kind."""
    return [kind["kind"] for kind in described(program)]


def standard(program):
    """The kinds a new memory file holds."""
    return [kind["kind"] for kind in described(program) if kind["standard"]]


def sets(program):
    """Every kind alone, then the standard ones together."""
    return [[kind] for kind in names(program)] + [standard(program)]


if __name__ == "__main__":
    import sys

    # For shell scripts: the standard kinds joined by +, then every kind, a line each.
    program = sys.argv[1] if len(sys.argv) > 1 else ".build/release/mneme"
    print("+".join(standard(program)), *names(program), sep="\n")

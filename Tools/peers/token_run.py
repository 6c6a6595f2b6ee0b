"""The run of tokens that the comparisons use when none is given."""


def token_run(vocabulary, count, seed=1):
    """Token 1, then `count - 1` tokens drawn by SplitMix64 below the vocabulary's size, none of the first three."""
    mask = (1 << 64) - 1
    state = seed & mask
    ids = [1]
    while len(ids) < count:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        ids.append(3 + (z ^ (z >> 31)) % (vocabulary - 3))
    return ids[:count]


if __name__ == "__main__":
    import sys

    print(",".join(map(str, token_run(*map(int, sys.argv[1:])))))

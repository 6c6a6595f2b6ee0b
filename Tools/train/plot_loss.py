"""Draw the training loss of a checkpoint over the tokens seen.

    plot_loss.py --work DIR --out loss.png
"""
import argparse
import os

import matplotlib
import torch

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", required=True)
    p.add_argument("--out", required=True)
    o = p.parse_args()
    history = torch.load(os.path.join(o.work, "checkpoint.pt"), weights_only=False)["history"]
    x, y = [h[1] / 1e6 for h in history], [h[2] for h in history]
    smooth = [sum(y[max(0, i - 4):i + 5]) / len(y[max(0, i - 4):i + 5]) for i in range(len(y))]
    fig, ax = plt.subplots(figsize=(8, 4), dpi=110)
    ax.plot(x, y, color="#c9c4ba", linewidth=0.8)
    ax.plot(x, smooth, color="#2f4858", linewidth=1.8)
    ax.set_xlabel("tokens seen, millions")
    ax.set_ylabel("training loss (weighted mixture)")
    ax.set_ylim(min(y) - 0.1, min(4.5, max(y)))
    ax.spines[["top", "right"]].set_visible(False)
    fig.tight_layout()
    fig.savefig(o.out)


if __name__ == "__main__":
    main()

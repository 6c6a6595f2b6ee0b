"""Train the neural memory's adapter on a frozen base.

    neural.py --model MODEL.gguf --work DIR --data WORK --minutes 40 [--activations cached]

Facts are told session by session; then questions about them are asked with an empty context, and the loss is the
cross-entropy of the answers, back-propagated through all writes. Unrelated text with the filled memory must be predicted as
without one (KL). The number of facts and of distractor turns grows with time.

The model's activations are made anew for each episode, or, with `--activations cached`, once for many sessions and questions
(DIR/activations), out of which episodes are put together: for models whose forward pass is what a step would cost most.
"""
import os
import time

import numpy as np
import torch

from anew import Anew
from cached import Cached
from corpus import Corpus
from evaluation import evaluate
from export import slow_weights
from gathering import fill
from memory import NeuralMemory
from store import Store
from training import Training, begin, options
from values import sharpen

SEED = 20261123


def parsed():
    p = options(__doc__, 40, 2e-3)
    p.add_argument("--data", required=True, help="where prepare.py wrote")
    p.add_argument("--activations", default="anew", choices=("anew", "cached"))
    p.add_argument("--facts", type=int, default=3000, help="facts whose activations are cached")
    p.add_argument("--names", type=int, default=12000, help="further facts from which it is learned what parts of names look like")
    p.add_argument("--episodes", type=int, default=8)
    p.add_argument("--keys", type=int, default=32)
    p.add_argument("--values", type=int, default=128)
    p.add_argument("--degree", type=int, default=3)
    p.add_argument("--kind", default="mag", choices=("mag", "mac"))
    p.add_argument("--begin", help="an adapter (.safetensors) or checkpoint (.pt) for the same model to begin with")
    p.add_argument("--quiet", type=float, default=3, help="weight of unrelated text staying as it is")
    p.add_argument("--waste", type=float, default=0.3, help="weight of not writing small talk")
    p.add_argument("--needles", type=float, default=0.3, help="share of episodes with needles in texts, where activations are made anew")
    o = p.parse_args()
    if o.activations == "cached" and o.kind == "mac":
        p.error("MAC's rows of context change what attention adds: its activations are made anew")
    return o


def episodes_of(o, base, r):
    """Where episodes come from."""
    corpus = Corpus(o.data)
    texts, unrelated = corpus.texts("books", 300), []
    for name in ("books", "dialogues", "smalltalk", "encyclopedia"):
        ids = [base.chat.text(t)[:48] for t in corpus.openings(name, 300, r)]
        unrelated += [i for i in ids if len(i) > 8]
    if o.activations == "anew":
        return Anew(base, r, texts, unrelated, o.episodes, o.needles)
    exchanges = [e for name in ("qa", "dialogues", "smalltalk") for e in corpus.exchanges(name, 200, r) if len(e[1]["text"]) < 160]
    about = {"model": os.path.basename(o.model), "bytes": os.path.getsize(o.model), "width": base.config.width}
    store = Store(os.path.join(o.work, "activations"), base.config.width, about)
    base.exact = True                                                      # what is used a hundred times
    fill(base, store, r, texts, unrelated, exchanges, o.facts, o.names)
    return Cached(base, store, r, o.episodes)


def begun(o, base, source):
    """The memory before training, and what makes another of its shape."""
    shape = dict(keys=o.keys, values=o.values, degree=o.degree, kind=o.kind, attention=base.config.kv_heads * base.config.head_dim)
    memory = NeuralMemory(base.config.width, **shape)
    x, ids = source.sample()
    generator, embeddings = torch.Generator(o.device).manual_seed(SEED), base.unembed * base.model.norm.weight
    memory.begin(x, ids, embeddings, generator, source.length())
    if o.begin:
        # A memory wired in another way shares all but its rows of context.
        state = slow_weights(o.begin) if o.begin.endswith(".safetensors") else torch.load(o.begin, weights_only=False)["memory"]
        missing, _ = memory.load_state_dict(state, strict=False)
        print("begun with", o.begin, "but for", missing or "nothing", flush=True)
    elif o.activations == "cached" and not os.path.exists(os.path.join(o.work, "neural.pt")):
        sharpen(memory, x, ids, embeddings, generator)
    # The same names come again and again here: they would teach values to be those. What the rows of many names say holds for others.
    memory.value.requires_grad_(o.activations == "anew")
    return memory, dict(shape, chunk=memory.chunk)


def main():
    o = parsed()
    base, r = begin(o, SEED)
    source = episodes_of(o, base, r)
    memory, shape = begun(o, base, source)
    training = Training(o, "neural", "memory", memory, shape, r, SEED, cooling=0.3, relative=("output",) if o.activations == "cached" else ())
    saved, sums = time.time(), []
    while (done := training.done) < 1:
        answer, kl, hit, written, waste = source.loss(memory, done, o.begin)
        training.step(answer + o.quiet * kl + o.waste * waste, done)
        sums.append((answer.item(), kl.item(), hit.item(), written.item()))
        if training.steps % 20 == 0:
            m = np.mean(sums, 0)
            print(f"{time.strftime('%H:%M:%S', time.gmtime())} step {training.steps} answers {m[0]:.3f} kl {m[1]:.4f} whole {m[2]:.1%} theta {m[3]:.3f} done {done:.2f} "
                  f"{(time.time() - saved) / 20:.2f} s/step" , flush=True)
            sums = []
            saved = time.time()
            training.save()
        if training.steps % 100 == 0 and o.activations == "cached":
            print(f"reserved names whole {source.reserved(memory):.1%}", flush=True)
        if training.steps % 200 == 0 and o.activations == "anew":
            print("recall", evaluate(memory, base, source.around, 2), flush=True)
    training.save()
    trials = 6 if o.activations == "anew" else 2
    print("finished", *(evaluate(memory, base, source.around, trials, echoing=e) for e in (True, False)), flush=True)


if __name__ == "__main__":
    main()

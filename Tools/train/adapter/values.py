"""What a value says: the token that was read, as well as one block's input tells."""
import torch
import torch.nn.functional as F


def sharpen(memory, x, tokens, embeddings, generator, steps=300, batch=256, others=8000, lr=6e-5, say=print):
    """Fits a memory's values so that what is read of one has the highest logit at its own token, among all tokens of the rows x and
    `others` drawn anew at each step; `embeddings` [vocabulary, width] make logits of the residual stream. Least squares, with which
    the values begin, confuse rare tokens with their neighbors far more often."""
    count = torch.bincount(tokens, minlength=len(embeddings))
    rare_first = count[tokens].to(x) ** -0.5
    present = count.nonzero()[:, 0]
    logits_of = (memory.output @ embeddings.T).T.detach()
    value = memory.value.detach().clone().requires_grad_(True)
    sharpness = torch.zeros((), requires_grad=True)
    with torch.no_grad():
        unit = 5 / (x[:200] @ value @ logits_of[present].T).std()
    adam = torch.optim.Adam([{"params": [value], "lr": lr}, {"params": [sharpness], "lr": 0.02}])
    place, loss_sum = torch.zeros(len(embeddings), dtype=torch.long), 0.0
    for step in range(steps):
        rows = torch.multinomial(rare_first, batch, True, generator=generator)
        more = torch.randint(len(embeddings), (others,), generator=generator)
        among = torch.cat((present, more[count[more] == 0].unique()))
        place[among] = torch.arange(len(among))
        logits = unit * sharpness.exp() * (x[rows] @ value @ logits_of[among].T)
        loss = F.cross_entropy(logits, place[tokens[rows]])
        adam.param_groups[0]["lr"] = lr * min(1, 2 * (1 - step / steps))
        adam.zero_grad()
        loss.backward()
        adam.step()
        loss_sum += loss.item()
        if step % 50 == 49:
            say(f"values, step {step + 1}: {loss_sum / 50:.3f} nats per token", flush=True)
            loss_sum = 0.0
    with torch.no_grad():
        memory.value.copy_(value)

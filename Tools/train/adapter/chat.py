"""Conversations as tokens, with what each token is: the template's, or a role's own words."""
import re

import jinja2.sandbox

from vocabulary import vocabulary

TEMPLATE, USER, ASSISTANT, SYSTEM = 0, 1, 2, 3
NAMES = {"user": USER, "assistant": ASSISTANT, "system": SYSTEM}
VALUE_WEIGHT = 3
CONTROL, USER_DEFINED = 3, 4                                               # tokenizer.ggml.token_type


class Chat:
    """The chat format of a GGUF, by its own template."""

    def __init__(self, reader, work):
        self.vocabulary = vocabulary(reader, work)
        fields = reader.fields
        field = lambda name, default=None: fields[name].contents() if name in fields else default
        tokens, kinds = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
        # Control and user-defined pieces are found as they stand in a rendered conversation.
        self.special = {t: i for i, (t, k) in enumerate(zip(tokens, kinds)) if k in (CONTROL, USER_DEFINED)}
        self.pattern = re.compile("(" + "|".join(re.escape(t) for t in sorted(self.special, key=len, reverse=True)) + ")")
        self.bos = field("tokenizer.ggml.bos_token_id")
        # Without a word of the file's, texts begin with it where the vocabulary is SentencePiece's.
        self.begins = [self.bos] if field("tokenizer.ggml.add_bos_token", field("tokenizer.ggml.model") == "llama") else []
        self.ends = {field(k) for k in ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id") if k in fields}
        environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        self.template = environment.from_string(field("tokenizer.chat_template"))
        self.names = {"bos_token": tokens[self.bos], "eos_token": tokens[field("tokenizer.ggml.eos_token_id")]}

    def encode(self, text):
        """A plain text; between special pieces, as llama.cpp does: SentencePiece puts a leading space behind each."""
        ids = []
        for part in self.pattern.split(text):
            ids += [self.special[part]] if part in self.special else self.vocabulary.encode(part) if part else []
        return ids

    def decode(self, ids):
        return self.vocabulary.decode(ids)

    def text(self, text):
        return self.begins + self.encode(text)

    def render(self, turns, ask=False):
        messages = [{"role": t["role"], "content": t["text"]} for t in turns]
        return self.template.render(messages=messages, add_generation_prompt=ask, **self.names)

    def turns(self, turns, values=()):
        """ids, weights and roles of a conversation; the tokens of `values` in what the assistant says weigh three times."""
        ids, weights, roles, before = [], [], [], ""
        for i, t in enumerate(turns):
            whole = self.render(turns[:i + 1])
            if not whole.startswith(before):
                raise SystemExit("the model's chat template writes earlier turns anew when a later one comes; that is not supported")
            piece, before = whole[len(before):], whole
            at = piece.rindex(t["text"])
            for part, role in ((piece[:at], TEMPLATE), (t["text"], NAMES[t["role"]]), (piece[at + len(t["text"]):], TEMPLATE)):
                e = self.encode(part)
                ids += e
                roles += [role] * len(e)
                weights += self.weights(e, part, values) if role == ASSISTANT and values else [1] * len(e)
        return ids, weights, roles

    def weights(self, ids, text, values):
        marked = set()
        for v in values:
            for m in re.finditer(re.escape(v), text):
                marked.update(range(*m.span()))
        return [VALUE_WEIGHT if marked.intersection(range(*span)) else 1 for span in self.vocabulary.spans(ids, text)]

    def prompt(self, text):
        """A question with nothing before it, up to where the answer begins."""
        return self.encode(self.render([{"role": "user", "text": text}], ask=True))

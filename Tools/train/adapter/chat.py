"""Conversations as tokens, with what each token is: the template's, or a role's own words."""
import re

import jinja2.sandbox
import sentencepiece

TEMPLATE, USER, ASSISTANT, SYSTEM = 0, 1, 2, 3
NAMES = {"user": USER, "assistant": ASSISTANT, "system": SYSTEM}
VALUE_WEIGHT = 3


class Chat:
    """The chat format of a GGUF with a SentencePiece vocabulary, by its own template."""

    def __init__(self, reader, vocabulary):
        self.sp = sentencepiece.SentencePieceProcessor(model_file=vocabulary)
        fields = reader.fields
        if fields["tokenizer.ggml.model"].contents() != "llama":
            raise SystemExit("adapters are trained for models with a SentencePiece vocabulary; this one has another tokenizer")
        tokens, kinds = fields["tokenizer.ggml.tokens"].contents(), fields["tokenizer.ggml.token_type"].contents()
        # Control and user-defined pieces are found as they stand in a rendered conversation.
        self.special = {t: i for i, (t, k) in enumerate(zip(tokens, kinds)) if k in (3, 4)}
        self.pattern = re.compile("(" + "|".join(re.escape(t) for t in sorted(self.special, key=len, reverse=True)) + ")")
        self.bos = fields["tokenizer.ggml.bos_token_id"].contents()
        self.ends = {fields[k].contents() for k in ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id") if k in fields}
        environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        self.template = environment.from_string(fields["tokenizer.chat_template"].contents())
        self.names = {"bos_token": tokens[self.bos], "eos_token": tokens[fields["tokenizer.ggml.eos_token_id"].contents()]}

    def encode(self, text):
        """A plain text, line by line as llama.cpp does: what stands behind a special piece gets its own leading space."""
        ids = []
        for part in self.pattern.split(text):
            ids += [self.special[part]] if part in self.special else self.sp.encode(part) if part else []
        return ids

    def text(self, text):
        return [self.bos] + self.encode(text)

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
                weights += self.weights(e, part, values if role == ASSISTANT else ())
        return ids, weights, roles

    def weights(self, ids, text, values):
        marked = [False] * (len(text) + 1)                                 # the leading space first
        for v in values:
            for m in re.finditer(re.escape(v), text):
                marked[m.start() + 1:m.end() + 1] = [True] * (m.end() - m.start())
        out, at = [], 0
        for i in ids:
            n = 1 if self.sp.is_byte(i) else len(self.sp.id_to_piece(i))
            out.append(VALUE_WEIGHT if any(marked[at:at + n]) else 1)
            at += n
        return out

    def prompt(self, text):
        """A question with nothing before it, up to where the answer begins."""
        return self.encode(self.render([{"role": "user", "text": text}], ask=True))

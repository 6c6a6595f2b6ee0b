"""Reads memory files without Mneme and holds them to Models/FORMAT.md, whose tables are read as the test's data.

    pip install safetensors numpy cryptography
    python Tools/peers/memory_format.py [a.mneme ...] [--passphrase-file PATH] [--page Models/FORMAT.md] [--mneme PROGRAM]

Without files it makes one with the program: of every kind of memory that the program lists, with a few statements and a text.
For a new version of the format extend the page: rows of a table become checks. What tables cannot say is in FACTS below. A kind
that has no table of its own is held to the one under "Other kinds".
Prints a line per file, and each statement that does not hold; ends with 1 when there is one.
"""

import argparse
import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "Tools/golden"), str(ROOT / "Tools/acceptance")]
import kinds as kinds_of  # noqa: E402
from sealed_file import header_checksum, split, unseal  # noqa: E402

OTHER = "Other kinds"

SIZES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1}
TYPES = {
    "whole number": lambda text: re.fullmatch(r"\d+", text) is not None,
    "64 hex digits": lambda text: re.fullmatch(r"[0-9a-f]{64}", text) is not None,
    "number": lambda text: np.isfinite(float(text)),
    "JSON list": lambda text: isinstance(json.loads(text), list),
    "JSON object": lambda text: isinstance(json.loads(text), dict),
}


class Row:
    """A row of a table of tensors."""

    def __init__(self, section, version, cells):
        name = re.match(r"`([^`]+)`(.*)", cells[0])
        self.section, self.version, self.name, self.meaning = section, version, name[1], cells[3]
        self.optional = "?" in name[2]
        self.types = re.findall(r"[A-Z]+\d*", cells[1])
        self.shape = None if cells[2] == "any" else re.findall(r"\w+", cells[2])
        pattern = re.sub(r"\\?<(\w+)\\?>", lambda m: f"(?P<{m[1]}>{PLACES[m[1]]})", re.escape(self.name))
        self.pattern = re.compile(pattern)


# The banks of rows of each kind of the attention socket.
BANKS = {"compressive": ["slots", "recent", "open"], "transformer-xl": ["sinks", "ring", "open"], "block": ["rows", "open"], "document": ["open"],
         "lemn": ["episodes", "open"], "dct": ["whole", "recent", "open"]}
SLOTS = ["sdm", "delta", "memory-network", "progressive"]
HEADS = {"compressive": ["fitted"], "document": ["rows"], "dct": ["compressed"]}
# What a policy of retention knows of each.
RETAINED = {"block": "rows", "lemn": "episodes", "dct": None, "episodic": None, "neighbor": None}
# Those whose facts are kept as those of an episodic memory.
FACT_SLOTS = ["ntm", "dnc"]
PLACES = {"slots": "|".join(FACT_SLOTS), "i": r"\d+", "l": r"\d+(?:\.\d+)?", "p": r"neural(?:\.wired)?", "kind": r"(?!key\.)[\w-]+", "name": r".+",
          "bank": "|".join(rf"{kind}\.{bank}" for kind, banks in BANKS.items() for bank in banks),
          "retained": "|".join(rf"{kind}\.retention" for kind in RETAINED),
          # The two cells of each kind of slots.
          "slot": "sdm|delta|memory-network|progressive", "sdm": r"sdm\.(?:words|sentences)", "delta": r"delta\.(?:words|sentences)",
          "network": r"memory-network\.(?:words|sentences)", "progressive": r"progressive\.(?:words|sentences)",
          "heads": "|".join(rf"{kind}\.{bank}" for kind, banks in HEADS.items() for bank in banks)}


def tables(page):
    """The page's rows of tensors, and its metadata keys {section: {key: type}}."""
    rows, keys, section, version = [], {}, "", None
    for line in page.read_text().splitlines():
        if line.startswith("#"):
            section, version = line.strip("# "), None
        elif mark := re.match(r"\*\*Format (\d+)\*\*", line):
            version = int(mark[1])
        elif line.startswith("| `"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if section == "Metadata" or len(cells) == 3:
                keys.setdefault(section, {})[cells[0].strip("` ?")] = (cells[1], "?" in cells[0])
            else:
                rows.append(Row(section, version, cells))
    return rows, keys


class Check:
    """One file; `fail` collects what does not hold, `count` what was looked at."""

    def __init__(self, data, page, name):
        self.data, self.name = data, name
        self.rows, self.keys = tables(page)
        self.metadata, self.raw, self.body = split(data)
        self.arrays = load(data)
        self.count, self.faults = 0, []

    def expect(self, holds, statement):
        self.count += 1
        if not holds:
            self.faults.append(statement)

    def container(self):
        length = struct.unpack("<Q", self.data[:8])[0]
        self.expect(length % 8 == 0 and length <= 100_000_000, "the header's length is a multiple of 8")
        self.expect(list(self.raw) == sorted(self.raw, key=lambda n: (-SIZES[self.raw[n][0]], n.encode())),
                    "tensors by descending size of an element, then by name")
        self.expect(sum(len(t[2]) for t in self.raw.values()) == len(self.body), "tensors cover the data")
        self.expect(sorted(self.arrays) == sorted(self.raw), "the safetensors library sees the same tensors")
        for name, (kind, shape, raw) in self.raw.items():
            array = self.arrays[name]
            self.expect(list(array.shape) == shape and array.tobytes() == raw, f"{name}: the library reads the same bytes")

    def checksums(self):
        self.expect(self.metadata["mneme.sha256"] == hashlib.sha256(self.body).hexdigest(), "mneme.sha256")
        self.expect(self.metadata["mneme.header_sha256"] == header_checksum(self.metadata, self.raw), "mneme.header_sha256")

    def metadata_keys(self, section):
        for key, (kind, optional) in self.keys[section].items():
            if optional and key not in self.metadata:
                continue
            self.expect(key in self.metadata, f"metadata {key}")
            self.expect(key in self.metadata and TYPES[kind](self.metadata[key]), f"{key} is a {kind}")
        for key in self.metadata:
            self.expect(key in self.keys[section], f"metadata {key} is on the page")

    def tensors(self, sections):
        """Every tensor has a row, every row that is not optional a tensor, and extents of one name are equal."""
        version = int(self.metadata["mneme.format"])
        rows = [r for r in self.rows if r.section in sections and (r.version is None or r.version == self.row_version(r, version))]
        others = [row for row in self.rows if row.section == OTHER]
        extents, seen = dict(self.extents()), set()
        for name, (kind, shape, _) in self.raw.items():
            found = [(row, row.pattern.fullmatch(name)) for row in rows]
            found = [(row, match) for row, match in found if match]
            if not found and name.split(".")[0] in self.untabled():
                found = [(row, match) for row in others if (match := row.pattern.fullmatch(name))]
            self.expect(len(found) == 1, f"{name} stands in {len(found)} rows of the page")
            for row, match in found[:1]:
                seen.add(row)
                self.expect(kind in row.types, f"{name} is {kind}, not {row.types}")
                if row.shape is None:
                    continue
                self.expect(len(shape) == len(row.shape), f"{name} has the shape {shape}, not {row.shape}")
                for extent, place in zip(shape, row.shape):
                    scope = "" if place.isupper() else (row.section, *sorted(match.groupdict().items()))
                    known = int(place) if place.isdigit() else extents.setdefault((scope, place), extent)
                    self.expect(extent == known, f"{name}: {place} is {extent}, elsewhere {known}")
            if kind in ("F64", "F32", "F16"):
                self.expect(bool(np.isfinite(self.arrays[name]).all()), f"{name} is finite")
        for row in rows:
            self.expect(row.optional or row in seen, f"{row.name} is there")

    def kinds(self):
        return [m["kind"] for m in json.loads(self.metadata.get("mneme.modules", "[]"))]

    def untabled(self):
        """The file's kinds that the page has no table of."""
        return {kind for kind in self.kinds() if not any(row.section == kind.capitalize() for row in self.rows)}

    def rejected(self, kind):
        """Which of a kind's counters is that of rejected updates, by the page; None where it does not say."""
        for row in self.rows:
            if row.name == f"{kind}.counters" or (row.name == "<slots>.counters" and kind in FACT_SLOTS) or (row.name == "<p>.counters" and row.section == kind.capitalize()):
                return row.meaning.split(";")[0].split(", ").index("updates rejected")
        return None

    def row_version(self, row, version):
        """The newest form of a section that a format has."""
        return max(r.version for r in self.rows if r.section == row.section and r.version and r.version <= version)

    def extents(self):
        adapter = json.loads(self.metadata.get("mneme.adapter", "{}"))
        means = [self.raw[f"adapter.key.{i}.mean"][1][0] for i in range(len(adapter.get("points", [])))]
        if means:
            yield ("", "K"), sum(means)
            # Keys are read in the residual stream.
            yield ("", "W"), means[0]

    def report(self):
        print(f"{self.name}: {self.count} statements, {len(self.faults)} do not hold")
        for fault in self.faults:
            print(f"  {fault}")
        return not self.faults


def ordinary(check):
    kinds = check.kinds()
    check.container()
    check.checksums()
    check.metadata_keys("Metadata")
    rows = ({"Rows"} if set(kinds) & set(BANKS) else set()) | ({"Slots"} if set(kinds) & set(SLOTS) else set())
    rows |= {"Fact-slots"} if set(kinds) & set(FACT_SLOTS) else set()
    check.tensors({"Adapter", "Journal", "Retention"} | rows | {kind.capitalize() for kind in kinds})
    check.expect(0 < len(kinds) <= 64 and len(set(kinds)) == len(kinds), "each kind once")
    for fact in FACTS:
        fact(check, kinds)


def adapter_facts(check, kinds):
    adapter = json.loads(check.metadata["mneme.adapter"])
    check.expect(sorted(adapter) == ["fingerprint", "modules", "points"], "the adapter's members")
    check.expect(adapter["fingerprint"]["hex"] == check.metadata["mneme.model_fingerprint"], "one model")
    check.expect(1 <= len(adapter["points"]) <= 8, "1 to 8 points")
    for kind in kinds:
        module = adapter["modules"][kind]
        gate = module["gate"]
        check.expect(isinstance(json.loads(module["configuration"]), dict), f"{kind}: a configuration")
        lengths = {len(gate[key]) for key in ("names", "mean", "scale", "weights")}
        check.expect(len(lengths) == 1, f"{kind}: a value a feature")
        check.expect(np.isfinite([gate["bias"], gate["floor"], *gate["weights"]]).all(), f"{kind}: finite gate")
    # The adapter as a file of its own, laid out as Mneme does it.
    names = [n for n in check.raw if n.startswith("adapter.")]
    text = json.dumps({"__metadata__": {"mneme.adapter": check.metadata["mneme.adapter"]}}, ensure_ascii=False, separators=(",", ":"))[:-1]
    offset = 0
    for name in sorted(names, key=lambda n: (-SIZES[check.raw[n][0]], n.encode())):
        kind, shape, raw = check.raw[name]
        entry = json.dumps({"dtype": kind, "shape": shape, "data_offsets": [offset, offset + len(raw)]}, separators=(",", ":"))
        text += f',"{name}":{entry}'
        offset += len(raw)
    header = (text + "}").encode()
    header += b" " * (-len(header) % 8)
    whole = struct.pack("<Q", len(header)) + header + b"".join(check.raw[n][2] for n in names)
    check.expect(hashlib.sha256(whole).hexdigest() == check.metadata["mneme.adapter_fingerprint"], "mneme.adapter_fingerprint")


def module_facts(check, kinds):
    for module in json.loads(check.metadata["mneme.modules"]):
        check.expect(sorted(module) == ["entries", "kind", "rejected_updates", "state_bytes"], f"{module['kind']}: members")
        check.expect(all(module[k] >= 0 for k in ("entries", "rejected_updates", "state_bytes")), f"{module['kind']}: counts")
        counters = check.arrays.get(f"{module['kind']}.counters", np.zeros(0, np.int64))
        check.expect((counters >= 0).all(), f"{module['kind']}: counters")
        place = check.rejected(module["kind"])
        if place is not None:
            check.expect(counters[place] <= module["rejected_updates"], f"{module['kind']}: updates rejected")


def sources_are_sound(check, sources, where):
    for source in sources:
        check.expect(sorted(source) == ["conversation", "role", "source", "time", "turn"], f"{where}: members of a source")
        check.expect(isinstance(source["turn"], int) and np.isfinite(source["time"]), f"{where}: turn and time of a source")


def journal_facts(check, kinds):
    if "journal.tokens" not in check.raw:
        return
    if check.metadata["mneme.format"] != "1":
        return stream_facts(check)
    sources = json.loads(check.raw["journal.sources"][2])
    sources_are_sound(check, sources, "journal")
    indices = check.arrays["journal.source_indices"]
    check.expect(((indices >= 0) & (indices < len(sources))).all(), "every token has a source")
    check.expect((check.arrays["journal.tokens"] >= 0).all(), "token ids")
    places_are_sound(check, len(indices))


def places_are_sound(check, count):
    for name, array in check.arrays.items():
        if name.endswith(".journal"):
            check.expect(((array >= -1) & (array < count)).all(), f"{name}: places in the journal")


def stream_facts(check):
    """The journal of format 2: commits, each with its context."""
    arrays = check.arrays
    marks, records = arrays["journal.marks"], arrays["journal.records"]
    part, learnable, learned, lead = marks & 7, marks >> 3 & 1, marks >> 4 & 1, marks >> 5
    check.expect((arrays["journal.tokens"] >= 0).all(), "token ids")
    check.expect((part <= 4).all() and (marks < 64).all(), "marks: every bit means something")
    check.expect((learned <= learnable).all() and not (lead & learnable).any(), "marks: learned is learnable, no lead is")
    check.expect(int(learned.sum()) == len(arrays["journal.surprisals"]), "a surprisal per learned token")
    names = json.loads(check.raw["journal.names"][2])
    check.expect(all(isinstance(name, str) for name in names), "names")
    origins = arrays["journal.origins"]
    check.expect(((origins[:, :2] >= 0) & (origins[:, :2] < len(names))).all(), "names of origins")
    check.expect(((origins[:, 2] >= 0) & (origins[:, 2] <= 3)).all() and (origins[:, 3] >= 0).all(), "roles and turns")
    start, contexts, sound = 0, [], True
    for number, (parent, keep, ahead, count, flags, origin) in enumerate(records.tolist()):
        length = contexts[parent] if 0 <= parent < number else 0
        sound &= -1 <= parent < number and 0 <= keep <= length and (parent < 0 or keep > 0)
        sound &= 0 <= ahead <= count and count > 0 and 0 <= flags <= 3 and 0 <= origin < len(origins)
        sound &= bool((lead[start:start + ahead] == 1).all() and (lead[start + ahead:start + count] == 0).all())
        contexts.append(keep + count)
        start += count
    check.expect(sound, "every record's context lies before it")
    check.expect(start == len(marks), "records cover the stream")
    for entry in json.loads(check.raw["journal.facts"][2]):
        check.expect(0 <= entry["record"] < len(records) and entry["fact"]["records"] >= 1, "facts belong to records")
    if "checkpoints.places" in check.raw:
        places = arrays["checkpoints.places"]
        starts = np.concatenate([[0], np.cumsum(records[:, 3])])
        check.expect((np.diff(places[:, 0]) > 0).all() and (places[:, 0] < len(records)).all(), "checkpoints in order")
        check.expect((starts[places[:, 0]] == places[:, 1]).all(), "checkpoints stand where a record begins")
        check.expect(int(places[:, 3].sum()) == len(check.raw["checkpoints.states"][2]), "bytes of checkpoints")
        state = check.raw["checkpoints.states"][2]
        for size in places[:, 3].tolist():
            check.expect(all(np.isfinite(a).all() for a in load(state[:size]).values()), "a checkpoint is finite")
            state = state[size:]
    places_are_sound(check, int(learned.sum()))


def episodic_facts(check, kinds):
    for kind in set(kinds) & {"episodic", *FACT_SLOTS}:
        ledger = json.loads(check.raw[f"{kind}.ledger"][2])
        is_first = check.metadata["mneme.format"] == "1"
        members = ["facts", "isOpen", "next", "sources"] if is_first else ["facts", "isOpen", "sources"]
        check.expect(sorted(ledger) == members, "the ledger's members")
        sources_are_sound(check, ledger["sources"], "ledger")
        facts = ledger["facts"]
        check.expect(sum(f["count"] for f in facts) == len(check.arrays[f"{kind}.tokens"]), "counts of the facts' tokens")
        if is_first:
            check.expect(all(a["id"] < b["id"] for a, b in zip(facts, facts[1:])), "ascending ids")
            check.expect(all(f["id"] < ledger["next"] + ledger["isOpen"] for f in facts), "ids below the next")
        check.expect(all(0 <= f["source"] < len(ledger["sources"]) for f in facts), "every fact has a source")
        allowed = {"count", "source", "text", "answer", "answerTokens"} | ({"id"} if is_first else set())
        check.expect(all(set(f) <= allowed and f["count"] > 0 for f in facts), "members of a fact")
        if kind in FACT_SLOTS:
            slots_facts(check, kind, len(facts) - ledger["isOpen"])


def slots_facts(check, kind, facts):
    slots, cell = check.arrays[f"{kind}.slots"], check.arrays[f"{kind}.cell"].tolist()
    check.expect(len(set(slots[:, 0].tolist())) == len(slots), f"{kind}: a slot of its own for each fact")
    check.expect((np.diff(slots[:, 1]) > 0).all() and (slots[:, 1] < facts).all(), f"{kind}: facts in their order")
    lengths = np.linalg.norm(check.arrays[f"{kind}.memory"].astype(np.float64), axis=1)
    check.expect((np.minimum(np.abs(lengths - 1), lengths) < 2e-3).all(), f"{kind}: keys of length 1, or none")
    if f"{kind}.wire.tokens" in check.raw:
        begins, contents = check.arrays[f"{kind}.wire.begins"], check.arrays[f"{kind}.wire.contents"]
        check.expect(len(contents) == len(check.arrays[f"{kind}.wire.tokens"]) == len(begins), f"{kind}: a content and a token for each slot of a wire")
        check.expect((np.abs(contents) <= 1).all() and set(begins.tolist()) <= {0, 1} and (not len(begins) or begins[0] == 1), f"{kind}: contents within 1, sentences that begin")
    if kind == "ntm":
        check.expect(cell[1] == len(slots) and (not len(slots) or cell[0] == slots[-1, 0]), "ntm: the head is at the last slot")
    if kind == "dnc":
        order = cell[2::2]
        check.expect(order == slots[:, 0].tolist(), "dnc: slots in the order in which they were filled")
        check.expect(all(b in (-1, a) for a, b in zip([-1, *order], cell[3::2])), "dnc: links to the one before")


def neighbor_facts(check, kinds):
    if "neighbor" not in kinds:
        return
    rows = check.arrays["neighbor.rows"]
    count = len(check.arrays["neighbor.tokens"])
    check.expect(sorted(set(rows.tolist())) == list(range(count)), "every row is used")
    check.expect(check.arrays["neighbor.counters"][1] == 2, "the second layout")
    check.expect(("neighbor.scales" in check.raw) == (check.raw["neighbor.keys"][0] == "I8"), "scales with I8 only")
    check.expect(set(check.raw["neighbor.follows"][2]) <= {0, 1}, "truth values")
    if count and check.raw["neighbor.keys"][0] != "I8":
        lengths = np.linalg.norm(check.arrays["neighbor.keys"].astype(np.float64), axis=1)
        check.expect(np.abs(lengths - 1).max() < 2e-3, "keys of length 1")


def rows_facts(check, kinds):
    for kind in set(kinds) & set(BANKS):
        held = 0
        banks = [(f"{kind}.{name}", False) for name in BANKS[kind]]
        banks += [(f"{kind}.{name}", True) for name in HEADS.get(kind, []) if f"{kind}.{name}.keys" in check.raw]
        for bank, by_head in banks:
            groups = check.arrays[f"{bank}.groups"]
            tokens = len(check.arrays[f"{bank}.tokens"])
            keys, values = check.raw[f"{bank}.keys"], check.raw[f"{bank}.values"]
            check.expect(keys[:2] == values[:2], f"{bank}: keys and values alike")
            check.expect(len(keys[1]) == (2 if keys[0] == "U8" else 4), f"{bank}: rows, blocks, heads, values")
            check.expect((groups > 0).all() and groups.sum(0).tolist() == [keys[1][0], tokens], f"{bank}: groups cover rows and tokens")
            check.expect(set(check.raw[f"{bank}.spoken"][2]) <= {0, 1}, f"{bank}: truth values")
            check.expect((np.diff(check.arrays[f"{bank}.places"]) > 0).all() or kind == "document", f"{bank}: places ascend")
            if by_head:
                counts = check.arrays[f"{bank}.counts"]
                check.expect((counts >= 0).all() and (counts.sum((1, 2)) == groups[:, 0]).all(), f"{bank}: rows of all heads")
            held += tokens
        check.expect(held <= check.arrays[f"{kind}.counters"][0], f"{kind}: no more is held than was written")
    if "block" in kinds:
        check.expect(len(check.arrays["block.represented"]) == len(check.arrays["block.rows.groups"]), "each block is represented")
        check.expect(check.arrays["block.represented"].sum() == len(check.arrays["block.representatives"]), "by as many rows")
    for kind in set(kinds) & set(RETAINED):
        if f"{kind}.retention.records" in check.raw:
            records, stream = check.arrays[f"{kind}.retention.records"], check.arrays[f"{kind}.retention.stream"]
            check.expect(records.shape[1] in (12, 20) or not len(records), f"{kind}: what is known of each thing")
            check.expect(RETAINED[kind] is None or len(records) == len(check.arrays[f"{kind}.{RETAINED[kind]}.groups"]), f"{kind}: of each one")
            check.expect((records[:, :2] <= stream[0]).all(), f"{kind}: nothing arrived after the last")
    if "dct" in kinds:
        forms = check.arrays["dct.forms"]
        check.expect(forms.sum() == len(check.arrays["dct.whole.groups"]) and len(forms) == len(check.arrays["dct.retention.records"]), "a form for each segment")
        check.expect(len(check.arrays["dct.attention"]) == len(check.arrays["dct.recent.tokens"]), "attention of each recent row")
    if "document" in kinds:
        documents = json.loads(check.raw["document.documents"][2])
        check.expect(all(sorted(d) == ["conversation", "groups", "source", "tokens"] for d in documents), "members of a document")
        check.expect(sum(d["groups"] for d in documents) == len(check.arrays["document.rows.groups"]), "every document has its groups")


def hopfield_facts(check, kinds):
    if "hopfield" not in kinds or not len(check.arrays["hopfield.tokens"]):
        return
    lengths = np.linalg.norm(check.arrays["hopfield.keys"].astype(np.float64), axis=1)
    check.expect(np.abs(lengths - 1).max() < 2e-3, "patterns of length 1")


def splitmix(seed, count):
    """Numbers of SplitMix64."""
    numbers, state, mask = [], seed, (1 << 64) - 1
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        numbers.append(z ^ (z >> 31))
    return numbers


def signs(numbers):
    """Their bits, lowest first, as 1 and -1."""
    return np.array([1.0 if number >> bit & 1 else -1.0 for number in numbers for bit in range(64)])


def code(item):
    """The code of an item."""
    return signs(splitmix((item & 0xFFFFFFFF) ^ 0x5D31C0DE00000000, 4)) / 16


def sentence(tokens):
    """The number of a sentence."""
    value = 2166136261
    for byte in np.asarray(tokens, dtype="<i4").tobytes():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def slot_scores(check, kind, part, key):
    """What a cell gives for a key, [256], and for a memory network the attention of its first hop by item."""
    array = check.arrays
    name = f"{kind}.{part}"
    if kind == "sdm":
        counters = array[f"{name}.locations"].astype(np.float64)
        configuration = json.loads(json.loads(check.metadata["mneme.adapter"])["modules"]["sdm"]["configuration"])
        numbers = splitmix(0x5D31988, 4 * len(counters) + 4 * len(key))
        addresses = signs(numbers[: 4 * len(counters)]).reshape(len(counters), 256) > 0
        address = signs(numbers[4 * len(counters) :]).reshape(256, len(key)) @ key > 0
        return counters[(addresses != address).sum(1) <= configuration.get("radius", 112)].sum(0)
    if kind == "delta":
        return array[f"{name}.weights"].astype(np.float64) @ key
    if kind == "progressive":
        outputs, laterals = array[f"{name}.outputs"].astype(np.float64), array[f"{name}.laterals"].astype(np.float64)
        count = outputs.shape[2] * len(key)
        first = signs(splitmix(0x160604671, -(-count // 64)))[:count].reshape(-1, len(key)) * 2**0.5
        hidden = first @ key
        hidden, found, place = hidden / (1 + abs(hidden)), [], 0
        for output in outputs:
            found.append(output @ hidden + sum((laterals[place + j] * y for j, y in enumerate(found)), np.zeros(256)))
            place += len(found) - 1
        return found


def slot_facts(check, kinds):
    """Every sentence that is remembered is read back by its own vector, with the cells computed here."""
    for kind in [kind for kind in SLOTS if kind in kinds]:
        tokens, written = check.arrays[f"{kind}.tokens"], set(check.arrays[f"{kind}.words.tokens"][:, 0].tolist())
        pending = set(check.arrays[f"{kind}.pending.tokens"].tolist())
        check.expect(set(tokens.tolist()) <= written | pending, f"{kind}: every token of a sentence was written as a word")
        ledger = json.loads(check.raw[f"{kind}.ledger"][2])
        counts = [fact["count"] for fact in ledger["facts"]]
        check.expect(sum(counts) == len(tokens), f"{kind}: sentences cover the tokens")
        if f"{kind}.meanings" not in check.raw or not len(check.arrays[f"{kind}.meanings"]):
            continue
        meanings = check.arrays[f"{kind}.meanings"].astype(np.float64)
        check.expect(np.abs(np.linalg.norm(meanings, axis=1) - 1).max() < 2e-3, f"{kind}: vectors of length 1")
        edges = np.cumsum([0, *counts])[: len(meanings) + 1]
        items = [sentence(tokens[a:b]) for a, b in zip(edges, edges[1:])]
        if kind == "memory-network":
            stored = [item & 0xFFFFFFFF for item in check.arrays[f"{kind}.sentences.items"].tolist()]
            check.expect(stored == items, f"{kind}: a slot per sentence")
            check.expect(np.abs(check.arrays[f"{kind}.sentences.keys"] - meanings).max() < 1e-6, f"{kind}: its key is the sentence's vector")
            continue
        codes = np.stack([code(item) for item in dict.fromkeys(items)])
        order = list(dict.fromkeys(items))
        right = 0
        for item, meaning in zip(items, meanings):
            value = slot_scores(check, kind, "sentences", meaning)
            scores = np.max([codes @ v for v in value], axis=0) if kind == "progressive" else codes @ value
            right += order[int(np.argmax(scores))] == item
        # What lies in one matrix blurs once there are about as many sentences as their vectors have values.
        least = 0.9 if len(items) <= 100 else 0.5
        check.expect(right >= least * len(items), f"{kind}: {right} of {len(items)} sentences are read back by their vectors")


FACTS = [slot_facts, adapter_facts, module_facts, journal_facts, episodic_facts, neighbor_facts, rows_facts, hopfield_facts]


def sealed(check, page, secret):
    check.container()
    check.checksums()
    check.metadata_keys("Encrypted files")
    check.tensors({"Encrypted files"})
    description = json.loads(check.metadata["mneme.encryption"])
    members = ["check", "chunk", "cipher", "kdf", "n", "nonce", "p", "r", "salt"]
    check.expect(sorted(description) == members, "members of the description")
    chunks = -(-len(check.body) // (description["chunk"] + 16))
    check.expect((len(check.body) - 16 * chunks) % 4096 == 0, "padded to a multiple of 4096 bytes")
    if secret is None:
        print(f"{check.name}: no passphrase, the inside is not looked at")
        return check.report()
    content = unseal(check.data, secret)
    inner = Check(content, page, f"{check.name}, decrypted")
    for text in ("mneme.modules", "journal", *inner.kinds()):
        check.expect(text.encode() not in check.data, f"{text} cannot be seen")
    ordinary(inner)
    return check.report() & inner.report()


def example(program, folder):
    """A memory file of every kind the program lists."""
    def run(*arguments):
        done = subprocess.run([program, *map(str, arguments), "--quiet"], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"mneme {' '.join(map(str, arguments))}: {done.stderr.strip()}")

    path, text = folder / "every-kind.mneme", folder / "text.txt"
    run("memory", "create", path, *[part for kind in kinds_of.names(program) for part in ("--module", kind)])
    for fact in ("My dog is called Bozkif.", "I live in Turin.", "My dog is called Halpit."):
        run("memory", "write", fact, "--memory", path)
    text.write_text("The rain came early that year and the river rose over the lower fields. " * 40)
    run("learn", text, "--memory", path)
    return path


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("files", nargs="*", type=Path)
    p.add_argument("--mneme", default=str(ROOT / ".build/release/mneme"))
    p.add_argument("--passphrase-file", type=Path)
    p.add_argument("--page", type=Path, default=ROOT / "Models/FORMAT.md")
    o = p.parse_args()
    secret = o.passphrase_file.read_text().split("\n")[0].rstrip("\r") if o.passphrase_file else None
    with tempfile.TemporaryDirectory() as folder:
        good = [holds(path, o.page, secret) for path in o.files or [example(o.mneme, Path(folder))]]
    return 0 if all(good) else 1


def holds(path, page, secret):
    with safe_open(path, framework="numpy") as file:
        is_sealed = "mneme.encryption" in file.metadata()
    check = Check(path.read_bytes(), page, path.name)
    if is_sealed:
        return sealed(check, page, secret)
    ordinary(check)
    return check.report()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes a text of many languages, emoji, code, numbers, control characters and invalid UTF-8: the same bytes every time.

    Tools/golden/mixed_text.py --bytes 1000000 > mixed.txt
"""
import argparse
import random
import sys
import unicodedata

SENTENCES = [
    "The quick brown fox jumps over the lazy dog; it's what they'll say, isn't it? I'D SAY WE'VE DONE.",
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich – straßauf, straßab!",
    "Voix ambiguë d'un cœur qui, au zéphyr, préfère les jattes de kiwis « à l'été ».",
    "Příliš žluťoučký kůň úpěl ďábelské ódy. Zażółć gęślą jaźń. İstanbul'da ışık yoktu.",
    "Съешь же ещё этих мягких французских булок, да выпей чаю. Ґанок, їжак і є.",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία· ΑΒΓ ἀρχὴ ᾳ ῥόδον.",
    "עטלף אבק נס דרך מזגן שהתפוצץ כי חם. שָׁלוֹם",
    "صِف خَلقَ خَودِ كَمِثلِ الشَمسِ إِذ بَزَغَت ١٢٣٤٥٦٧٨٩٠ یہ اردو ہے۔",
    "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का १२३४५ किमी",
    "আমি বাংলায় গান গাই। தமிழ் மொழி அழகானது. తెలుగు ఛందస్సు. ಕನ್ನಡ ಮಲയാളം",
    "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า ๑๒๓ ລາວ မြန်မာ ខ្មែរ",
    "我能吞下玻璃而不伤身体。繁體中文，「測試」１２３４５６！㐀䶿𠀀𪛖",
    "いろはにほへと ちりぬるを。カタカナ、ﾊﾝｶｸ、漢字交じり文ー〜",
    "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다. 한글",
    "ქართული ენა. Հայոց լեզու. አማርኛ ᏣᎳᎩ ᐃᓄᒃᑎᑐᑦ ꦗꦮ ᠮᠣᠩᠭᠣᠯ ߒߞߏ",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪🇫🇷 ❤️‍🔥 🧑🏿‍🚀 1️⃣ ☎️ 🦙🫠",
    "x² + ½ = ∑ᵢ₌₁ⁿ √π ≤ ∞; €5 £3 ¥7 ₿1 № 5 ™ © ® § ¶ † ‡ ‰ Ⅷ ⅓ ④ ㊿ 𝔘𝔫𝔦 𝟘𝟙𝟚",
    "e\u0301 a\u030a \u212b \u2126 o\u0308\u0304 q\u0323\u0307 \u1e69 s\u0307\u0323 \u0344 \ufb01 \u0958 \u0bca \u1100\u1161\u11a8",
    "def f(x: int) -> str:\n    \"\"\"Doc.\"\"\"\n    return f'{x!r:>10}' if x >= 0x1F else \"\\n\\t\"  # comment\n",
    "for (int i = 0; i < n; ++i) {\n\tsum += a[i] * b[i];\n\n\tif (sum != 3.14159e-10f) break;\r\n}\r\n",
    "<div class=\"a-b\"><!-- x --><a href='https://example.org/?q=1&r=%20#top'>link</a></div>",
    "SELECT COUNT(*) FROM `t` WHERE a<>1 AND b LIKE '%x_%' -- ok\n",
    "{\"key\": [1, 22, 333, 4444, 55555, 666666, 7777777, 1.0e+5], \"ok\": true, \"nul\": null}",
    "camelCaseWordsAndHTTPServerNames snake_case_words SCREAMING_CASE kebab-case iPhone15Pro McDonald'S",
    "don't DON'T you'll YOU'LL we're 'tis 'twas rock'n'roll o'clock I'm I'd it's 's 'S 't 're 've 'm 'll 'd",
]
SPACES = [" ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\t\t", " \n ", "\n   ", "\u00a0", "\u3000", "\u2003 ", "\u2028", "\u0085", "\v\f",
          "      ", " \t \n\n  "]
CONTROLS = ["\0", "\x01\x02", "\x1b[31m", "\x7f", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u061c", "\u202e", "\ue000", "\U000f0000", "\ufffd",
            "\u0378", "\ufffe"]
INVALID = [b"\x80", b"\xff\xfe", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x92", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe0\x80\x80"]


def assigned():
    """Letters, marks, numbers, punctuation and symbols that Unicode 13 has, too: tables differ in what came later."""
    late = {0x1df, 0x1fc}
    return [chr(c) for c in range(0x21, 0x20000)
            if unicodedata.category(chr(c))[0] in "LMNPS" and unicodedata.ucd_3_2_0.category(chr(c)) != "Cn" and c >> 8 not in late]


def pieces(numbers):
    characters = assigned()
    while True:
        kind = numbers.random()
        if kind < 0.42:
            yield numbers.choice(SENTENCES).encode()
        elif kind < 0.60:
            words = numbers.choice(SENTENCES).split(" ")
            yield numbers.choice(words).encode()
        elif kind < 0.70:
            yield "".join(numbers.choice(characters) for _ in range(numbers.randint(1, 12))).encode()
        elif kind < 0.76:
            base = numbers.choice([0x41, 0x61, 0xc0, 0x370, 0x400, 0x5d0, 0x900, 0xe00, 0x1e00, 0x3040, 0x4e00, 0xac00, 0x1f600])
            yield "".join(chr(base + numbers.randrange(48)) for _ in range(numbers.randint(1, 9))).encode()
        elif kind < 0.82:
            yield str(numbers.randrange(10 ** numbers.randint(1, 12))).encode()
        elif kind < 0.88:
            yield "".join(numbers.choice("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") for _ in range(numbers.randint(1, 6))).encode()
        elif kind < 0.94:
            yield "".join(numbers.choice("aAzZéÉßıİſǅªʰ中あก\u0301'’ 1") for _ in range(numbers.randint(2, 12))).replace("'ſ", "ſ").encode()
        elif kind < 0.97:
            yield numbers.choice(CONTROLS).encode()
        else:
            yield numbers.choice(INVALID)
        if numbers.random() < 0.7:
            yield numbers.choice(SPACES if numbers.random() < 0.5 else [" "]).encode()


def text(count, seed=1):
    """The first `count` bytes or a few more."""
    numbers = random.Random(seed)
    parts, size = [], 0
    for part in pieces(numbers):
        parts.append(part)
        size += len(part)
        if size >= count:
            return b"".join(parts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.stdout.buffer.write(text(options.bytes, options.seed))

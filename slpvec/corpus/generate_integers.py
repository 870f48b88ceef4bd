"""Templates of integer code: pixels, transforms of blocks, rounds of ciphers, bit packing, checksums."""

from __future__ import annotations

import random


def _restrict(rng: random.Random) -> str:
    return "restrict " if rng.random() < 0.6 else ""


def pixel_matrix(rng: random.Random, name: str) -> str:
    """Colours through a fixed-point matrix, rounded and clamped."""
    channels, shift = rng.choice((3, 3, 4)), rng.choice((8, 14, 16))
    rows = []
    for row in range(channels):
        weights = [rng.randrange(-(1 << shift) // 2, 1 << shift) for _ in range(channels)]
        products = " + ".join(f"({weight}) * p[{column}]" for column, weight in enumerate(weights))
        rows.append(f"        int v{row} = ({products} + {1 << (shift - 1)}) >> {shift};")
    stores = [f"        q[{row}] = (uint8_t)(v{row} < 0 ? 0 : v{row} > 255 ? 255 : v{row});" for row in range(channels)]
    q = _restrict(rng)
    lines = "\n".join(rows + stores)
    return f"""void {name}(uint8_t *{q}q, const uint8_t *{q}p, int n)
{{
    for (int i = 0; i < n; i++, p += {channels}, q += {channels}) {{
{lines}
    }}
}}
"""


def blend(rng: random.Random, name: str) -> str:
    """Two pixels mixed by an alpha, of the pixel or of the call."""
    channels = rng.choice((2, 3, 4, 4))
    alpha = rng.choice(("a", "src[3]")) if channels == 4 else "a"
    lines = [
        f"        dst[{c}] = (uint8_t)((src[{c}] * {alpha} + dst[{c}] * (255 - {alpha}) + 127) / 255);"
        if rng.random() < 0.9
        else f"        dst[{c}] = (uint8_t)((src[{c}] * {alpha} + dst[{c}] * (256 - {alpha})) >> 8);"
        for c in range(channels)
    ]
    body = "\n".join(lines)
    return f"""void {name}(uint8_t *{_restrict(rng)}dst, const uint8_t *src, int a, int n)
{{
    for (int i = 0; i < n; i++, src += {channels}, dst += {channels}) {{
{body}
    }}
}}
"""


def block_transform(rng: random.Random, name: str) -> str:
    """An integer transform of the rows or the columns of a 4x4 or 8x8 block, with shifts for multiplications."""
    size = rng.choice((4, 4, 8))
    type_ = rng.choice(("int16_t", "int32_t"))
    columns = rng.random() < 0.5

    def at(k: int) -> str:
        return f"b[{k} * {size} + i]" if columns else f"b[i * {size} + {k}]"

    half = size // 2
    lines = [f"        int s{k} = {at(k)} + {at(size - 1 - k)};" for k in range(half)]
    lines += [f"        int d{k} = {at(k)} - {at(size - 1 - k)};" for k in range(half)]
    for k in range(half):
        other = half - 1 - k
        sign = "+" if k < other else "-"
        lines.append(f"        {at(2 * k)} = ({type_})(s{k} {sign} s{other}{f' + (s{other} >> 1)' if k else ''});")
        factor = rng.choice(("(d{0} << 1)", "(d{0} >> 1)", "d{0} * 3", "d{0} * 5 >> 2")).format(k)
        lines.append(f"        {at(2 * k + 1)} = ({type_})({factor} {rng.choice('+-')} d{other});")
    body = "\n".join(lines)
    return f"void {name}({type_} *b)\n{{\n    for (int i = 0; i < {size}; i++) {{\n{body}\n    }}\n}}\n"


def cipher_round(rng: random.Random, name: str) -> str:
    """Rounds of additions, rotations and exclusive ors on a state of words, with shuffled words in between."""
    bits = rng.choice((32, 32, 64))
    width = rng.choice((2, 4, 4))
    word = f"uint{bits}_t"
    amounts = [rng.randrange(1, bits) for _ in range(4)]
    step = rng.randrange(1, width) if width > 1 else 0
    lines = [f"    {word} v{row}{lane} = s[{row * width + lane}];" for row in range(4) for lane in range(width)]

    def rotate(text: str, amount: int) -> str:
        return f"({text} << {amount}) | ({text} >> {bits - amount})"

    for turn in range(rng.choice((1, 2))):
        for lane in range(width):
            a, b, c, d = (f"v{row}{(lane + row * step * turn) % width}" for row in range(4))
            key = f" + k[{turn * width + lane}]" if rng.random() < 0.5 else ""
            lines += [
                f"    {a} += {b}{key}; {d} ^= {a}; {d} = {rotate(d, amounts[0])};",
                f"    {c} += {d}; {b} ^= {c}; {b} = {rotate(b, amounts[1])};",
            ]
            if rng.random() < 0.7:
                lines.append(f"    {a} ^= {c} >> {amounts[2] % (bits - 1) + 1}; {d} += {b};")
    lines += [
        f"    s[{row * width + lane}] {rng.choice(('=', '^='))} v{row}{lane};"
        for row in range(4)
        for lane in range(width)
    ]
    q = _restrict(rng)
    return f"void {name}({word} *{q}s, const {word} *{q}k)\n{{\n" + "\n".join(lines) + "\n}\n"


def load_words(rng: random.Random, name: str) -> str:
    """Words from bytes in either byte order, mixed with others."""
    words, size = rng.choice((2, 4, 8)), rng.choice((2, 4))
    type_ = f"uint{8 * size}_t"
    big = rng.random() < 0.5
    lines = []
    for w in range(words):
        parts = []
        for byte in range(size):
            shift = 8 * (size - 1 - byte if big else byte)
            parts.append(f"(uint32_t)p[{w * size + byte}] << {shift}" if shift else f"(uint32_t)p[{w * size + byte}]")
        lines.append(f"    out[{w}] {rng.choice(('=', '=', '^=', '+='))} ({type_})({' | '.join(parts)});")
    q = _restrict(rng)
    return f"void {name}({type_} *{q}out, const uint8_t *{q}p)\n{{\n" + "\n".join(lines) + "\n}\n"


def pack_bits(rng: random.Random, name: str) -> str:
    """Small fields packed into words, or taken out of them."""
    fields, bits = rng.choice(((4, 5), (4, 8), (8, 4), (8, 8), (6, 10)))
    mask = (1 << bits) - 1
    q = _restrict(rng)
    if rng.random() < 0.5:
        lines = [f"        out[{f}] = (uint16_t)((w >> {f * bits}) & {mask}u);" for f in range(fields)]
        body = "        uint64_t w = in[i];\n" + "\n".join(lines)
        return f"""void {name}(uint16_t *{q}out, const uint64_t *{q}in, int n)
{{
    for (int i = 0; i < n; i++, out += {fields}) {{
{body}
    }}
}}
"""
    word = " | ".join(f"((uint64_t)(in[{f}] & {mask}u) << {f * bits})" for f in range(fields))
    return f"""void {name}(uint64_t *{q}out, const uint16_t *{q}in, int n)
{{
    for (int i = 0; i < n; i++, in += {fields})
        out[i] = {word};
}}
"""


def prediction(rng: random.Random, name: str) -> str:
    """Samples less a prediction from their neighbours, as lossless coders do; several at a time."""
    lanes, order = rng.choice((3, 4, 8)), rng.choice((1, 2, 3))
    type_ = rng.choice(("int16_t", "int32_t"))
    weights = {1: (1,), 2: (2, -1), 3: (3, -3, 1)}[order]
    lines = []
    for lane in range(lanes):
        guess = " + ".join(f"({weight}) * x[{order + lane - 1 - back}]" for back, weight in enumerate(weights))
        lines.append(f"    r[{lane}] = ({type_})(x[{order + lane}] - ({guess}));")
    q = _restrict(rng)
    return f"void {name}({type_} *{q}r, const {type_} *{q}x)\n{{\n" + "\n".join(lines) + "\n}\n"


def difference_sum(rng: random.Random, name: str) -> str:
    """The sum of absolute or squared differences of two small blocks of bytes."""
    width, height = rng.choice((4, 8)), rng.choice((1, 2, 4))
    squared = rng.random() < 0.4
    lines = []
    for x in range(width):
        lines.append(f"        int d{x} = a[{x}] - b[{x}];")
        lines.append(f"        sum += d{x} * d{x};" if squared else f"        sum += d{x} < 0 ? -d{x} : d{x};")
    body = "\n".join(lines)
    return f"""int {name}(const uint8_t *a, int astride, const uint8_t *b, int bstride)
{{
    int sum = 0;
    for (int y = 0; y < {height}; y++, a += astride, b += bstride) {{
{body}
    }}
    return sum;
}}
"""


def interpolate(rng: random.Random, name: str) -> str:
    """Bytes between samples: a filter of two, four or six taps along a row or down a column."""
    weights = rng.choice(((1, 1), (3, 1), (-1, 9, 9, -1), (1, 3, 3, 1), (1, -5, 20, 20, -5, 1), (-1, 5, 5, -1)))
    total = sum(weights)
    shift = total.bit_length() - 1
    lanes = rng.choice((4, 8))
    down = rng.random() < 0.5
    lines = []
    for x in range(lanes):
        taps = " + ".join(f"({w}) * in[{x}{f' + {k} * stride' if down else f' + {k}'}]" for k, w in enumerate(weights))
        lines.append(f"    int v{x} = ({taps} + {1 << shift >> 1}) >> {shift};")
    lines += [f"    out[{x}] = (uint8_t)(v{x} < 0 ? 0 : v{x} > 255 ? 255 : v{x});" for x in range(lanes)]
    q = _restrict(rng)
    body = "\n".join(lines)
    return f"void {name}(uint8_t *{q}out, const uint8_t *{q}in, int stride)\n{{\n    (void)stride;\n{body}\n}}\n"


INTEGER_TEMPLATES = (
    pixel_matrix,
    blend,
    block_transform,
    cipher_round,
    load_words,
    pack_bits,
    prediction,
    difference_sum,
    interpolate,
)
"""All templates of this file."""

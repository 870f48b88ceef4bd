"""Templates of floating-point code: matrices, geometry, complex numbers, filters, cells of fields."""

from __future__ import annotations

import random


def _real(rng: random.Random) -> tuple[str, str]:
    """An element type and the suffix of its constants."""
    return rng.choice((("double", ""), ("float", "f")))


def _restrict(rng: random.Random) -> str:
    return "restrict " if rng.random() < 0.6 else ""


def _number(rng: random.Random, suffix: str) -> str:
    return f"{rng.randrange(1, 4000) / 1024!r}{suffix}"


def matrix_product(rng: random.Random, name: str) -> str:
    """C = A B or C -= A B of small matrices, by rows or by columns; loops that the compiler unrolls."""
    real, suffix = _real(rng)
    n, m, k = (rng.choice((2, 3, 3, 4, 4, 5, 6)) for _ in range(3))
    q = _restrict(rng)
    by_columns = rng.random() < 0.4
    sign = rng.choice(("+", "+", "-"))

    def at(row: str, column: str, rows: int, columns: int) -> str:
        return f"{column} * {rows} + {row}" if by_columns else f"{row} * {columns} + {column}"

    start = rng.choice((f"0.0{suffix}", f"c[{at('i', 'j', n, m)}]"))
    return f"""void {name}({real} *{q}c, const {real} *{q}a, const {real} *{q}b)
{{
    for (int i = 0; i < {n}; i++)
        for (int j = 0; j < {m}; j++) {{
            {real} sum = {start};
            for (int k = 0; k < {k}; k++)
                sum {sign}= a[{at("i", "k", n, k)}] * b[{at("k", "j", k, m)}];
            c[{at("i", "j", n, m)}] = sum;
        }}
}}
"""


def transform_points(rng: random.Random, name: str) -> str:
    """An affine map of an array of points, with or without division by w."""
    real, suffix = _real(rng)
    d = rng.choice((2, 3, 3, 4))
    fields = "xyzw"[:d]
    rows = []
    for row, field in enumerate(fields):
        products = " + ".join(f"m[{row * (d + 1) + column}] * p.{other}" for column, other in enumerate(fields))
        rows.append(f"        {real} {field} = {products} + m[{row * (d + 1) + d}];")
    divide = rng.random() < 0.3
    scale = f"        {real} r = 1.0{suffix} / (1.0{suffix} + p.{fields[-1]} * m[0]);\n" if divide else ""
    stores = "\n".join(f"        to[i].{field} = {field}{' * r' if divide else ''};" for field in fields)
    return f"""typedef struct {{ {real} {", ".join(fields)}; }} {name}_point;
void {name}({name}_point *{_restrict(rng)}to, const {name}_point *from, const {real} *m, int n)
{{
    for (int i = 0; i < n; i++) {{
        {name}_point p = from[i];
{chr(10).join(rows)}
{scale}{stores}
    }}
}}
"""


def complex_update(rng: random.Random, name: str) -> str:
    """z = z op a * b of interleaved complex numbers, either factor perhaps conjugated."""
    real, _ = _real(rng)
    q = _restrict(rng)
    conjugate = rng.random() < 0.4
    first, second = ("+", "-") if conjugate else ("-", "+")
    assign = rng.choice(("=", "+=", "-="))
    count = rng.choice(("n", "2", "4"))
    return f"""void {name}({real} *{q}z, const {real} *{q}a, const {real} *{q}b, int n)
{{
    (void)n;
    for (int i = 0; i < {count}; i++) {{
        {real} re = a[2 * i] * b[2 * i] {first} a[2 * i + 1] * b[2 * i + 1];
        {real} im = a[2 * i] * b[2 * i + 1] {second} a[2 * i + 1] * b[2 * i];
        z[2 * i] {assign} re;
        z[2 * i + 1] {assign} im;
    }}
}}
"""


def butterfly(rng: random.Random, name: str) -> str:
    """Stages of sums and differences with rotations, as fast transforms have, on 4 or 8 values in a row or strided."""
    real, suffix = _real(rng)
    size = rng.choice((4, 8, 8))
    stride = rng.choice(("", "", " * stride"))
    lines = [f"    {real} v{i}_0 = x[{i}{stride}];" for i in range(size)]
    half, stage = size // 2, 0
    while half:
        for low in (i for i in range(size) if not i & half):
            high = low + half
            lines.append(f"    {real} v{low}_{stage + 1} = v{low}_{stage} + v{high}_{stage};")
            factor = f" * {_number(rng, suffix)}" if rng.random() < 0.6 else ""
            difference = f"(v{low}_{stage} - v{high}_{stage})"
            lines.append(f"    {real} v{high}_{stage + 1} = {difference}{factor};")
        half, stage = half // 2, stage + 1
    order = list(range(size))
    if rng.random() < 0.5:
        order = [int(f"{i:0{size.bit_length() - 1}b}"[::-1], 2) for i in order]
    lines += [f"    x[{i}{stride}] = v{order[i]}_{stage};" for i in range(size)]
    return f"void {name}({real} *x, int stride)\n{{\n    (void)stride;\n" + "\n".join(lines) + "\n}\n"


def cell_update(rng: random.Random, name: str) -> str:
    """Second differences of every component of a cell along one direction of a field."""
    real, suffix = _real(rng)
    parts = rng.choice((3, 4, 5, 6))
    q = _restrict(rng)
    weight = _number(rng, suffix)
    fourth = rng.random() < 0.4
    outer = f" + {_number(rng, suffix)} * (u[i + 2][m] + u[i - 2][m])" if fourth else ""
    return f"""void {name}({real} (*{q}r)[{parts}], {real} (*{q}u)[{parts}], {real} h, int n)
{{
    for (int i = 2; i < n - 2; i++)
        for (int m = 0; m < {parts}; m++)
            r[i][m] += h * (u[i + 1][m] - 2.0{suffix} * u[i][m] + u[i - 1][m]{outer}) - {weight} * u[i][m];
}}
"""


def quaternion(rng: random.Random, name: str) -> str:
    """Products and rotations of quaternions stored as x, y, z, w or w first."""
    real, _ = _real(rng)
    w = rng.choice((0, 3))
    x, y, z = (1, 2, 3) if w == 0 else (0, 1, 2)
    q = _restrict(rng)
    rows = {
        w: f"p[{w}] * q[{w}] - p[{x}] * q[{x}] - p[{y}] * q[{y}] - p[{z}] * q[{z}]",
        x: f"p[{w}] * q[{x}] + p[{x}] * q[{w}] + p[{y}] * q[{z}] - p[{z}] * q[{y}]",
        y: f"p[{w}] * q[{y}] - p[{x}] * q[{z}] + p[{y}] * q[{w}] + p[{z}] * q[{x}]",
        z: f"p[{w}] * q[{z}] + p[{x}] * q[{y}] - p[{y}] * q[{x}] + p[{z}] * q[{w}]",
    }
    lines = [f"    {real} r{i} = {rows[i]};" for i in sorted(rows)] + [f"    r[{i}] = r{i};" for i in range(4)]
    body = "\n".join(lines)
    return f"void {name}({real} *{q}r, const {real} *{q}p, const {real} *{q}q)\n{{\n{body}\n}}\n"


def bounding_box(rng: random.Random, name: str) -> str:
    """Extends boxes by points, or unites two."""
    real, _ = _real(rng)
    d = rng.choice((2, 3, 4))
    lines = []
    for axis in range(d):
        lines += [
            f"        low[{axis}] = p[{axis}] < low[{axis}] ? p[{axis}] : low[{axis}];",
            f"        high[{axis}] = p[{axis}] > high[{axis}] ? p[{axis}] : high[{axis}];",
        ]
    body = "\n".join(lines if rng.random() < 0.5 else lines[::2] + lines[1::2])
    q = _restrict(rng)
    return f"""void {name}({real} *{q}low, {real} *{q}high, const {real} *p, int n)
{{
    for (int i = 0; i < n; i++, p += {d}) {{
{body}
    }}
}}
"""


def filter_bank(rng: random.Random, name: str) -> str:
    """One sample through several second-order sections or channels."""
    real, _ = _real(rng)
    channels = rng.choice((2, 4, 4, 6, 8))
    lines = []
    for c in range(channels):
        s = f"state[{2 * c}]", f"state[{2 * c + 1}]"
        lines += [
            f"    {real} y{c} = k[{c}] * in[{c}] + {s[0]};",
            f"    {s[0]} = k[{channels + c}] * in[{c}] - k[{3 * channels + c}] * y{c} + {s[1]};",
            f"    {s[1]} = k[{2 * channels + c}] * in[{c}] - k[{4 * channels + c}] * y{c};",
        ]
    lines += [f"    out[{c}] = y{c};" for c in range(channels)]
    q = _restrict(rng)
    body = "\n".join(lines)
    return f"void {name}({real} *{q}out, const {real} *{q}in, {real} *{q}state, const {real} *{q}k)\n{{\n{body}\n}}\n"


def polynomials(rng: random.Random, name: str) -> str:
    """Several polynomials at one place, or one at several, by Horner's rule."""
    real, suffix = _real(rng)
    lanes, degree = rng.choice((2, 3, 4, 8)), rng.randrange(2, 7)
    shared = rng.random() < 0.5
    lines = []
    for lane in range(lanes):
        x = "x[0]" if shared else f"x[{lane}]"
        constants = [_number(rng, suffix) for _ in range(degree + 1)]
        text = constants[0]
        for constant in constants[1:]:
            text = f"({text} * {x} + {constant})"
        lines.append(f"    y[{lane}] = {text};")
    if rng.random() < 0.3:
        lines = [
            line.replace(" = ", " = sqrt(fabs(" if suffix == "" else " = sqrtf(fabsf(").replace(";", "));")
            for line in lines
        ]
    q = _restrict(rng)
    return f"void {name}({real} *{q}y, const {real} *{q}x)\n{{\n" + "\n".join(lines) + "\n}\n"


def particles(rng: random.Random, name: str) -> str:
    """Forces between two particles of a system, and their velocities' change."""
    real, suffix = _real(rng)
    fields = "xyz"[: rng.choice((2, 3, 3))]
    order = f"{real} {', '.join(fields)}, {', '.join('v' + f for f in fields)}, mass;"
    difference = "\n".join(f"    {real} d{f} = p->{f} - q->{f};" for f in fields)
    square = " + ".join(f"d{f} * d{f}" for f in fields)
    root = "sqrt" if suffix == "" else "sqrtf"
    change = "\n".join(f"    p->v{f} -= d{f} * q->mass * k;\n    q->v{f} += d{f} * p->mass * k;" for f in fields)
    move = "\n".join(f"    p->{f} += h * p->v{f};" for f in fields) if rng.random() < 0.5 else ""
    return f"""typedef struct {{ {order} }} {name}_body;
void {name}({name}_body *p, {name}_body *q, {real} h)
{{
{difference}
    {real} d2 = {square} + {_number(rng, suffix)};
    {real} k = h / (d2 * {root}(d2));
{change}
{move}
}}
"""


REAL_TEMPLATES = (
    matrix_product,
    transform_points,
    complex_update,
    butterfly,
    cell_update,
    quaternion,
    bounding_box,
    filter_bank,
    polynomials,
    particles,
)
"""All templates of this file."""

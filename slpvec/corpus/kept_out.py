"""What is kept for evaluation, never trained or tuned on: packages, files that others carry, functions.

Many packages carry copies of small libraries (an image codec its `zlib` folder, a speech codec its `kiss_fft.c`), so
paths and function names are looked at as well as package names.
"""

from __future__ import annotations

import re

KEPT_OUT = (
    "NAS",
    "NPB",
    "TSVC",
    "PolyBench",
    "llvm-test-suite",
    "LLVM",
    "cglm",
    "libjpeg-turbo",
    "x264",
    "stb",
    "linmath",
    "BLAKE2",
    "Monocypher",
    "zlib",
    "lz4",
    "HandmadeMath",
    "minimp3",
    "kissfft",
    "LULESH",
    "lodepng",
)
"""Packages kept for evaluation."""

# Debian's and PyPI's spellings carry prefixes and suffixes: libx264-164, zlib1g, python-lz4, zlib-ng.
_PACKAGE = re.compile(
    r"(?:lib|python3?|py|mini)?(?:"
    r"nas|naspb|nasbench|nasparallelbenchmarks|npb\w*|tsvc\w*|polybench\w*|llvm\w*|clang\w*|cglm|jpegturbo|jpeg\d*"
    r"|jpegturbo\d*|x264\w*|stb\w*|linmath\w*|b2|blake2\w*|monocypher|zlib\w*|lz4\w*|handmademath|minimp3|kissfft\w*"
    r"|lulesh\w*|lodepng\w*)(?:dev|src)?\d*"
)
_PATH = re.compile(
    r"(?:^|[/_.-])(?:nas|npb|tsvc|polybench|cglm|(?:lib)?jpeg-turbo|x264|linmath|blake2\w*|monocypher|zlib|lz4\w*"
    r"|handmade_?math|minimp3|kiss_?fft\w*|_kiss_\w*|lulesh|lodepng|stb(?:_\w+)?)(?=$|[/_.-])",
    re.IGNORECASE,
)
_FUNCTION = re.compile(
    r"_*(?:blake2[bs]?p?_|crypto_(?:generic)?hash_blake2|kiss_fft|kf_bfly|kf_work|opus_fft|stbi?_|stb[a-z]+_|LZ4(?:HC|F)?_"
    r"|lodepng_|mp3dec_|x264_|glmc?_|HMM_|linmath_|crypto_blake2)"
)


# The same in a C++ name: each part stands behind its length.
_MANGLED = re.compile(
    r"_Z.*[0-9](?:kiss_?fft|kf_bfly|blake2|stbi?_|LZ4|lodepng|mp3dec|x264|HMM_|cglm|linmath)", re.IGNORECASE
)


def is_kept_out_package(name: str) -> bool:
    """Whether a package of this name is kept for evaluation."""
    return _PACKAGE.fullmatch(re.sub(r"[-_.+ ]", "", name.lower())) is not None


def is_kept_out_path(path: str) -> bool:
    """Whether a file inside a package looks like a copy of something kept for evaluation."""
    return _PATH.search(path) is not None


def is_kept_out_function(name: str) -> bool:
    """Whether a function's name says that it is a copy of something kept for evaluation."""
    return _FUNCTION.match(name) is not None or _MANGLED.match(name) is not None

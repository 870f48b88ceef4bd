"""The opcodes and flags of LLVM IR by kind."""

from __future__ import annotations

FAST_MATH_FLAGS = frozenset({"fast", "nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc"})
INTEGER_FLAGS = frozenset({"nsw", "nuw", "exact", "disjoint", "nneg", "samesign"})
ADDRESS_FLAGS = frozenset({"inbounds", "nusw", "nuw"})
FLAGS = FAST_MATH_FLAGS | INTEGER_FLAGS

INTEGER_BINARY = frozenset(
    {"add", "sub", "mul", "udiv", "sdiv", "urem", "srem", "shl", "lshr", "ashr", "and", "or", "xor"}
)
FLOAT_BINARY = frozenset({"fadd", "fsub", "fmul", "fdiv", "frem"})
BINARY = INTEGER_BINARY | FLOAT_BINARY
CASTS = frozenset(
    {
        *("trunc", "zext", "sext", "fptrunc", "fpext", "fptoui", "fptosi", "uitofp", "sitofp"),
        *("ptrtoint", "ptrtoaddr", "inttoptr", "bitcast", "addrspacecast"),
    }
)
TERMINATORS = frozenset(
    {
        *("ret", "br", "switch", "indirectbr", "invoke", "callbr", "resume", "unreachable"),
        *("catchswitch", "catchret", "cleanupret"),
    }
)
ORDERINGS = frozenset({"unordered", "monotonic", "acquire", "release", "acq_rel", "seq_cst"})
CONSTANT_WORDS = frozenset(
    {
        *("true", "false", "null", "undef", "poison", "zeroinitializer", "none", "splat", "asm"),
        *("blockaddress", "dso_local_equivalent", "no_cfi", "ptrauth", "getelementptr", "bitcast", "addrspacecast"),
        *("trunc", "ptrtoint", "ptrtoaddr", "inttoptr", "add", "sub", "xor"),
        *("extractelement", "insertelement", "shufflevector"),
    }
)
"""Words that a constant may start with; any other word between an argument's type and value is an attribute."""

#!/usr/bin/env python3
"""Tarballs that contradict themselves, for hostile-import.bats.

usage: hostile.py DIR

Writes DIR/NAME.tar for each, and a line "NAME VERDICT" to stdout: what is to become of it.

    same   it is unpacked, and GNU tar sees the same files
    error  it is refused
    ours   it is unpacked, to something else than GNU tar's
"""
import os
import sys

BLOCK = 512
USTAR, GNU = b"ustar\x0000", b"ustar  \0"


def num(value, n):
    """A field of a header: bytes as they are, a number in octal or else in base 256."""
    if isinstance(value, bytes):
        return value.ljust(n, b"\0")[:n]
    if 0 <= value < 8 ** (n - 1):
        return b"%0*o\0" % (n - 1, value)
    data = (value & ((1 << 8 * n) - 1)).to_bytes(n, "big")
    return bytes([data[0] | 0x80]) + data[1:]


def header(name, typ=b"0", size=0, mode=0o644, uid=0, gid=0, mtime=0, link=b"", magic=USTAR, prefix=b"", major=0,
           minor=0, chksum=None, tail=()):
    h = bytearray(BLOCK)
    name = name.encode() if isinstance(name, str) else name
    fields = [(0, name[:100]), (100, num(mode, 8)), (108, num(uid, 8)), (116, num(gid, 8)), (124, num(size, 12)),
              (136, num(mtime, 12)), (148, b" " * 8), (156, typ), (157, link), (257, magic), (329, num(major, 8)),
              (337, num(minor, 8)), (345, prefix), *tail]
    for at, data in fields:
        h[at:at + len(data)] = data
    h[148:156] = b"%06o\0 " % (sum(h) if chksum is None else chksum)
    return bytes(h)


def pad(data):
    return data + b"\0" * (-len(data) % BLOCK)


def f(name, data=b"x", **fields):
    fields.setdefault("size", len(data))
    return header(name, **fields) + pad(data)


def record(key, value):
    key, value = (x.encode() if isinstance(x, str) else x for x in (key, value))
    body = b" " + key + b"=" + value + b"\n"
    n = len(body)
    while len(str(n)) + len(body) != n:
        n = len(str(n)) + len(body)
    return str(n).encode() + body


def pax(*records, typ=b"x", raw=None):
    data = b"".join(record(k, v) for k, v in records) if raw is None else raw
    return header("pax", typ, len(data)) + pad(data)


def paxraw(data):
    return pax(raw=data)


def longname(name, typ=b"L", size=None):
    data = name + b"\0"
    return header("././@LongLink", typ, len(data) if size is None else size, magic=GNU) + pad(data)


# --- sparse files: 0.1, 1.0, and GNU tar's own before there was pax ----------------------------------------

def sp01(sparse_map, count, real, data, extra=()):
    return pax(("GNU.sparse.size", str(real)), ("GNU.sparse.numblocks", str(count)), ("GNU.sparse.map", sparse_map),
               *extra) + f("s", data)


def ok01(pairs, real, data):
    return sp01(",".join("%d,%d" % p for p in pairs), len(pairs), real, data)


def sp10(sparse_map, real, data, name="named"):
    return pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", name),
               ("GNU.sparse.realsize", str(real))) + f("s", pad(sparse_map) + data)


def old_sparse(name, pairs, data, real, ext=0, more=b""):
    tail = [(386 + 24 * i, num(o, 12) + num(n, 12)) for i, (o, n) in enumerate(pairs[:4])]
    tail += [(482, bytes([ext])), (483, num(real, 12))]
    return header(name, b"S", len(data), magic=GNU, tail=tail) + more + pad(data)


def extb(pairs, more=0):
    block = bytearray(BLOCK)
    for i, (o, n) in enumerate(pairs):
        block[24 * i:24 * i + 24] = num(o, 12) + num(n, 12)
    block[504] = more
    return bytes(block)


# --- the tarballs -----------------------------------------------------------------------------------------

CASES = {}
END = b"\0" * 1024


def case(verdict, name, parts, end=END):
    CASES[name] = (verdict, b"".join(parts) + end)


def same(name, *parts, **end):
    case("same", name, parts, **end)


def error(name, *parts, **end):
    case("error", name, parts, **end)


def ours(name, *parts, **end):
    case("ours", name, parts, **end)


A, Z = f("a", b"first"), f("z", b"last")
hidden = f("hidden", b"h")  # a file where others see content
d1, d2 = b"a" * 512, b"b" * 300

KINDS = [("dir", b"5", {}), ("symlink", b"2", {"link": b"a"}), ("hardlink", b"1", {"link": b"a"}),
         ("char", b"3", {"major": 1, "minor": 3}), ("block", b"4", {"major": 1, "minor": 3}), ("fifo", b"6", {})]
for kind, letter, more in KINDS:
    same("size-on-" + kind, A, header("b", letter, 512, **more), hidden, Z)
    error("size-on-%s-data" % kind, A, header("b", letter, 5, **more), pad(b"hello"), Z)
    error("paxsize-on-" + kind, A, pax(("size", "1024")), header("b", letter, 0, **more), hidden, Z)
    (error if kind == "hardlink" else same)("size-on-%s-in-pax" % kind, pax(("mtime", "1.5")), A,
                                            header("b", letter, 1024, **more), hidden, Z)
same("base256", A, f("b", b"hello", size=b"\x80" + 5 .to_bytes(11, "big")), Z)
error("base256-negative", A, f("b", b"hello", size=b"\xff" * 12), Z)
error("base256-min", A, f("b", b"hello", size=b"\x80\x00\x00\x00\x80" + b"\x00" * 7), Z)
error("base256-2^63", A, f("b", b"hello", size=1 << 63), Z)
error("base256-2^63-1", A, f("b", b"hello", size=(1 << 63) - 1), Z)
error("base256-2^64+5", A, f("b", b"hello", size=(1 << 64) + 5), Z)
error("base256-2^94", A, f("b", b"hello", size=1 << 94), Z)
same("octal-12-digits", A, f("b", b"hello", size=b"000000000005"), Z)
same("octal-spaces", A, f("b", b"hello", size=b"         5 \x00"), Z)
error("octal-nul-lead", A, f("b", b"hello", size=b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x005\x00"), Z)
error("octal-garbage", A, f("b", b"hello", size=b"5xyz\x00"), Z)
error("octal-nine", A, f("b", b"hello", size=b"00000000009\x00"), Z)
error("octal-minus", A, f("b", b"hello", size=b"-0000000005\x00"), Z)
error("octal-plus", A, f("b", b"hello", size=b"+0000000005\x00"), Z)
same("octal-empty", A, header("b", size=b"\x00" * 12), Z)
error("octal-max", A, header("b", size=b"777777777777"), Z)
same("pax-size", A, pax(("size", "5")), header("b", size=0) + pad(b"hello"), Z)
error("pax-size-0", A, pax(("size", "0")), f("b", b"hello"), Z)
same("pax-size-hides", A, pax(("size", "1024")), header("b", size=0), hidden, Z)
same("pax-size-shows", A, pax(("size", "0")), header("b", size=1024), hidden, Z)
error("pax-size-negative", A, pax(("size", "-5")), f("b", b"hello"), Z)
error("pax-size-text", A, pax(("size", "5x")), f("b", b"hello"), Z)
error("pax-size-empty", A, pax(("size", "")), f("b", b"hello"), Z)
error("pax-size-fraction", A, pax(("size", "5.5")), f("b", b"hello"), Z)
error("pax-size-hex", A, pax(("size", "0x5")), f("b", b"hello"), Z)
error("pax-size-blank", A, pax(("size", " 5")), f("b", b"hello"), Z)
error("pax-size-plus", A, pax(("size", "+5")), f("b", b"hello"), Z)
error("pax-size-2^63", A, pax(("size", str(1 << 63))), f("b", b"hello"), Z)
error("pax-size-2^64+5", A, pax(("size", str((1 << 64) + 5))), f("b", b"hello"), Z)
same("pax-size-twice", A, pax(("size", "1024"), ("size", "0")), header("b", size=0), hidden, Z)
error("pax-size-two-headers", A, pax(("size", "1024")), pax(("mtime", "5")), header("b", size=0), hidden, Z)
same("pax-size-before-L", A, pax(("size", "1024")), longname(b"long"), header("b", size=0), hidden, Z)
error("pax-size-before-L-0", A, pax(("size", "0")), longname(b"long"), f("b", b"hello"), Z)
same("pax-size-after-L", A, longname(b"long"), pax(("size", "5")), header("b", size=0) + pad(b"hello"), Z)
error("pax-size-before-K", A, pax(("size", "1024")), longname(b"long", b"K"), header("b", b"2", size=0),
      hidden, Z)
error("pax-size-before-x", A, pax(("size", "1024")), pax(("path", "c")), header("b", size=0), hidden, Z)
same("pax-size-before-g", A, pax(("size", "1024")), pax(("comment", "c"), typ=b"g"), header("b", size=0),
     hidden, Z)
error("global-size", pax(("size", "5"), typ=b"g"), header("b", size=0) + pad(b"hello"))
error("global-path", pax(("path", "p"), typ=b"g"), A, Z)
error("global-linkpath", pax(("linkpath", "p"), typ=b"g"), A, header("l", b"2", link=b"a"))
error("global-mtime", pax(("mtime", "77"), typ=b"g"), A)
error("global-uid", pax(("uid", "77"), typ=b"g"), A)
error("pax-long-then-L-path", pax(("path", "p")), longname(b"long"), f("b"))
error("L-then-pax-path", longname(b"long"), pax(("path", "p")), f("b"))
error("sparse01-overlap", A, sp01("100,4,102,1", 2, 8192, b"datax"), Z)
error("sparse01-backwards", A, sp01("5000,4,100,1", 2, 8192, b"datax"), Z)
error("sparse01-beyond", A, sp01("8190,5", 1, 8192, b"datax"), Z)
error("sparse01-huge-offset", A, sp01("9223372036854775000,5", 1, 8192, b"datax"), Z)
error("sparse01-wraps", A, sp01("9223372036854775805,5", 1, 9223372036854775807, b"datax"), Z)
error("sparse01-negative", A, sp01("-5,5", 1, 8192, b"datax"), Z)
error("sparse01-more-data", A, sp01("100,2", 1, 8192, b"datax"), Z)
error("sparse01-less-data", A, sp01("100,600", 1, 8192, b"datax"), Z)
error("sparse01-odd", A, sp01("100,5,200", 2, 8192, b"datax"), Z)
error("sparse01-text", A, sp01("100,5,x", 1, 8192, b"datax"), Z)
error("sparse01-count-lies", A, sp01("100,5", 2, 8192, b"datax"), Z)
error("sparse01-count-lies-2", A, sp01("100,2,200,3", 1, 8192, b"datax"), Z)
error("sparse01-no-map", A, pax(("GNU.sparse.size", "8192"), ("GNU.sparse.numblocks", "1")), f("s",
      b"datax"), Z)
error("sparse01-no-size", A, pax(("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "0,5")), f("s",
      b"datax"), Z)
error("sparse01-shrinks", A, sp01("0,5", 1, 3, b"datax"), Z)
same("sparse01-name", A, sp01("0,5", 1, 5, b"datax", extra=(("GNU.sparse.name", "named"),)), Z)
error("sparse01-name-empty", A, sp01("0,5", 1, 5, b"datax", extra=(("GNU.sparse.name", ""),)), Z)
error("sparse00-overlap", A, pax(("GNU.sparse.size", "8192"), ("GNU.sparse.numblocks", "2"),
      ("GNU.sparse.offset", "100"), ("GNU.sparse.numbytes", "4"), ("GNU.sparse.offset", "101"),
      ("GNU.sparse.numbytes", "1")), f("s", b"datax"), Z)
error("sparse00-half", A, pax(("GNU.sparse.size", "8192"), ("GNU.sparse.numblocks", "2"),
      ("GNU.sparse.offset", "100"), ("GNU.sparse.numbytes", "5"), ("GNU.sparse.offset", "5000")), f("s",
      b"datax"), Z)
error("sparse00-order", A, pax(("GNU.sparse.size", "8192"), ("GNU.sparse.numblocks", "1"),
      ("GNU.sparse.numbytes", "5"), ("GNU.sparse.offset", "100")), f("s", b"datax"), Z)
error("sparse10-overlap", A, sp10(b"2\n100\n4\n101\n1\n", 8192, b"datax"), Z)
error("sparse10-backwards", A, sp10(b"2\n5000\n4\n100\n1\n", 8192, b"datax"), Z)
error("sparse10-huge-count", A, sp10(b"99999999999\n1\n1\n", 8192, b"datax"), Z)
error("sparse10-negative", A, sp10(b"1\n-5\n5\n", 8192, b"datax"), Z)
error("sparse10-cut", A, sp10(b"2\n100\n4\n", 8192, b""), Z)
error("sparse10-no-map", A, sp10(b"", 8192, b""), Z)
error("sparse10-beyond", A, sp10(b"1\n8190\n5\n", 8192, b"datax"), Z)
error("sparse10-more-data", A, sp10(b"1\n0\n2\n", 8192, b"datax"), Z)
error("sparse10-less-data", A, sp10(b"1\n0\n900\n", 8192, b"datax"), Z)
error("sparse10-shrinks", A, sp10(b"1\n0\n5\n", 3, b"datax"), Z)
error("sparse10-dotdot", A, sp10(b"1\n0\n5\n", 5, b"datax", name="../outside"), Z)
error("sparse10-long-number", A, sp10(b"1\n" + b"0" * 600 + b"\n5\n", 8192, b"datax"), Z)
error("sparse10-not-decimal", A, sp10(b"1\n0x10\n5\n", 8192, b"datax"), Z)
error("sparse10-no-realsize", A, pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"),
      ("GNU.sparse.name", "n")), f("s", pad(b"1\n0\n5\n") + b"datax"), Z)
error("sparse11", A, pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "1"), ("GNU.sparse.name", "n"),
      ("GNU.sparse.realsize", "5")), f("s", pad(b"1\n0\n5\n") + b"datax"), Z)
error("sparse-old-overlap", A, old_sparse("s", [(100, 4), (101, 1)], b"datax", 8192), Z)
error("sparse-old-backwards", A, old_sparse("s", [(5000, 4), (100, 1)], b"datax", 8192), Z)
error("sparse-old-huge", A, old_sparse("s", [((1 << 63) - 3, 5)], b"datax", (1 << 63) - 1), Z)
error("sparse-old-negative", A, old_sparse("s", [(-5, 5)], b"datax", 8192), Z)
error("sparse-old-real-negative", A, old_sparse("s", [(0, 5)], b"datax", -1), Z)
error("sparse-old-beyond", A, old_sparse("s", [(8190, 5)], b"datax", 8192), Z)
error("sparse-old-more-data", A, old_sparse("s", [(0, 2)], b"datax", 8192), Z)
error("sparse-old-less-data", A, old_sparse("s", [(0, 900)], b"datax", 8192), Z)
error("sparse-old-shrinks", A, old_sparse("s", [(0, 5)], b"datax", 3), Z)
error("sparse-old-extended-forever", A, old_sparse("s", [(0, 1), (10, 1), (20, 1), (30, 1)], b"datax", 8192,
      ext=1, more=extb([(40, 1)], 1)), Z)
ours("sparse-old-empty-then-more", A, old_sparse("s", [(0, 0), (10, 5)], b"datax", 8192), Z)
error("pax-nul-path", A, pax(("path", b"p\x00q")), f("b"), Z)
error("pax-nul-key", A, pax((b"pa\x00th", b"p")), f("b"), Z)
error("pax-empty-path", A, pax(("path", "")), f("b"), Z)
error("pax-empty-linkpath", A, pax(("linkpath", "")), header("l", b"2", link=b"a"), Z)
error("pax-nul-linkpath", A, pax(("linkpath", b"a\x00q")), header("l", b"2", link=b"b"), Z)
same("pax-path-twice", A, pax(("path", "p"), ("path", "q")), f("b"), Z)
error("pax-linkpath-huge", A, pax(("linkpath", "l" * (1 << 20))), header("l", b"2", link=b"a"), Z)
error("pax-no-newline", A, paxraw(b"9 path=pq"), f("b"), Z)
error("pax-len-short", A, paxraw(b"5 path=pq\n"), f("b"), Z)
error("pax-len-long", A, paxraw(b"99 path=pq\n"), f("b"), Z)
error("pax-len-zero-lead", A, paxraw(b"0010 path=p\n"), f("b"), Z)
error("pax-len-blank", A, paxraw(b" 9 path=p\n"), f("b"), Z)
error("pax-no-equals", A, paxraw(b"9 pathpq\n"), f("b"), Z)
error("pax-trailing", A, paxraw(record("path", "p") + b"junk"), f("b"), Z)
error("pax-trailing-nul", A, paxraw(record("path", "p") + b"\x00\x00\x00"), f("b"), Z)
same("pax-empty", A, paxraw(b""), f("b"), Z)
error("pax-no-entry", A, pax(("path", "p")))
error("pax-mtime-text", A, pax(("mtime", "x")), f("b"), Z)
error("pax-uid-text", A, pax(("uid", "x")), f("b"), Z)
error("pax-uid-negative", A, pax(("uid", "-1")), f("b"), Z)
error("pax-uid-2^32-1", A, pax(("uid", "4294967295")), f("b"), Z)
error("pax-uid-2^32", A, pax(("uid", "4294967296")), f("b"), Z)
same("pax-uid-70000", A, pax(("uid", "70000"), ("gid", "4000000000")), f("b"), Z)
same("pax-hdrcharset-binary", A, pax(("hdrcharset", "BINARY"), ("path", b"\xff\xfe")), f("b"), Z)
same("pax-hdrcharset-odd", A, pax(("hdrcharset", "EBCDIC"), ("path", b"p")), f("b"), Z)
error("L-huge", A, longname(b"l", size=4 << 30), f("b"), Z)
error("L-base256", A, longname(b"l", size=1 << 62), f("b"), Z)
error("L-empty", A, header("././@LongLink", b"L", 0, magic=GNU), f("b"), Z)
same("L-nul-in", A, longname(b"one\x00two"), f("b"), Z)
same("L-twice", A, longname(b"one"), longname(b"two"), f("b"), Z)
error("L-no-entry", A, longname(b"one"))
error("L-cut", A, longname(b"one")[:600], end=b"")
same("K-on-file", A, longname(b"one", b"K"), f("b"), Z)
error("checksum", A, f("b", chksum=1), Z)
error("checksum-first", f("b", chksum=1), Z)
same("concatenated", A, END, Z)
error("no-end", A, Z, end=b"")
same("one-zero", A, Z, end=b"\x00" * 512)
same("zero-between", A, b"\x00" * 512, Z)
same("text-behind", A, b"\x00" * 1024, b"this is text")
same("unknown-type", A, f("b", typ=b"!"), Z)
same("type-contiguous", A, f("b", typ=b"7"), Z)
same("type-nul", A, f("b", typ=b"\x00"), Z)
same("type-volume", header("vol", b"V", magic=GNU), A)
error("type-multivolume", A, header("b", b"M", 5, magic=GNU, tail=[(369,
      b"00000000005\x00")]) + pad(b"hello"), Z)
same("type-dumpdir", A, header("d", b"D", 5, magic=GNU) + pad(b"Yx\x00\x00\x00"), Z)
same("type-solaris-X", A, header("pax", b"X", len(record("path", "p"))) + pad(record("path", "p")), f("b"), Z)
error("file-slash", A, f("b/", b"hello"), Z)
same("file-slash-v7", A, f("b/", b"", magic=b"\x00" * 8), Z)
same("v7", f("b", b"hello", magic=b"\x00" * 8))
same("prefix", A, header("pre", b"5"), header("pre/fix", b"5"), f("b", prefix=b"pre/fix"), Z)
same("prefix-gnu", A, header("b", size=1, magic=GNU, tail=[(345, b"pre")]) + pad(b"x"), Z)
same("name-100", A, f("n" * 100), Z)
error("name-empty", A, f(""), Z)
same("mode-high", A, f("b", mode=65535), Z)
same("mode-base256", A, f("b", mode=b"\x80\x00\x00\x00\x00\x00\x01\xa4"), Z)
error("mode-garbage", A, f("b", mode=b"rw-r--r-"), Z)
same("mtime-negative", A, f("b", mtime=-1000), Z)
same("mtime-2^63", A, f("b", mtime=(1 << 63) - 1), Z)
same("mtime-min", A, f("b", mtime=-(1 << 63)), Z)
error("mtime-2^70", A, f("b", mtime=1 << 70), Z)
same("pax-mtime-nano", A, pax(("mtime", "5.123456789123")), f("b"), Z)
same("pax-mtime-negative", A, pax(("mtime", "-5.25")), f("b"), Z)
error("pax-mtime-2^63", A, pax(("mtime", "9223372036854775808")), f("b"), Z)
error("pax-mtime-min", A, pax(("mtime", "-9223372036854775808")), f("b"), Z)
error("pax-mtime-exp", A, pax(("mtime", "1e5")), f("b"), Z)
same("duplicate", f("b", b"one"), f("b", b"two"))
same("sparse01", A, ok01([(1024, 512), (5120, 300), (8192, 0)], 8192, d1 + d2), Z)
ours("sparse01-no-last", A, ok01([(1024, 512), (5120, 300)], 8192, d1 + d2), Z)
same("sparse01-to-end", A, ok01([(1024, 512), (5120, 300)], 5420, d1 + d2), Z)
error("sparse01-overlap-b", A, ok01([(1024, 512), (1030, 300), (8192, 0)], 8192, d1 + d2), Z)
error("sparse01-backwards-b", A, ok01([(5120, 512), (1024, 300), (8192, 0)], 8192, d1 + d2), Z)
error("sparse01-adjacent-odd", A, ok01([(0, 3), (3, 2)], 5, b"abc" + b"de"), Z)
same("sparse01-adjacent", A, ok01([(0, 512), (512, 300)], 812, d1 + d2), Z)
same("sparse00", A, pax(("GNU.sparse.size", "8192"), ("GNU.sparse.numblocks", "3"), ("GNU.sparse.offset",
     "1024"), ("GNU.sparse.numbytes", "512"), ("GNU.sparse.offset", "5120"), ("GNU.sparse.numbytes", "300"),
     ("GNU.sparse.offset", "8192"), ("GNU.sparse.numbytes", "0")), f("s", d1 + d2), Z)
same("sparse10", A, sp10(b"3\n1024\n512\n5120\n300\n8192\n0\n", 8192, d1 + d2), Z)
same("sparse10-numbers-split", A, sp10(b"3\n1024\n512\n5120\n" + b"300\n8192\n0\n", 8192, d1 + d2), Z)
long_map = b"100\n" + b"".join(b"%d\n512\n" % (1024 * i) for i in range(99)) + b"%d\n0\n" % (1 << 20)
same("sparse10-long-map", A, sp10(long_map, 1 << 20, d1 * 99), Z)
ours("sparse10-empty-map", A, sp10(b"0\n", 8192, b""), Z)
same("sparse-old", A, old_sparse("s", [(1024, 512), (5120, 300), (8192, 0)], d1 + d2, 8192), Z)
same("sparse-old-extended", A, old_sparse("s", [(0, 512), (1024, 512), (2048, 512), (4096, 512)], d1 * 5,
     8192, ext=1, more=extb([(7000, 512), (8192, 0)])), Z)
error("sparse-old-ustar", A, header("s", b"S", 5, tail=[(386, num(0, 12)), (398, num(5, 12)), (483, num(5,
      12))]) + pad(b"hello"), Z)
error("schily-realsize", A, pax(("SCHILY.realsize", "9000")), f("s", b"hello"), Z)
error("sparse-mixed", A, pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "n"),
      ("GNU.sparse.realsize", "5"), ("GNU.sparse.size", "5"), ("GNU.sparse.numblocks", "1"),
      ("GNU.sparse.map", "0,5")), f("s", pad(b"1\n0\n5\n") + b"datax"), Z)
same("hardlink-size-ustar", A, header("b", b"1", 5, link=b"a"), Z)
same("hardlink-size-gnu", A, header("b", b"1", 5, link=b"a", magic=GNU), Z)
error("xattr-nul", A, pax((b"SCHILY.xattr.user.a\x00b", b"v")), f("b"), Z)
same("xattr-empty-name", A, pax((b"SCHILY.xattr.", b"v")), f("b"), Z)
same("libarchive-xattr", A, pax(("LIBARCHIVE.xattr.user.k", "dg")), f("b"), Z)
error("trailing-name-slash-file", A, pax(("path", "b/")), f("b", b"hello"), Z)
same("name-255", A, pax(("path", "n" * 255)), f("b"), Z)
error("name-256", A, pax(("path", "n" * 256)), f("b"), Z)
error("name-5000", A, pax(("path", "d/" * 2500 + "f")), f("b"), Z)
error("empty", end=b"")
same("zeros", end=b"\0" * 10240)
same("zero-block", end=b"\0" * 512)
ours("dup-dir-file", header("d", b"5"), f("d/x"), f("d", b"now a file"))
same("dup-file-dir", f("d"), header("d", b"5"), f("d/x"))


def main():
    for name, (verdict, data) in CASES.items():
        with open(os.path.join(sys.argv[1], name + ".tar"), "wb") as out:
            out.write(data)
        print(name, verdict)


if __name__ == "__main__":
    main()

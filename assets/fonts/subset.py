"""Cuts the fonts of this folder out of the published ones: subset.py DEBIAN INTER OUT.

DEBIAN holds the unpacked packages fonts-noto-cjk and unicode-data, INTER the unpacked npm package
inter-ui. make.sh fetches both.
"""

import bz2
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

debian, inter, out = map(pathlib.Path, sys.argv[1:])
# Seconds since 1904; without it the files would differ from run to run.
MODIFIED = 3_800_000_000


def span(first, last):
    return set(range(first, last + 1))


def chinese():
    """GB 2312, and the 8,105 characters of the table of general standard characters (2013)."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes([high, low]).decode("gb2312")))
            except UnicodeDecodeError:
                pass
    mappings = debian / "usr/share/unicode/Unihan_OtherMappings.txt.bz2"
    for line in bz2.open(mappings, "rt", encoding="utf-8"):
        if "\tkTGH\t" in line:
            found.add(int(line.split("\t")[0][2:], 16))
    return found


LATIN = span(0x20, 0x7E) | span(0xA0, 0xFF)
EUROPE = span(0x100, 0x17F) | span(0x218, 0x21B) | span(0x1E00, 0x1EFF) | span(0x370, 0x3FF) | span(0x400, 0x45F)
SIGNS = span(0x2010, 0x2027) | span(0x2030, 0x203A) | span(0x20A0, 0x20BF) | {0x2042, 0x2044, 0x2116, 0x2122, 0x2126}
SIGNS |= span(0x2190, 0x2199) | {0x2212, 0x2215, 0x2248, 0x2260, 0x2264, 0x2265, 0x25A1, 0x25CF, 0x2713, 0x2717, 0xFFFD}
WIDE = span(0x3000, 0x303F) | span(0xFF01, 0xFF5E) | span(0xFFE0, 0xFFE6) | span(0x3220, 0x3229) | {0x3231, 0x33A1}


def cut(source, number, characters, features, target):
    options = subset.Options()
    options.font_number = number
    options.layout_features = features
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 16, 17]
    options.name_languages = [0x409]
    options.drop_tables += ["DSIG", "VORG", "vhea", "vmtx", "BASE", "STAT", "meta"]
    font = TTFont(source, fontNumber=number, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    font["head"].modified = MODIFIED
    font.flavor = None
    font.save(target)
    print(target, target.stat().st_size, "bytes,", len(font.getBestCmap()), "characters")


out.mkdir(exist_ok=True)
for weight in ["Regular", "Bold"]:
    # Number 2 of the collection has the shapes of the mainland.
    source = debian / f"usr/share/fonts/opentype/noto/NotoSansCJK-{weight}.ttc"
    cut(source, 2, chinese() | LATIN | SIGNS | WIDE, ["kern", "ccmp", "mark", "halt"], out / f"NotoSansSC-{weight}.otf")
for weight in ["Regular", "SemiBold"]:
    features = ["kern", "ccmp", "mark", "mkmk", "locl", "tnum", "case"]
    cut(inter / f"web/Inter-{weight}.woff2", -1, LATIN | EUROPE | SIGNS, features, out / f"Inter-{weight}.ttf")

"""Texts that no honest client sends."""

from __future__ import annotations

TEXTS = [
    "\ud800", "法\udfff治", "\udc00\ud800", "\x00", "法\x00治", "\x1b[2J\x07", "\r\n\r\nHTTP/1.1 200 OK",
    "👨‍👩‍👧‍👦" * 40, "🇨🇳" * 200, "☝🏿", "\u202eفقه القانون\u202c", "משפט \u2067法治\u2069", "e" + "\u0301" * 3_000,
    "\ufeff", "\uffff\ufffe", "\u2028\u2029", "\U000e0041" * 50, "\U0010ffff", "𠮷" * 500, "ﷺ" * 300,
    "İıßſ", "", " ", "\u3000\u200b", "％ｎ％ｓ", "%s%n%x", "${jndi:ldap://a}", "../../etc/passwd", "=1+1",
    "'; DROP TABLE units; --", "<script>alert(1)</script>", "{{7*7}}", "[MASK][SEP][CLS][PAD]", "##治",
]  # fmt: skip

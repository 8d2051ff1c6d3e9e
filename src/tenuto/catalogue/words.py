"""A reader's words as a query that the search index understands, whatever was typed."""

import sqlite3
import unicodedata

MOST_WORDS = 16
"""More words than that narrow nothing down; each costs a scan."""


class Words:
    """Splits and folds text exactly as the index did, by the same tokenizer of the same SQLite,
    after the same normalising as in `sql/page.sql`.

    Rules of our own would differ from it for some script or sign, and `detail=none` refuses a word
    that the tokenizer splits.
    """

    def __init__(self) -> None:
        self._tokenizer = sqlite3.connect(":memory:", isolation_level=None)
        self._tokenizer.execute(
            "CREATE VIRTUAL TABLE typed USING fts5(text, tokenize='unicode61 remove_diacritics 2')"
        )
        self._tokenizer.execute("CREATE VIRTUAL TABLE words USING fts5vocab('typed', 'instance')")

    def prefixes(self, text: str) -> str:
        """An FTS5 query that wants every word of `text` as a prefix. Empty where `text` has no words."""
        self._tokenizer.execute("DELETE FROM typed")
        folded = unicodedata.normalize("NFC", text).replace("ß", "ss").replace("ẞ", "SS")
        self._tokenizer.execute("INSERT INTO typed (rowid, text) VALUES (1, ?)", [folded])
        terms = self._tokenizer.execute("SELECT term FROM words ORDER BY offset LIMIT ?", [MOST_WORDS])
        return " AND ".join(f'"{term}"*' for (term,) in terms.fetchall())

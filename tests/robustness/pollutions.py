"""Every pollution by its kind, in the order of docs/csv.md."""

from __future__ import annotations

import polluted_cells as cells
import polluted_rows as rows
import polluted_texts as texts

BY_KIND = {
    "Delimiters": texts.DELIMITERS,
    "Quotes and escapes": texts.QUOTES,
    "Line ends": texts.LINE_ENDS,
    "Encodings": texts.ENCODINGS,
    "Files": texts.FILES,
    "Headers": rows.HEADERS,
    "Rows": rows.SHAPES,
    "Around the table": rows.AROUND,
}
EACH_PLACE = list(cells.each_place())
ALL = [pollution for kind in (*BY_KIND.values(), EACH_PLACE) for pollution in kind]

"""Column types that Piccolo lacks."""

from piccolo.columns import Column


class TsVector(Column):
    """A searchable text; a trigger or `to_tsvector` fills it."""

    value_type = str
    column_type = "TSVECTOR"

"""The reference schema for TiDB and MySQL.

Omits what only PostgreSQL has: checks, indexes of JSON and array contents, full-text search and its
trigger. A partial index becomes a full one; if it was unique it becomes a plain index, so the
application would have to check. A plain index of many texts holds their beginnings only.
"""

from scripts.schema_catalog import Column, Constraint, Index, Schema, TableSchema

_HEADER = """\
-- The whole schema for TiDB and MySQL, as a reference. `make schema` writes it.
-- Moments itself runs on PostgreSQL. Times are UTC; lists are JSON arrays kept as text.
"""
_TYPES = {
    "text": "TEXT",
    "jsonb": "JSON",
    "timestamptz": "DATETIME(3)",
    "timestamp": "DATETIME(3)",
    "bigint": "BIGINT",
    "bytea": "MEDIUMBLOB",
    "integer": "INT",
    "double precision": "DOUBLE",
    "serial": "INT",
    "boolean": "TINYINT(1)",
}
_LEFT_OUT = {"tsvector"}
_ON_DELETE = {"c": " ON DELETE CASCADE", "n": " ON DELETE SET NULL"}


def tidb_sql(schema: Schema) -> str:
    """Return the statements that create the schema in TiDB or MySQL; they may run again."""
    tables = [table for table in schema.tables if table.name != "migration"]
    return "\n".join([_HEADER, *map(_table, tables)])


def _table(table: TableSchema) -> str:
    indexes = [index for index in table.indexes if _portable(index)]
    keys = {name for each in table.constraints if each.kind in "puf" for name in each.columns}
    keys |= {name for index in indexes for name in index.columns}
    lines = [
        _column(column, key=column.name in keys)
        for column in table.columns
        if column.kind not in _LEFT_OUT
    ]
    lines += [_constraint(each) for each in table.constraints if each.kind in "puf"]
    texts = {column.name for column in table.columns if column.kind == "text"}
    lines += [_index(index, texts) for index in indexes]
    body = ",\n    ".join(lines)
    return (
        f"CREATE TABLE IF NOT EXISTS `{table.name}` (\n    {body}\n"
        f") DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin{_comment(table.comment)};\n"
    )


def _column(column: Column, *, key: bool) -> str:
    kind = "TEXT" if column.is_list else _kind(column, key=key)
    null = "" if column.null else " NOT NULL"
    if column.default and column.default.startswith("nextval("):
        null += " AUTO_INCREMENT"
    default = ""
    if column.default and kind in {"INT", "BIGINT", "TINYINT(1)"} and column.default.isalnum():
        default = f" DEFAULT {column.default}"
    comment = column.comment
    if column.is_list and not comment:
        comment = f"JSON array of {column.name.replace('_', ' ')}"
    return f"`{column.name}` {kind}{null}{default}{_comment(comment)}"


def _kind(column: Column, *, key: bool) -> str:
    if column.kind.startswith("varchar") or (column.kind == "text" and key):
        # TEXT cannot be indexed whole, and an index takes 3072 bytes.
        return "VARCHAR(64)" if column.name.endswith("sha256") else "VARCHAR(255)"
    return _TYPES[column.kind]


def _comment(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace("'", "''")
    return f" COMMENT '{quoted}'" if text else ""


def _constraint(each: Constraint) -> str:
    columns = _names(each.columns)
    if each.kind == "p":
        return f"PRIMARY KEY ({columns})"
    if each.kind == "u":
        return f"UNIQUE KEY `{each.name}` ({columns})"
    target = f"`{each.target}` ({_names(each.references)})"
    on_delete = _ON_DELETE.get(each.on_delete, "")
    return f"CONSTRAINT `{each.name}` FOREIGN KEY ({columns}) REFERENCES {target}{on_delete}"


def _portable(index: Index) -> bool:
    return index.method == "btree" and all(index.columns)


def _index(index: Index, texts: set[str]) -> str:
    unique = "UNIQUE " if index.is_unique and index.predicate is None else ""
    # An index takes 3072 bytes, 4 for each character.
    is_long = not unique and len(texts.intersection(index.columns)) > 3
    length = f"({3072 // 4 // len(index.columns)})" if is_long else ""
    columns = ", ".join(
        f"`{name}`{length if name in texts else ''}{' DESC' if descending else ''}"
        for name, descending in zip(index.columns, index.descending, strict=True)
    )
    return f"{unique}KEY `{index.name}` ({columns})"


def _names(columns: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)

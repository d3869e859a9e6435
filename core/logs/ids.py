"""Finding rows among millions by their ids.

Ids are texts of any form and in no order; going through ten million of them takes a sixth of a second. So
rows and labels carry a number made of the id: going through these takes a sixth of that. Two ids may have one
number in common, hence what is found by it is what the id may be, until ids are compared too.
"""

HASH = "id_hash"


def hash_of(row_id: str) -> str:
    """Return the expression of an id's number: 64 bits of its MD5, the same in every version of DuckDB.

    Examples
    --------
    >>> hash_of("'r7'")
    "md5_number_lower('r7')"
    """
    return f"md5_number_lower({row_id})"


def arrivals_of(table: str, ids: str) -> str:
    """Return SELECT arrival of the rows or labels whose ids may be among those of ``ids`` (SELECT row_id)."""
    return f"SELECT arrival FROM {table} WHERE {HASH} IN (SELECT {hash_of('row_id')} FROM ({ids}))"

-- For each table of rows or labels: the number by which a row's id is found (core.logs.ids).
ALTER TABLE {table} ADD COLUMN id_hash UBIGINT;
UPDATE {table} SET id_hash = md5_number_lower(row_id);

INSERT INTO rejects
SELECT $place + row_number() OVER (ORDER BY number) - 1, $part || ':' || number, 'no countable listen: ' || fault
FROM heard WHERE fault <> '';

-- UUIDv5 (RFC 9562, 5.5) in Tenuto's namespace; equals tenuto.model.ids. The mask makes room for version
-- and variant: arithmetic on 128 bits costs a third of cutting text.
CREATE MACRO digest5(kind, source, key) AS
    sha1(unhex('@namespace') || encode(kind || chr(10) || source || chr(10) || key));
CREATE MACRO uuid5(kind, source, key) AS (
    (('0x' || substr(digest5(kind, source, key), 1, 32))::UHUGEINT
        & 340282366920937330081583660661634760703::UHUGEINT)
    | 377798542001608471871488::UHUGEINT)::UUID;
-- The first bits of an id: buckets of ids are ranges of ids.
CREATE MACRO bucket_of(id, bits) AS (CASE WHEN bits = 0 THEN 0 ELSE id::UHUGEINT >> (128 - bits)::UHUGEINT END)::UINTEGER;
-- One of 256 parts of all keys, in this session.
CREATE MACRO slice_of(key) AS (hash(key) >> 56)::UTINYINT;
-- Letters and digits of a title, without case, marks and punctuation: what two spellings have in common.
CREATE MACRO fold(text) AS regexp_replace(lower(strip_accents(nfc_normalize(text))), '[^\pL\pN]+', ' ', 'g');
CREATE MACRO well_formed(scheme, value) AS
    (scheme = 'isrc' AND regexp_full_match(value, '[A-Z]{2}[A-Z0-9]{3}[0-9]{7}'))
    OR (scheme = 'mbid' AND regexp_full_match(value, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'))
    OR (scheme = 'barcode' AND regexp_full_match(value, '[0-9]{8}|[0-9]{12,13}'));
-- Members of a JSON object as text; nothing for none.
CREATE MACRO braced(members) AS CASE WHEN members = '' THEN '' ELSE '{' || members || '}' END;

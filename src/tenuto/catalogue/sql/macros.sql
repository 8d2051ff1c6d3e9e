-- UUIDv5 (RFC 9562, 5.5) in Tenuto's namespace; equals tenuto.model.ids.
CREATE MACRO digest5(kind, source, key) AS
    sha1(unhex('@namespace') || encode(kind || chr(10) || source || chr(10) || key));
CREATE MACRO shape5(h) AS (
    substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-5' || substr(h, 14, 3) || '-'
    || substr('89ab89ab89ab89ab', strpos('0123456789abcdef', substr(h, 17, 1)), 1) || substr(h, 18, 3)
    || '-' || substr(h, 21, 12))::UUID;
CREATE MACRO uuid5(kind, source, key) AS shape5(digest5(kind, source, key));

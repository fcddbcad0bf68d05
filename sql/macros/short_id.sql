-- macro   base32_12(hex): the first 12 characters of base32 of a sha256 given as hex (60 bits = 15 hex digits), as tables.yml `ids` ask
create or replace macro base32_12(hex) as (
    translate(to_base(('0x' || left(hex, 15))::bigint, 32, 12), '0123456789ABCDEFGHIJKLMNOPQRSTUV', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')
);
-- macro   short_id(letter, parts): an id of tables.yml; `parts` is the canonical JSON array as text
create or replace macro short_id(letter, parts) as (letter || '-' || base32_12(sha256(parts)));

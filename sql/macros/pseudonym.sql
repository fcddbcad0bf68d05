-- macro   hmac_sha256(words): HMAC-SHA256 as hex, keyed with the region's key, which staging gives the connection as its two pads
create or replace macro hmac_sha256(words) as (
    sha256(getvariable('outer_pad')::blob || unhex(sha256(getvariable('inner_pad')::blob || encode(words))))
);
-- macro   base32_8(hex): base32 of 40 bits given as 10 hex digits
create or replace macro base32_8(hex) as (
    translate(to_base(('0x' || hex)::bigint, 32, 8), '0123456789ABCDEFGHIJKLMNOPQRSTUV', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')
);
-- macro   pseudonym(words): a person as packs and tables may name them (DOMAIN 8): base32 of the keyed hash of what their product calls them,
--         its first 16 characters; capital letters and blanks around it make no other person. Null without a key
create or replace macro pseudonym(words) as (
    base32_8(left(hmac_sha256(lower(trim(words))), 10)) || base32_8(substr(hmac_sha256(lower(trim(words))), 11, 10))
);
-- macro   names_people(field): whether a ticket's field holds a person, so that what it was and what it became are names
create or replace macro names_people(field) as (
    lower(replace(field, ' ', '_')) in (
        'assigned_to', 'assignee', 'additional_assignee_list', 'reporter', 'creator', 'caller_id', 'caller', 'opened_by', 'opened_for',
        'requested_by', 'requested_for', 'resolved_by', 'closed_by', 'reopened_by', 'updated_by', 'sys_created_by', 'sys_updated_by',
        'watch_list', 'work_notes_list', 'approvers', 'approval_set', 'request_participants', 'responder', 'responders'
    )
);

-- macro   look_version(updated, received): the version of a record that is read again and again: its own update, and what else was seen to
--         differ in that look, so that two looks are never a conflict and an unchanged one is a repetition
create or replace macro look_version(updated, received) as (concat(updated, '#', left(sha256(received), 8)));

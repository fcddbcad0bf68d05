-- builds  staged.piece__set_aside (while a piece is made): one row per row set aside, every copy of it, with the names it gave
-- reads   fates, and what suspect rows call their service and components
-- rule    DOMAIN 4.5: a block marks the services it affects, also those of which only rows set aside speak
select
    context.source_system,
    context.source_id,
    context.entity,
    verdicts.landing_seq,
    verdicts.source_row,
    verdicts.raw_id,
    verdicts.source_key,
    suspects.names
from staged.piece__verdicts as verdicts
inner join payload.suspects as suspects
    on verdicts.landing_seq = suspects.landing_seq and verdicts.source_row = suspects.source_row
cross join payload.context as context
where verdicts.fate = 'quarantined'

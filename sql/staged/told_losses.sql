-- builds  staged.told_losses (working table): one row per period, source system and entity: records that a source itself says it left out
-- reads   findings of messages that were cut short, which periods their files are for
-- rule    DQ-08: such an extract does not cover its time whole, by its own word; every message counts once, however many rows it brought
with messages as (
    select
        landing_seq,
        source_row,
        entity,
        max(try_cast(regexp_extract(value_text, '^\d+') as bigint)) as left_out
    from staged.issues
    where issue = 'ALERTS_TRUNCATED'
    group by landing_seq, source_row, entity
)

select
    link.period,
    link.source_system,
    link.entity,
    count(*) as messages,
    sum(messages.left_out)::bigint as left_out
from messages
inner join staged.file_periods as link on messages.landing_seq = link.landing_seq and messages.entity = link.entity
group by link.period, link.source_system, link.entity

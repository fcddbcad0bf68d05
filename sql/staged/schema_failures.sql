-- builds  staged.schema_failures (working table): one row per period, source system and entity: columns of the source contract
-- reads   what staging found of every file's columns, which periods it is for, its rows set aside, rows replaced since
-- rule    DQ-01; a file all of whose rows were replaced since fails no more, nor does one without rows that is not the newest
with waiting as (
    select
        aside.landing_seq,
        aside.entity,
        count(*) as rows_waiting
    from staged.set_aside as aside
    anti join staged.replaced_rows as replaced on aside.raw_id = replaced.raw_id
    group by aside.landing_seq, aside.entity
),

newest as (
    select
        source_id,
        entity,
        max(landing_seq) as landing_seq
    from staged.file_balance
    group by source_id, entity
)

select
    link.period,
    link.source_system,
    link.entity,
    sum(schema.checked)::bigint as checked,
    coalesce(
        sum(schema.failed) filter (
            where waiting.rows_waiting > 0 or (file.read = 0 and file.landing_seq = newest.landing_seq)
        ), 0
    )::bigint as failed,
    sum(schema.unknown)::bigint as unknown
from staged.file_periods as link
inner join staged.quality_counts as schema on link.landing_seq = schema.landing_seq and link.entity = schema.entity
inner join staged.file_balance as file on link.landing_seq = file.landing_seq and link.entity = file.entity
inner join newest on file.source_id = newest.source_id and file.entity = newest.entity
left join waiting on link.landing_seq = waiting.landing_seq and link.entity = waiting.entity
group by link.period, link.source_system, link.entity

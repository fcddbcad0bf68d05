-- builds  staged.row_shares (working table): one row per period, source system and entity: rows read once, and of them still set aside
-- reads   the balance of every file, which periods it is for, rows set aside, rows replaced since
-- rule    DQ-15 over read - duplicates: a row that is landed every day is checked once, as it is set aside once; a row that a right one
--         replaced counts neither way
with replaced as (
    select
        aside.landing_seq,
        aside.entity,
        count(*) as rows_replaced
    from staged.quarantine as aside
    semi join staged.replaced_rows as replaced on aside.raw_id = replaced.raw_id
    group by aside.landing_seq, aside.entity
)

select
    link.period,
    link.source_system,
    link.entity,
    sum(file.read - file.duplicates - coalesce(replaced.rows_replaced, 0))::bigint as checked,
    sum(file.quarantined - coalesce(replaced.rows_replaced, 0))::bigint as set_aside
from staged.file_periods as link
inner join staged.file_balance as file on link.landing_seq = file.landing_seq and link.entity = file.entity
left join replaced on file.landing_seq = replaced.landing_seq and file.entity = replaced.entity
group by link.period, link.source_system, link.entity

-- builds  staged.view__quarantine (shown as staged.quarantine): one row per row set aside, as tables.yml `quarantine`
-- reads   the rows set aside in every visible piece
-- rule    the same row landed again is a duplicate: the first is kept; nothing releases a row yet, so all are waiting
select
    * exclude (place),
    'waiting' as state,
    null::timestamptz as decided_at
from (
    select
        *,
        row_number() over (
            partition by raw_id
            order by landing_seq, source_row
        ) as place
    from payload.piece_quarantine
)
where place = 1

-- builds  staged.file_periods (working table): one row per period judged and file that speaks of some of it
-- reads   the reach of every file, the periods judged
-- rule    DOMAIN 4.5: a source is judged by the files that a period rests on, so that a ruined month is neither diluted by good ones nor
--         held against later ones
select
    period.period,
    reach.source_system,
    reach.source_id,
    reach.entity,
    reach.landing_seq
from staged.file_reach as reach
inner join run.judged_periods as period
    on
        (reach.end_at is null or reach.end_at > period.start_at)
        and (reach.start_at is null or reach.start_at < period.end_at)

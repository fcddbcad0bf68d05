-- builds  measured.classification_agreement (working table): one row per window with calibration sessions: how often raters agree, and how often
--         chance alone would have made them
-- reads   calibration sessions and ratings, the windows of metrics
-- rule    C-24: Cohen's kappa of pairs of raters on the same ticket, within each label, weighted by pairs
with pairs as (
    select
        span.period,
        first.field,
        first.value as first_value,
        second.value as second_value
    from staged.calibration_session as session
    inner join run.metric_windows as span on session.held_at >= span.start_at and session.held_at < span.end_at
    inner join staged.calibration_rating as first on session.session_id = first.session_id
    inner join staged.calibration_rating as second
        on
            first.session_id = second.session_id
            and first.ticket_key = second.ticket_key
            and first.field = second.field
            and first.rater_ref < second.rater_ref
),

sizes as (
    select
        period,
        field,
        count(*) as n,
        count(*) filter (where first_value = second_value) as agreed
    from pairs
    group by period, field
),

firsts as (
    select
        period,
        field,
        first_value as label,
        count(*) as n
    from pairs
    group by period, field, first_value
),

seconds as (
    select
        period,
        field,
        second_value as label,
        count(*) as n
    from pairs
    group by period, field, second_value
),

chances as (
    select
        one.period,
        one.field,
        sum(one.n * other.n)::bigint as products
    from firsts as one
    inner join seconds as other on one.period = other.period and one.field = other.field and one.label = other.label
    group by one.period, one.field
),

expected as (
    select
        size.period,
        sum(size.n)::bigint as n,
        sum(size.agreed)::bigint as agreed,
        sum(coalesce(chance.products, 0)::double / size.n order by size.field) as by_chance
    from sizes as size
    left join chances as chance on size.period = chance.period and size.field = chance.field
    group by size.period
)

select
    period,
    n,
    if(by_chance < n, round((agreed - by_chance) / (n - by_chance), 6), null)::decimal(18, 6) as kappa
from expected

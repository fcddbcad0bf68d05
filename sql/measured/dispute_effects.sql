-- builds  measured.dispute_effects: one row per dispute and result whose outages it is about, as tables.yml has it
-- reads   disputes as they stand, outage spans under them, results that count one dispute alone, what it is worth
-- rule    R-DI2 the increment of each dispute over the headline, on unions: single increments need not add up. A row of a reply sheet on which
--         the provider agrees (sql/staged/reply_sheet__dispute.sql) is no dispute
with touched as (
    select distinct
        dispute.dispute_id,
        span.part_no
    from measured.dispute_spans as dispute
    inner join measured.outage_spans as span
        on
            dispute.incident_id is not distinct from span.incident_id
            and dispute.start_us < span.end_us
            and dispute.end_us > span.start_us
            and coalesce(dispute.part_no, span.part_no) = span.part_no
            and coalesce(dispute.component_id, span.component_id) = span.component_id
)

select
    touched.dispute_id,
    headline.result_id,
    standing.party,
    standing.scope,
    standing.state,
    standing.raised_at,
    standing.decide_by,
    headline.value_pct as headline_pct,
    coalesce(counted.value_pct, headline.value_pct) as if_counted_pct,
    coalesce(counted.down_us - headline.down_us, 0) as increment_us,
    coalesce(counted.status, headline.status) as status_if_counted,
    coalesce(amount.amount_at_stake, 0)::decimal(18, 4) as amount_at_stake,
    amount.currency
from touched
inner join measured.dispute_standings as standing on touched.dispute_id = standing.dispute_id
inner join measured.results as headline on touched.part_no = headline.part_no and headline.variant = 'headline'
left join measured.results as counted
    on
        touched.part_no = counted.part_no
        and counted.variant = 'dispute'
        and touched.dispute_id = counted.reading
left join measured.dispute_amounts as amount on touched.part_no = amount.part_no and touched.dispute_id = amount.dispute_id
where not (starts_with(touched.dispute_id, 'P-') and standing.state = 'withdrawn')

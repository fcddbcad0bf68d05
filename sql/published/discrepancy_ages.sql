-- builds  published.discrepancy_ages (working table): one row per type, with how many are open and for how long
-- reads   discrepancies; age counts from the landing that revealed one to as_of
-- rule    RC-D1 to RC-D13: nothing is dropped, so open and settled add up to all
with ages as (
    select
        as_of - interval 7 day as week_ago,
        as_of - interval 30 day as month_ago
    from run.context
)

select
    discrepancy.type,
    min(discrepancy.rule_id) as rule_id,
    count(*) as found,
    count(*) filter (where discrepancy.state = 'open') as open,
    count(*) filter (where discrepancy.state = 'open' and discrepancy.opened_at >= ages.week_ago) as open_week,
    count(*) filter (where discrepancy.state = 'open' and discrepancy.opened_at < ages.week_ago and discrepancy.opened_at >= ages.month_ago)
        as open_month,
    count(*) filter (where discrepancy.state = 'open' and discrepancy.opened_at < ages.month_ago) as open_older,
    ages.week_ago,
    ages.month_ago
from reconciled.discrepancies as discrepancy
cross join ages
group by discrepancy.type, ages.week_ago, ages.month_ago

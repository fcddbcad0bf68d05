-- builds  published.told_incidents (working table): one row per told result and incident behind it, the longest counted first
-- reads   spans of those results, given to each incident in them
-- rule    a block tells the incidents that took most time; the others stand in its interval list
with shares as (
    select
        result_id,
        unnest(incident_ids) as incident_id,
        length_us
    from published.result_spans
    where counted_as in ('counted', 'excluded', 'disputed')
)

select
    shares.result_id,
    shares.incident_id,
    sum(shares.length_us)::bigint as length_us,
    row_number() over (partition by shares.result_id order by sum(shares.length_us) desc, shares.incident_id) as rank_no
from shares
inner join published.told_results as told on shares.result_id = told.result_id
group by shares.result_id, shares.incident_id

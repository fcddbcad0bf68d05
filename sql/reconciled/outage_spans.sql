-- builds  reconciled.outage_spans (working table): one row per incident, component and span of its outage, before overrides; and, where a
--         measure counts what single rules say, one row per rule and span of it (`rule_id` set)
-- reads   coverage and status of incidents, impaired pieces, their runs, tickets, vendor records, bounds, stated shares, measures
-- rule    RC-P1: where samples cover the incident, its intervals are what monitoring saw, extended by the provider's admissions; with less
--         coverage [occurred, restored) by alert or ticket, or the vendor's own spans, ending at restored where the vendor gives no end, and
--         named; a component that only monitoring names keeps what it saw. A cancelled incident has none; only an open one has an open end.
--         What only the vendor calls open, and no ticket of ours, was so when its record was last read: later time is unknown, not down.
--         R-GR8 measured_by, confirmed_by: what a single rule saw is its own samples, whatever else is on record
with covered as (
    select
        coverage.*,
        coverage.is_covered or (coverage.is_monitored and not (coverage.is_alerted or coverage.is_ticketed or coverage.is_vendored))
            as is_by_monitoring
    from reconciled.component_coverage as coverage
    inner join reconciled.incident_status as status on coverage.incident_id = status.incident_id
    where status.status <> 'cancelled'
),

-- what the provider admits for a component: its earliest start and latest end
admissions as (
    select
        covered.incident_id,
        covered.component_id,
        min(record.start_us) as start_us,
        max(record.end_us) as end_us,
        min_by(record.raw_id, (record.start_us, record.raw_id)) as start_raw_id,
        max_by(record.raw_id, (record.end_us, record.raw_id)) filter (where record.end_us is not null) as end_raw_id
    from covered
    inner join reconciled.incident_vendor_records as record
        on covered.incident_id = record.incident_id and (not record.has_component or covered.component_id = record.component_id)
    where covered.is_by_monitoring
    group by covered.incident_id, covered.component_id
),

run_bounds as (
    select incident_id, component_key as component_id, start_us as bound_us, raw_id from reconciled.incident_runs
    union all
    select incident_id, component_key as component_id, end_us as bound_us, last_raw_id as raw_id from reconciled.incident_runs
),

bounds_of as (
    select
        incident_id,
        component_id,
        bound_us,
        list(distinct raw_id) as raw_ids
    from run_bounds
    group by incident_id, component_id, bound_us
),

by_monitoring as (
    select
        piece.incident_id,
        piece.component_id,
        piece.state,
        piece.weight,
        piece.affected_users,
        piece.is_first_down and coalesce(admission.start_us < piece.start_us, false) as is_start_admitted,
        piece.is_last_down and coalesce(admission.end_us > piece.end_us, false) as is_end_admitted,
        piece.start_us as seen_start_us,
        piece.end_us as seen_end_us,
        admission.start_us as admitted_start_us,
        admission.end_us as admitted_end_us,
        admission.start_raw_id,
        admission.end_raw_id
    from reconciled.impaired_pieces as piece
    inner join covered
        on piece.incident_id = covered.incident_id and piece.component_id = covered.component_id and covered.is_by_monitoring
    left join admissions as admission on piece.incident_id = admission.incident_id and piece.component_id = admission.component_id
),

monitored as (
    select
        seen.incident_id,
        seen.component_id,
        seen.state,
        seen.weight,
        seen.affected_users,
        if(seen.is_start_admitted, seen.admitted_start_us, seen.seen_start_us) as start_us,
        if(seen.is_end_admitted, seen.admitted_end_us, seen.seen_end_us) as end_us,
        'monitoring' as basis,
        case
            when seen.is_start_admitted and seen.is_end_admitted then 'both'
            when seen.is_start_admitted then 'start'
            when seen.is_end_admitted then 'end'
        end as extended_by,
        list_concat(
            if(seen.is_start_admitted, [seen.start_raw_id], coalesce(start_of.raw_ids, [])),
            if(seen.is_end_admitted, [seen.end_raw_id], coalesce(end_of.raw_ids, []))
        ) as raw_ids
    from by_monitoring as seen
    left join bounds_of as start_of
        on seen.incident_id = start_of.incident_id and seen.component_id = start_of.component_id and seen.seen_start_us = start_of.bound_us
    left join bounds_of as end_of
        on seen.incident_id = end_of.incident_id and seen.component_id = end_of.component_id and seen.seen_end_us = end_of.bound_us
),

unwatched as (
    select
        covered.incident_id,
        covered.component_id,
        case when covered.is_alerted then 'alert' when covered.is_ticketed then 'ticket' else 'vendor' end as basis,
        bounds.occurred_us,
        bounds.restored_us,
        bounds.occurred_raw_id,
        bounds.restored_raw_id,
        exists (select 1 from reconciled.incident_tickets as ticket where covered.incident_id = ticket.incident_id) as is_known_to_us
    from covered
    inner join reconciled.incident_bounds as bounds on covered.incident_id = bounds.incident_id
    where not covered.is_by_monitoring
),

-- where only the vendor speaks, each of its records is a span of its own: what lies between two it calls up
told_spans as (
    select
        unwatched.incident_id,
        unwatched.component_id,
        record.raw_id,
        record.start_us,
        case
            when record.end_us is not null then record.end_us
            when unwatched.restored_us is null
                then if(unwatched.is_known_to_us, never_us(), greatest(record.start_us, record.extracted_us))
            else greatest(record.start_us, coalesce(max(record.end_us) over of_component, unwatched.restored_us))
        end as until_us,
        [record.raw_id, if(max(record.end_us) over of_component is null, unwatched.restored_raw_id, null)] as raw_ids
    from unwatched
    inner join reconciled.incident_vendor_records as record
        on unwatched.incident_id = record.incident_id and unwatched.component_id = record.component_id
    where unwatched.basis = 'vendor'
    window of_component as (partition by unwatched.incident_id, unwatched.component_id)
),

told_breaks as (
    select
        *,
        coalesce(start_us > max(until_us) over earlier, true) as begins_island
    from told_spans
    window earlier as (
        partition by incident_id, component_id order by start_us, raw_id rows between unbounded preceding and 1 preceding
    )
),

told_islands as (
    select
        *,
        count(*) filter (where begins_island) over (partition by incident_id, component_id order by start_us, raw_id) as island_no
    from told_breaks
),

by_word as (
    select
        unwatched.incident_id,
        unwatched.component_id,
        unwatched.basis,
        unwatched.occurred_us as start_us,
        unwatched.restored_us as end_us,
        [unwatched.occurred_raw_id, unwatched.restored_raw_id] as raw_ids
    from unwatched
    where unwatched.basis <> 'vendor'
    union all
    select
        incident_id,
        component_id,
        'vendor' as basis,
        min(start_us) as start_us,
        nullif(max(until_us), never_us()) as end_us,
        flatten(list(raw_ids)) as raw_ids
    from told_islands
    group by incident_id, component_id, island_no
),

by_rule as (
    select
        run.incident_id,
        run.component_key as component_id,
        run.rule_id,
        run.state,
        coalesce(run.affected_fraction, said.affected_fraction, if(run.state = 'down', 1, 0)) as weight,
        if(run.affected_fraction is null, said.affected_users, null) as affected_users,
        run.start_us,
        run.end_us,
        [run.raw_id, run.last_raw_id] as raw_ids
    from reconciled.incident_runs as run
    inner join reconciled.incident_status as status on run.incident_id = status.incident_id
    left join reconciled.affected_shares as said on run.incident_id = said.incident_id
    where status.status <> 'cancelled' and (select bool_or(len(measured_by) > 0 or confirmed_by > 1) from run.measures)
)

select
    incident_id,
    component_id,
    null as rule_id,
    state,
    weight,
    affected_users,
    start_us,
    end_us,
    basis,
    extended_by,
    raw_ids
from monitored
union all
select
    by_word.incident_id,
    by_word.component_id,
    null as rule_id,
    'down' as state,
    coalesce(said.affected_fraction, 1) as weight,
    said.affected_users,
    by_word.start_us,
    by_word.end_us,
    by_word.basis,
    null as extended_by,
    by_word.raw_ids
from by_word
left join reconciled.affected_shares as said on by_word.incident_id = said.incident_id
where by_word.end_us is null or by_word.start_us < by_word.end_us
union all
select
    incident_id,
    component_id,
    rule_id,
    state,
    weight,
    affected_users,
    start_us,
    end_us,
    'monitoring' as basis,
    null as extended_by,
    raw_ids
from by_rule

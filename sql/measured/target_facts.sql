-- builds  measured.target_facts (working table): one row per listed target, variant and reading that a credit may follow from, of targets missed
--         in any column
-- reads   listed targets, their other readings, windows and measures of the run, incidents
-- rule    R-CR7 for response, restore and resolve what is paid for is the time over target; R-DI1 both columns; R-RD1 every reading
with columns as (
    select
        target_no,
        'headline' as variant,
        'default' as reading,
        status,
        over_us
    from measured.listed_targets
    union all
    select
        target_no,
        'if_counted' as variant,
        'default' as reading,
        status_if_counted as status,
        over_if_counted_us as over_us
    from measured.listed_targets
    where status_if_counted is not null
    union all
    select
        other.target_no,
        'other_reading' as variant,
        other.reading,
        other.status,
        greatest(coalesce(other.elapsed_us - other.target_us, 0), 0) as over_us
    from measured.target_readings as other
    semi join measured.listed_targets as listed on other.target_no = listed.target_no
),

missed as (
    select distinct target_no
    from columns
    where status in ('breached', 'breached_open')
),

providers as (
    select distinct
        contract_version_id,
        measure_id,
        service_id,
        provider_id
    from run.measures
)

select
    row_number() over (order by target.target_no, target.window_start_us, columns.variant, columns.reading) as fact_no,
    dense_rank() over (order by target.target_no, target.window_start_us) as place,
    target.target_id,
    columns.variant,
    columns.reading,
    target.contract_id,
    target.contract_version_id,
    target.measure_id,
    target.service_id,
    providers.provider_id,
    target.period,
    moment(target.window_start_us) as window_start_at,
    moment(target.window_end_us) as window_end_at,
    columns.status in ('breached', 'breached_open') as is_missed,
    if(columns.status in ('breached', 'breached_open'), columns.over_us, 0) as over_us,
    target.incident_id,
    incident.cause_key,
    incident.occurred_at,
    coalesce(incident.restored_at, context.as_of) as restored_at
from measured.listed_targets as target
semi join missed on target.target_no = missed.target_no
inner join columns on target.target_no = columns.target_no
inner join providers
    on
        target.contract_version_id = providers.contract_version_id
        and target.measure_id = providers.measure_id
        and target.service_id = providers.service_id
inner join reconciled.incidents as incident on target.incident_id = incident.incident_id
cross join run.context as context

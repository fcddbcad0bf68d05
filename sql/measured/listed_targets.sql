-- builds  measured.listed_targets (working table): one row per judged severity of a clock in its headline reading that the period lists, with the
--         window it belongs to and the reading lowest for a claim
-- reads   judged targets, clocks, windows and contract versions of the run, terms of incidents
-- rule    R-AT1 a target belongs to the window of its outcome, the earlier of stop and due, or of its start by option; a running one is listed in
--         every window until then. R-RD1 a claim takes the lower reading; a severity that another reading never judges is not applicable there
with headlines as (
    select
        target.*,
        clock.contract_id,
        clock.contract_version_id,
        clock.measure_id,
        clock.clock,
        clock.service_id,
        clock.ticket_key,
        clock.start_basis,
        clock.stop_us,
        clock.is_fallback,
        terms.attribution,
        case
            when terms.attribution = 'start_time' then target.start_us
            when target.is_over then least(target.end_us, target.due_us)
            when target.status in ('breached', 'breached_open') or target.status_if_counted = 'breached_open' then target.due_us
            else target.end_us
        end as outcome_us
    from measured.judged_targets as target
    inner join measured.clocks as clock on target.clock_no = clock.clock_no
    inner join run.incident_terms as terms
        on
            clock.contract_version_id = terms.contract_version_id
            and clock.measure_id = terms.measure_id
            and target.severity = terms.severity
    where target.reading = 'default'
),

windows as (
    select distinct
        version.contract_id,
        part.measure_id,
        part.service_id,
        part.period,
        epoch_us(part.window_start_at) as start_us,
        epoch_us(part.window_end_at) as end_us
    from run.windows as part
    inner join run.contract_versions as version on part.contract_version_id = version.contract_version_id
),

others as (
    select
        headline.target_no,
        clock.reading,
        other.start_us,
        other.target_us,
        other.elapsed_us,
        coalesce(other.status, 'not_applicable') as status
    from headlines as headline
    inner join measured.clocks as own on headline.clock_no = own.clock_no
    inner join measured.clocks as clock
        on
            own.incident_id = clock.incident_id
            and own.contract_version_id = clock.contract_version_id
            and own.measure_id = clock.measure_id
            and clock.reading <> 'default'
    left join measured.judged_targets as other on clock.clock_no = other.clock_no and headline.severity = other.severity
),

readings as (
    select
        target_no,
        to_json(
            list(
                struct_pack(
                    elapsed_us := elapsed_us,
                    reading := reading,
                    started_at := instant_text(moment(start_us)),
                    status := status,
                    target_us := target_us
                )
                order by reading
            )
        )::varchar as readings,
        list(status order by reading) as statuses
    from others
    group by target_no
)

select
    headline.*,
    window_of.period,
    window_of.start_us as window_start_us,
    window_of.end_us as window_end_us,
    readings.readings,
    coalesce(readings.statuses, []) as other_statuses,
    list_max(
        list_transform(
            list_append(coalesce(readings.statuses, []), headline.status),
            lambda status: struct_pack(
                weight := case status when 'breached' then 2 when 'breached_open' then 1 else 0 end * -1,
                is_headline := status = headline.status,
                status := status
            )
        )
    ).status as claim_status
from headlines as headline
inner join windows as window_of
    on
        headline.contract_id = window_of.contract_id
        and headline.measure_id = window_of.measure_id
        and headline.service_id = window_of.service_id
        and if(
            headline.status = 'running',
            headline.start_us < window_of.end_us,
            headline.outcome_us >= window_of.start_us and headline.outcome_us < window_of.end_us
        )
left join readings on headline.target_no = readings.target_no

-- builds  measured.listed_targets (working table): one row per judged severity of a clock in its headline reading that the period lists, with the
--         window it belongs to and the reading lowest for a claim
-- reads   targets in the reading of the headline and in others, windows and contract versions of the run
-- rule    R-AT1 a target belongs to the window of its outcome, the earlier of stop and due, or of its start by option; a running one is listed in
--         every window until then. R-RD1 a claim takes the lower reading; a severity that another reading never judges is not applicable there
with windows as (
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
    from measured.target_readings
    group by target_no
)

select
    headline.*,
    short_id(
        'T',
        json_array(
            headline.incident_id, headline.ticket_key, headline.contract_version_id, headline.measure_id, headline.severity
        )::varchar
    ) as target_id,
    window_of.period,
    window_of.start_us as window_start_us,
    window_of.end_us as window_end_us,
    readings.readings,
    coalesce(readings.statuses, []) as other_statuses,
    if(readings.statuses is null, headline.status, list_max(
        list_transform(
            list_append(readings.statuses, headline.status),
            lambda status: struct_pack(
                weight := case status when 'breached' then 2 when 'breached_open' then 1 else 0 end * -1,
                is_headline := status = headline.status,
                status := status
            )
        )
    ).status) as claim_status
from measured.headline_targets as headline
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

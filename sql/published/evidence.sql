-- builds  published.evidence (working table): one row per told incident, lane and span: what each side says happened, and what was made of it
-- reads   samples, alerts, tickets and vendor records; outages, exclusions and unmeasured time of the incident's components
-- rule    4.2: every source keeps its word beside the reconciled one; clipped to a quarter of the incident's length around it, and of each
--         lane the longest spans, as many as a picture can hold
with told as (
    select distinct incident_id
    from published.told_incidents
    where rank_no <= 6
),

spans as (
    select
        incident.incident_id,
        incident.component_ids,
        incident.occurred_at as start_at,
        least(coalesce(incident.restored_at, context.as_of), context.as_of) as end_at
    from reconciled.incidents as incident
    inner join told on incident.incident_id = told.incident_id
    cross join run.context as context
),

shown as (
    select
        incident_id,
        component_ids,
        make_timestamptz(epoch_us(start_at) - greatest((epoch_us(end_at) - epoch_us(start_at)) // 4, 300000000)) as start_at,
        make_timestamptz(epoch_us(end_at) + greatest((epoch_us(end_at) - epoch_us(start_at)) // 4, 300000000)) as end_at
    from spans
),

components as (
    select
        incident_id,
        start_at,
        end_at,
        unnest(component_ids) as component_id
    from shown
),

component_names as (
    select
        component_id,
        component_id as name
    from components
    union
    select
        catalogue.component_id,
        unnest(catalogue.aliases) as name
    from staged.service_catalogue as catalogue
    inner join components on catalogue.component_id = components.component_id
),

samples as (
    select distinct
        components.incident_id,
        'monitoring' as lane,
        sample.state,
        sample.start_at,
        sample.end_at,
        sample.raw_id
    from staged.monitoring_sample as sample
    inner join component_names on sample.component_raw = component_names.name
    inner join components
        on
            component_names.component_id = components.component_id
            and sample.start_at < components.end_at
            and sample.end_at > components.start_at
    where sample.state in ('down', 'degraded')
),

members as (
    select
        member.incident_id,
        member.raw_id
    from reconciled.incident_members as member
    inner join told on member.incident_id = told.incident_id
),

words as (
    select * from samples
    union all
    select
        members.incident_id,
        'alert' as lane,
        alert.disposition as state,
        alert.fired_at as start_at,
        alert.cleared_at as end_at,
        alert.raw_id
    from members
    inner join staged.alert as alert on members.raw_id = alert.raw_id
    union all
    select
        members.incident_id,
        'ticket' as lane,
        'down' as state,
        coalesce(ticket.occurred_at, ticket.opened_at) as start_at,
        coalesce(ticket.restored_at, ticket.resolved_at) as end_at,
        ticket.raw_id
    from members
    inner join staged.ticket as ticket on members.raw_id = ticket.raw_id
    union all
    select
        members.incident_id,
        'vendor' as lane,
        'down' as state,
        record.started_at as start_at,
        record.ended_at as end_at,
        record.raw_id
    from members
    inner join staged.vendor_record as record on members.raw_id = record.raw_id
    union all
    select
        outage.incident_id,
        'reconciled' as lane,
        outage.state,
        outage.start_at,
        outage.end_at,
        outage.component_id as raw_id
    from reconciled.outage_intervals as outage
    inner join told on outage.incident_id = told.incident_id
    union all
    select
        components.incident_id,
        'exclusion' as lane,
        exclusion.status as state,
        exclusion.start_at,
        exclusion.end_at,
        exclusion.exclusion_id as raw_id
    from reconciled.exclusions as exclusion
    inner join components on exclusion.component_id = components.component_id
    union all
    select
        components.incident_id,
        'unmeasured' as lane,
        gap.cause as state,
        gap.start_at,
        gap.end_at,
        gap.component_id as raw_id
    from reconciled.unmeasured_intervals as gap
    inner join components on gap.component_id = components.component_id
)

select
    shown.incident_id,
    words.lane,
    words.state,
    greatest(words.start_at, shown.start_at) as start_at,
    least(coalesce(words.end_at, shown.end_at), shown.end_at) as end_at,
    words.start_at < shown.start_at as is_cut_at_start,
    words.end_at is null or words.end_at > shown.end_at as is_cut_at_end,
    words.raw_id,
    shown.start_at as shown_from_at,
    shown.end_at as shown_to_at
from words
inner join shown on words.incident_id = shown.incident_id
where
    words.start_at < shown.end_at
    and coalesce(words.end_at, shown.end_at) > shown.start_at
qualify
    row_number() over (
        partition by shown.incident_id, words.lane
        order by epoch_us(coalesce(words.end_at, shown.end_at)) - epoch_us(words.start_at) desc, words.start_at, words.raw_id asc
    ) <= 100

-- builds  measured.transient_alerts: one row per alert of the period that a person called transient and without impact, as tables.yml has it
-- reads   alerts, members of incidents
-- rule    A2.1: a transient is listed and never deleted; it may stand in the episode of an incident, whose start and detection it never gives
select
    alert.raw_id,
    alert.source_system,
    alert.source_key,
    alert.rule_id,
    alert.component_raw,
    alert.fired_at,
    alert.cleared_at,
    member.incident_id
from staged.alert as alert
left join reconciled.incident_members as member on alert.raw_id = member.raw_id
cross join run.context as context
where
    alert.disposition = 'transient_no_impact'
    and alert.fired_at >= context.period_start_at
    and alert.fired_at < context.period_end_at

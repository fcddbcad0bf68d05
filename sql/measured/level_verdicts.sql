-- builds  measured.level_verdicts (working table): one row per period judged, metric of attainment, contract's provider, service and severity
-- reads   headline results, targets of incidents, contracts, the run
-- rule    R-AT1: met / judged; what still runs, does not apply or lacks evidence is not judged
with providers as (
    select
        contract_id,
        max_by(provider_id, number) as provider_id
    from run.contract_versions
    group by contract_id
),

verdicts as (
    select
        period,
        'sla_attainment' as metric_id,
        contract_id,
        service_id,
        null as severity,
        status
    from measured.headlines
    union all
    select
        period,
        kind || '_attainment' as metric_id,
        contract_id,
        service_id,
        severity,
        status
    from measured.incident_targets
)

select
    verdicts.period,
    verdicts.metric_id,
    providers.provider_id,
    verdicts.service_id,
    verdicts.severity,
    count(*) filter (where verdicts.status = 'met') as met,
    count(*) as judged
from verdicts
left join providers on verdicts.contract_id = providers.contract_id
where verdicts.status in ('met', 'breached', 'breached_open')
group by verdicts.period, verdicts.metric_id, providers.provider_id, verdicts.service_id, verdicts.severity

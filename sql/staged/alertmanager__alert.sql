-- builds  staged.alertmanager__alert (adapter): one row per alert of a Prometheus Alertmanager or Grafana notification
-- reads   webhook messages of version 4 ({"alerts": [...]}, one or many), or the alerts of Alertmanager's API v2 (a JSON array)
-- rule    DESIGN 4; formats.yaml prometheus_alertmanager_webhook_v4, grafana_webhook
-- seen    an alert that fires ends in the year 1, or in the future (when it would end if nobody repeated it: now + resolve_timeout), so a
--         webhook's own word `firing` goes before its end; every repeat_interval a message repeats all its alerts, with
--         new annotations and values. What tells two states of one firing apart is therefore labels, start, end and status alone: a repetition
--         is a duplicate, and the first one's values stay. truncatedAlerts > 0 says that alerts are missing from the message: noted on each
--
-- fingerprint and startsAt → alert_key; labels.rule_id, else labels.alertname → rule_id; fingerprint as it is
-- labels.component, else service, instance, job → component_raw; startsAt → fired_at; endsAt, unless it still fires → cleared_at
-- labels.signal, else words of the rule's name → signal; a value of Grafana's if there is one alone → value
-- labels.trace_id, else labels.correlation_key → correlation_key; labels.incident → incident_ref; nobody has judged it → undispositioned
-- updatedAt, else the end, else the start → source_updated_at; firing or resolved → source_version
with messages as (
    select
        landing_seq,
        source_row,
        try_cast(truncatedalerts as bigint) as truncated,
        if(
            is_json_array(alerts),
            json_extract(if(is_json_array(alerts), alerts, '[]'), '$[*]'),
            [
                json_object(
                    'fingerprint', fingerprint, 'startsAt', startsat, 'endsAt', endsat, 'updatedAt', updatedat,
                    'labels', if(json_valid(labels), labels, 'null')::json
                )
            ]
        ) as items
    from payload.rows
),

told as (
    select
        landing_seq,
        source_row,
        truncated,
        unnest(items) as item
    from messages
),

fields as (
    select
        landing_seq,
        source_row,
        truncated,
        json_extract_string(item, '$.fingerprint') as fingerprint,
        json_extract_string(item, '$.startsAt') as starts,
        json_extract_string(item, '$.endsAt') as ends,
        json_extract_string(item, '$.status') as status,
        json_extract_string(item, '$.updatedAt') as updated,
        json_extract(item, '$.labels') as labels,
        json_extract(item, '$.values') as measured
    from told
),

states as (
    select
        *,
        if(status = 'firing' or is_open_end(ends, coalesce(updated, '9999-01-01T00:00:00Z')), null, ends) as cleared,
        coalesce(json_extract_string(labels, '$.rule_id'), json_extract_string(labels, '$.alertname')) as rule_id
    from fields
)

select
    landing_seq,
    source_row,
    canonical_json(
        json_object('endsAt', cleared, 'fingerprint', fingerprint, 'labels', labels, 'startsAt', starts)::varchar
    ) as received,
    fingerprint || '@' || starts as alert_key,
    rule_id,
    coalesce(
        json_extract_string(labels, '$.component'),
        json_extract_string(labels, '$.service'),
        json_extract_string(labels, '$.instance'),
        json_extract_string(labels, '$.job')
    ) as component_raw,
    starts as fired_at,
    cleared as cleared_at,
    alert_signal(json_extract_string(labels, '$.signal'), rule_id) as signal,
    if(len(json_keys(measured)) = 1, json_extract_string(measured, '$.' || json_keys(measured)[1]), null) as value,
    'undispositioned' as disposition,
    fingerprint,
    coalesce(json_extract_string(labels, '$.trace_id'), json_extract_string(labels, '$.correlation_key')) as correlation_key,
    json_extract_string(labels, '$.incident') as incident_ref,
    coalesce(cleared, starts) as source_updated_at,
    if(cleared is null, 'firing', 'resolved ' || cleared) as source_version,
    if(truncated > 0, 'ALERTS_TRUNCATED', null) as adapter_issue,
    if(truncated > 0, truncated::varchar || ' alerts are missing from the message', null) as adapter_words
from states

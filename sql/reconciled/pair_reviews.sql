-- builds  reconciled.pair_reviews (working table): one row per two records that a person has judged: the standing decision
-- reads   match reviews, revocations, all versions of what they name
-- rule    2.3: the latest decision wins; a decision on an older version of a record still holds
with decisions as (
    select
        review.left_raw_id,
        review.right_raw_id,
        review.decision,
        review.reason,
        review.decided_at,
        review.recorded_from,
        review.match_review_id
    from staged.match_review as review
    anti join staged.revocation as revocation
        on revocation.object_type = 'match_review' and review.match_review_id = revocation.object_id
),

named as (
    select left_raw_id as raw_id from decisions
    union
    select right_raw_id as raw_id from decisions
),

versions as (
    select entity, source_system, source_key, raw_id from staged.ticket_versions
    union all
    select entity, source_system, source_key, raw_id from staged.vendor_record_versions
    union all
    select entity, source_system, source_key, raw_id from staged.alert_versions
    union all
    select entity, source_system, source_key, raw_id from staged.monitoring_sample_versions
),

keys as (
    select distinct
        versions.raw_id,
        versions.entity,
        versions.source_system,
        versions.source_key
    from versions
    semi join named on versions.raw_id = named.raw_id
),

nodes as (
    select
        keys.raw_id,
        record.record_no
    from keys
    inner join reconciled.claims as claim
        on keys.entity = claim.entity and keys.source_system = claim.source_system and keys.source_key = claim.source_key
    inner join reconciled.records as record on claim.raw_id = record.raw_id and record.entity <> 'episode'
    union
    select
        keys.raw_id,
        record.record_no
    from keys
    inner join reconciled.session_alerts as alert
        on keys.entity = 'alert' and keys.source_system = alert.source_system and keys.source_key = alert.source_key
    inner join reconciled.signal_episodes as signal on alert.series_no = signal.series_no and alert.session_no = signal.session_no
    inner join reconciled.records as record on signal.episode_no = record.episode_no
    union
    select
        keys.raw_id,
        record.record_no
    from keys
    inner join reconciled.impaired_runs as run
        on keys.entity = 'monitoring_sample' and keys.source_system = run.source_system and keys.source_key = run.source_key
    inner join reconciled.signal_episodes as signal on run.raw_id = signal.run_raw_id
    inner join reconciled.records as record on signal.episode_no = record.episode_no
)

select
    least(one.record_no, other.record_no) as left_no,
    greatest(one.record_no, other.record_no) as right_no,
    decisions.decision,
    decisions.reason,
    decisions.recorded_from as decided_at
from decisions
inner join nodes as one on decisions.left_raw_id = one.raw_id
inner join nodes as other on decisions.right_raw_id = other.raw_id
where one.record_no <> other.record_no
qualify
    row_number() over (
        partition by least(one.record_no, other.record_no), greatest(one.record_no, other.record_no)
        order by decisions.decided_at desc, decisions.recorded_from desc, decisions.match_review_id desc
    ) = 1

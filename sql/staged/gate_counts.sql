-- builds  staged.gate_counts (working table): one row per rule, source system, entity and scope, to be judged by the gate
-- reads   counts that staging took rule by rule, and the row balance
-- rule    DQ-01 to DQ-07 as counted; DQ-09 read = accepted + quarantined + duplicates; DQ-15 quarantined share of a source
with balance as (
    select
        source_system,
        sum(read)::bigint as read,
        sum(quarantined)::bigint as quarantined,
        sum(abs(read - accepted - quarantined - duplicates))::bigint as difference
    from staged.balance
    group by source_system
),

counts as (
    select
        rule_id,
        source_system,
        entity,
        checked,
        failed
    from staged.quality_counts
    union all
    select
        'DQ-09' as rule_id,
        source_system,
        '-' as entity,
        read as checked,
        difference as failed
    from balance
    union all
    select
        'DQ-15' as rule_id,
        source_system,
        '-' as entity,
        read as checked,
        quarantined as failed
    from balance
)

select
    rule_id,
    source_system,
    entity,
    '-' as scope_id,
    checked,
    failed,
    -- rounded up, so that a share is within a limit of six decimals exactly when this number is
    case
        when checked = 0 and failed = 0 then 0
        when checked = 0 then 1000000
        else (failed * 1000000 + checked - 1) // checked
    end::bigint as failed_ppm
from counts

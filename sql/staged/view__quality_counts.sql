-- builds  staged.view__quality_counts (shown as staged.quality_counts): one row per rule, source system and entity
-- reads   the counts of every visible piece
-- rule    DOMAIN 4.5: what was checked and what failed
select
    rule_id,
    source_system,
    entity,
    sum(checked)::bigint as checked,
    sum(failed)::bigint as failed
from payload.piece_quality
group by rule_id, source_system, entity

-- builds  published.data_quality: one row per rule, source, entity and scope: the verdicts of the gates
-- reads   what the staged door said
-- rule    DOMAIN 4.5: every verdict is kept, passed ones too
select
    rule_id,
    source_system,
    entity,
    scope_id,
    checked,
    failed,
    observed,
    limit_value,
    verdict,
    affected
from staged.data_quality

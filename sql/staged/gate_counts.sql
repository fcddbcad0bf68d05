-- builds  staged.gate_counts (working table): one row per period, rule, source system, entity and scope, to be judged by the gate
-- reads   what was counted rule by rule
-- rule    DOMAIN 4.5. Rules that can block a verdict count for every period judged, the others for the run's own. `failed` is held against
--         the rule's limits, `doubtful` against its warning alone; a rule that found nothing to check stands with 0 of 0, so that none is
--         missing. `observed` null: failed of checked. Rows of disputes are no evidence: that some are set aside says nothing of the source's
with own as (
    select period
    from run.context
),

balance as (
    select
        source_system,
        sum(read)::bigint as read,
        sum(abs(read - accepted - quarantined - duplicates))::bigint as difference
    from staged.balance
    group by source_system
),

row_rules as (
    select
        rules.rule_id,
        shares.period,
        shares.source_system,
        shares.entity,
        shares.checked,
        coalesce(failures.failed, 0) as failed,
        coalesce(failures.dropped, 0) as dropped
    from (select unnest(['DQ-02', 'DQ-03', 'DQ-04', 'DQ-05', 'DQ-06', 'DQ-07', 'R-TM2']) as rule_id) as rules
    cross join staged.row_shares as shares
    left join staged.row_failures as failures
        on
            rules.rule_id = failures.rule_id
            and shares.period = failures.period
            and shares.source_system = failures.source_system
            and shares.entity = failures.entity
),

batches as (
    select
        source_system,
        count(*) as landed,
        count(*) - count(distinct (source_id, file_sha256)) as repeated
    from run.landings
    where source_id <> 'reference'
    group by source_system
),

services as (
    select count(distinct service_id) as governed
    from staged.service_catalogue
    where sla_governed
),

unwitnessed as (
    select
        period.period,
        count(unwitnessed.service_id) as failed
    from run.judged_periods as period
    left join staged.unwitnessed_services as unwitnessed on period.period = unwitnessed.period
    group by period.period
),

counts as (
    select
        period,
        'DQ-01' as rule_id,
        source_system,
        entity,
        '-' as scope_id,
        checked,
        failed,
        unknown as doubtful,
        if(unknown = 0, null, failed || ' of ' || checked || '; ' || unknown || ' unknown') as observed
    from staged.schema_failures
    union all
    select
        period,
        rule_id,
        source_system,
        entity,
        '-' as scope_id,
        checked,
        failed,
        0 as doubtful,
        if(dropped = 0, null, failed || ' of ' || checked || '; ' || dropped || ' empty, dropped') as observed
    from row_rules
    union all
    select
        feed.period,
        'DQ-08' as rule_id,
        feed.source_system,
        feed.entity,
        '-' as scope_id,
        1 as checked,
        feed.is_failed::bigint as failed,
        (not feed.is_covered or not feed.is_settled or loss.left_out is not null)::bigint as doubtful,
        case
            when feed.is_covered then 'covered'
            when feed.is_covered_if_assumed then 'coverage assumed'
            else 'not covered'
        end
        || ', taken ' || coalesce(instant_text(feed.taken_at), 'never')
        || coalesce('; ' || loss.left_out || ' left out by the source''s own word, of ' || loss.messages || ' messages', '') as observed
    from staged.feed_coverage as feed
    left join staged.told_losses as loss
        on feed.period = loss.period and feed.source_system = loss.source_system and feed.entity = loss.entity
    union all
    select
        unwitnessed.period,
        'DQ-08' as rule_id,
        '-' as source_system,
        '-' as entity,
        '-' as scope_id,
        services.governed as checked,
        unwitnessed.failed,
        0 as doubtful,
        unwitnessed.failed || ' of ' || services.governed || ' services without a source' as observed
    from unwitnessed
    cross join services
    union all
    select
        own.period,
        'DQ-09' as rule_id,
        balance.source_system,
        '-' as entity,
        '-' as scope_id,
        balance.read as checked,
        balance.difference as failed,
        0 as doubtful,
        null as observed
    from balance
    cross join own
    union all
    select
        own.period,
        'DQ-10' as rule_id,
        faults.source_system,
        'ticket_history' as entity,
        '-' as scope_id,
        faults.checked,
        faults.failed,
        0 as doubtful,
        null as observed
    from staged.history_faults as faults
    cross join own
    union all
    select
        own.period,
        'DQ-11' as rule_id,
        found.source_system,
        found.entity,
        '-' as scope_id,
        found.checked,
        found.failed,
        0 as doubtful,
        null as observed
    from staged.unresolved_references as found
    cross join own
    union all
    select
        own.period,
        'DQ-12' as rule_id,
        volume.source_system,
        volume.entity,
        '-' as scope_id,
        1 as checked,
        volume.is_outside::bigint as failed,
        0 as doubtful,
        volume.rows_n || ' rows, median ' || (volume.twice_median * 0.5) || ', MAD ' || (volume.four_mad * 0.25)
            as observed
    from staged.volumes as volume
    cross join own
    union all
    select
        own.period,
        'DQ-14' as rule_id,
        bill.source_system,
        'invoice' as entity,
        bill.invoice_id as scope_id,
        bill.lines as checked,
        bill.is_failed::bigint as failed,
        0 as doubtful,
        'lines ' || bill.amount || ', total ' || bill.total || ' ' || bill.currency as observed
    from staged.invoice_sums as bill
    cross join own
    union all
    select
        period,
        'DQ-15' as rule_id,
        source_system,
        '-' as entity,
        '-' as scope_id,
        sum(checked)::bigint as checked,
        sum(set_aside)::bigint as failed,
        0 as doubtful,
        null as observed
    from staged.row_shares
    where entity <> 'dispute'
    group by period, source_system
    union all
    select
        own.period,
        'DQ-16' as rule_id,
        batches.source_system,
        '-' as entity,
        '-' as scope_id,
        batches.landed as checked,
        batches.repeated as failed,
        0 as doubtful,
        null as observed
    from batches
    cross join own
),

complete as (
    select * from counts
    union all
    select
        own.period,
        rules.rule_id,
        '-' as source_system,
        '-' as entity,
        '-' as scope_id,
        0 as checked,
        0 as failed,
        0 as doubtful,
        'nothing to check' as observed
    from (
        select
            unnest([
                'DQ-01', 'DQ-02', 'DQ-03', 'DQ-04', 'DQ-05', 'DQ-06', 'DQ-07', 'DQ-08', 'DQ-09', 'DQ-10', 'DQ-11', 'DQ-12', 'DQ-14',
                'DQ-15', 'DQ-16'
            ]) as rule_id
    ) as rules
    cross join own
    anti join counts on rules.rule_id = counts.rule_id and own.period = counts.period
)

select
    period,
    rule_id,
    source_system,
    entity,
    scope_id,
    checked,
    failed,
    doubtful,
    observed
from complete

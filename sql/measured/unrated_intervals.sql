-- builds  measured.unrated_intervals (working table): one row per component whose samples' error rates decide, what is read of them and of which
--         rules, and span in which one of these was active but no sample of theirs said how many requests failed
-- reads   monitoring samples, ways of judging them, monitoring rules
-- rule    R-GR8 unmeasured time exists only where an active rule delivers samples, with several rules only where none measured; a state alone does
--         not measure a rate. Only components with such a sample are looked at: of the others reconciliation has told all
with ways as (
    select distinct
        name,
        named_from_us,
        named_until_us,
        component_id,
        reads,
        measured_by
    from measured.sample_ways
    where reads <> 'states'
),

stated as (
    select distinct
        way.component_id,
        way.reads,
        way.measured_by
    from staged.monitoring_sample as sample
    inner join ways as way
        on
            sample.component_raw = way.name
            and epoch_us(sample.end_at) > way.named_from_us
            and epoch_us(sample.end_at) <= way.named_until_us
    where
        sample.state in ('up', 'degraded', 'down')
        and (len(way.measured_by) = 0 or list_contains(way.measured_by, sample.rule_id))
        and failed_millionths(sample.requests, sample.errors, sample.error_rate) is null
        and bare_millionths(sample.requests, sample.errors, sample.error_rate, sample.state, way.reads) is null
),

samples as (
    select
        way.component_id,
        way.reads,
        way.measured_by,
        sample.rule_id,
        epoch_us(sample.start_at) as start_us,
        epoch_us(sample.end_at) as end_us,
        sample.state in ('up', 'degraded', 'down')
        and (
            failed_millionths(sample.requests, sample.errors, sample.error_rate) is not null
            or bare_millionths(sample.requests, sample.errors, sample.error_rate, sample.state, way.reads) is not null
        ) as is_rated
    from staged.monitoring_sample as sample
    inner join ways as way
        on
            sample.component_raw = way.name
            and epoch_us(sample.end_at) > way.named_from_us
            and epoch_us(sample.end_at) <= way.named_until_us
    semi join stated
        on way.component_id = stated.component_id and way.reads = stated.reads and way.measured_by = stated.measured_by
    where len(way.measured_by) = 0 or list_contains(way.measured_by, sample.rule_id)
),

rules as (
    select distinct
        component_id,
        reads,
        measured_by,
        rule_id
    from samples
),

spans as (
    select
        rule.component_id,
        rules.reads,
        rules.measured_by,
        epoch_us(rule.active_from) as start_us,
        least(coalesce(epoch_us(rule.active_to), never_us()), epoch_us(context.as_of)) as end_us,
        1 as expected,
        0 as rated
    from staged.monitoring_rule as rule
    inner join rules on rule.component_id = rules.component_id and rule.rule_id = rules.rule_id
    cross join run.context as context
    where epoch_us(rule.active_from) < least(coalesce(epoch_us(rule.active_to), never_us()), epoch_us(context.as_of))
    union all
    select
        component_id,
        reads,
        measured_by,
        start_us,
        end_us,
        0 as expected,
        1 as rated
    from samples
    where is_rated
),

edges as (
    select
        component_id,
        reads,
        measured_by,
        unnest([start_us, end_us]) as edge_us,
        unnest([expected, -expected]) as expected,
        unnest([rated, -rated]) as rated
    from spans
),

steps as (
    select
        component_id,
        reads,
        measured_by,
        edge_us,
        sum(expected) as expected,
        sum(rated) as rated
    from edges
    group by component_id, reads, measured_by, edge_us
),

states as (
    select
        component_id,
        reads,
        measured_by,
        edge_us as start_us,
        lead(edge_us) over so_far as end_us,
        sum(expected) over so_far > 0 and sum(rated) over so_far = 0 as is_unrated
    from steps
    where expected <> 0 or rated <> 0
    window so_far as (partition by component_id, reads, measured_by order by edge_us)
)

select
    component_id,
    reads,
    measured_by,
    start_us,
    end_us
from states
where is_unrated and end_us is not null

-- builds  published.waterfall_steps (working table): one row per headline result from whose downtime something was taken or added, and step from
--         gross to net, with who approved it and by which clause
-- reads   the waterfall, service levels, who approved exclusions
-- rule    K10 gross to net with the approver of each step; of downtime from which nothing was taken there is nothing to approve
with steps as (
    select
        waterfall.*,
        count(*) over (partition by waterfall.result_id) as steps
    from measured.waterfall as waterfall
),

cited as (
    select
        result_id,
        step_no,
        unnest(evidence) as evidence_id
    from measured.waterfall
),

approvals as (
    select
        cited.result_id,
        cited.step_no,
        list_sort(list_distinct(flatten(list(approval.roles)))) as roles,
        bool_and(approval.is_accepted) as is_accepted,
        list(distinct approval.contract_rule order by approval.contract_rule) filter (approval.contract_rule is not null) as clauses,
        list(distinct approval.reference order by approval.reference) as reference_names
    from cited
    inner join published.exclusion_approvals as approval on cited.evidence_id = approval.exclusion_id
    group by cited.result_id, cited.step_no
)

select
    line.result_id,
    line.service_name,
    line.measure_id,
    line.contract_version_id,
    steps.step_no,
    steps.step,
    steps.delta_us,
    coalesce(approvals.roles, []) as roles,
    coalesce(approvals.is_accepted, false) as is_accepted,
    coalesce(approvals.clauses, []) as clauses,
    coalesce(approvals.reference_names, steps.evidence) as evidence
from steps
inner join published.level_lines as line on steps.result_id = line.result_id
left join approvals on steps.result_id = approvals.result_id and steps.step_no = approvals.step_no
where steps.steps > 2
